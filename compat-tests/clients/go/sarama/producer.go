package main

import (
	"context"
	"time"

	"github.com/IBM/sarama"

	"matrix/contract"
)

type producer struct{ sarama sarama.SyncProducer }

var acks = map[string]sarama.RequiredAcks{
	"0":   sarama.NoResponse,
	"1":   sarama.WaitForLocal,
	"all": sarama.WaitForAll,
}

func (library) Producer(_ context.Context, config contract.ProducerConfig) (contract.Producer, error) {
	return newProducer(config)
}

func newProducer(config contract.ProducerConfig) (*producer, error) {
	c := newConfig()
	c.Producer.Return.Successes = true // a SyncProducer's demand
	c.Producer.Flush.Frequency = 10 * time.Millisecond
	c.Producer.Retry.Max = 50 // while the broker is away
	c.Metadata.AllowAutoTopicCreation = config.CreateTopics
	if config.Acks != "" {
		c.Producer.RequiredAcks = acks[config.Acks]
	}
	if config.Codec != "" {
		if err := c.Producer.Compression.UnmarshalText([]byte(config.Codec)); err != nil {
			return nil, err
		}
	}
	if config.MaxBytes > 0 {
		c.Producer.MaxMessageBytes = config.MaxBytes
	}
	if !config.Partitions {
		c.Producer.Partitioner = sarama.NewManualPartitioner
	}
	if config.Idempotent || config.TransactionalID != "" {
		c.Producer.Idempotent = true
		c.Producer.RequiredAcks = sarama.WaitForAll
		c.Net.MaxOpenRequests = 1
	}
	c.Producer.Transaction.ID = config.TransactionalID
	client, err := sarama.NewSyncProducer(brokers(), c)
	return &producer{client}, err
}

func (p *producer) Send(_ context.Context, records ...contract.Record) error {
	var messages []*sarama.ProducerMessage
	for _, r := range records {
		messages = append(messages, message(r))
	}
	return p.sarama.SendMessages(messages)
}

// message leaves nil what is null: an encoder of no bytes is not the same.
func message(r contract.Record) *sarama.ProducerMessage {
	out := &sarama.ProducerMessage{Topic: r.Topic, Partition: r.Partition}
	if r.Key != nil {
		out.Key = sarama.ByteEncoder(r.Key)
	}
	if r.Value != nil {
		out.Value = sarama.ByteEncoder(r.Value)
	}
	if r.Timestamp > 0 {
		out.Timestamp = time.UnixMilli(r.Timestamp)
	}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, sarama.RecordHeader{Key: []byte(h.Key), Value: h.Value})
	}
	return out
}

func (p *producer) Begin() error                 { return p.sarama.BeginTxn() }
func (p *producer) Commit(context.Context) error { return p.sarama.CommitTxn() }
func (p *producer) Abort(context.Context) error  { return p.sarama.AbortTxn() }
func (p *producer) Close() error                 { return p.sarama.Close() }
