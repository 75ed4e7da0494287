package main

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go"

	"matrix/contract"
)

type producer struct{ writer *kafka.Writer }

var acks = map[string]kafka.RequiredAcks{"": kafka.RequireAll, "0": kafka.RequireNone, "1": kafka.RequireOne, "all": kafka.RequireAll}

var codecs = map[string]kafka.Compression{"gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd}

// given takes the partition that was asked for.
var given = kafka.BalancerFunc(func(m kafka.Message, _ ...int) int { return int(m.WriterData.(int32)) })

func (library) Producer(_ context.Context, config contract.ProducerConfig) (contract.Producer, error) {
	if config.TransactionalID != "" {
		return nil, errUnsupported
	}
	w := &kafka.Writer{
		Addr:                   kafka.TCP(contract.Bootstrap()),
		Balancer:               given,
		BatchTimeout:           10 * time.Millisecond,
		RequiredAcks:           acks[config.Acks],
		Compression:            codecs[config.Codec],
		AllowAutoTopicCreation: config.CreateTopics,
		Transport:              &kafka.Transport{MetadataTTL: time.Second},
	}
	if config.Partitions {
		w.Balancer = &kafka.Hash{} // for keys; without a word the partitions take turns
	}
	if config.MaxBytes > 0 {
		w.BatchBytes = int64(config.MaxBytes)
	}
	return producer{w}, nil
}

func (p producer) Send(ctx context.Context, records ...contract.Record) error {
	var messages []kafka.Message
	for _, r := range records {
		m := kafka.Message{Topic: r.Topic, WriterData: r.Partition, Key: r.Key, Value: r.Value}
		if r.Timestamp > 0 {
			m.Time = time.UnixMilli(r.Timestamp)
		}
		for _, h := range r.Headers {
			m.Headers = append(m.Headers, kafka.Header{Key: h.Key, Value: h.Value})
		}
		messages = append(messages, m)
	}
	return p.writer.WriteMessages(ctx, messages...)
}

func (p producer) Begin() error                 { return errUnsupported }
func (p producer) Commit(context.Context) error { return errUnsupported }
func (p producer) Abort(context.Context) error  { return errUnsupported }

func (p producer) Close() error {
	err := p.writer.Close()
	p.writer.Transport.(*kafka.Transport).CloseIdleConnections()
	return err
}
