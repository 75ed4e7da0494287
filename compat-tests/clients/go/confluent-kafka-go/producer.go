package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"matrix/contract"
)

type producer struct{ kafka *kafka.Producer }

func (lib library) Producer(ctx context.Context, config contract.ProducerConfig) (contract.Producer, error) {
	return lib.newProducer(ctx, config)
}

func (library) newProducer(ctx context.Context, config contract.ProducerConfig) (*producer, error) {
	options := kafka.ConfigMap{
		"bootstrap.servers":                 contract.Bootstrap(),
		"topic.metadata.propagation.max.ms": 1000, // for how long an unknown topic may still come
	}
	if config.Acks != "" {
		options["acks"] = config.Acks
	}
	if config.Codec != "" {
		options["compression.type"] = config.Codec
	}
	if config.MaxBytes > 0 {
		options["message.max.bytes"] = config.MaxBytes
	}
	if config.Idempotent {
		options["enable.idempotence"] = true
	}
	if config.TransactionalID != "" {
		options["transactional.id"] = config.TransactionalID
	}
	client, err := kafka.NewProducer(&options)
	if err == nil && config.TransactionalID != "" {
		err = client.InitTransactions(ctx)
	}
	return &producer{client}, err
}

func (p *producer) Send(ctx context.Context, records ...contract.Record) error {
	delivered := make(chan kafka.Event, len(records))
	for _, r := range records {
		if err := p.kafka.Produce(message(r), delivered); err != nil {
			return err
		}
	}
	var err error
	for range records {
		select {
		case event := <-delivered:
			if m, is := event.(*kafka.Message); is {
				err = errors.Join(err, m.TopicPartition.Error)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

func message(r contract.Record) *kafka.Message {
	partition := kafka.TopicPartition{Topic: &r.Topic, Partition: r.Partition} // AnyPartition is kafka.PartitionAny
	out := &kafka.Message{TopicPartition: partition, Key: r.Key, Value: r.Value}
	if r.Timestamp > 0 {
		out.Timestamp = time.UnixMilli(r.Timestamp)
	}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, kafka.Header{Key: h.Key, Value: h.Value})
	}
	return out
}

func (p *producer) Begin() error                     { return p.kafka.BeginTransaction() }
func (p *producer) Commit(ctx context.Context) error { return p.kafka.CommitTransaction(ctx) }
func (p *producer) Abort(ctx context.Context) error  { return p.kafka.AbortTransaction(ctx) }

func (p *producer) Close() error {
	defer p.kafka.Close()
	for range p.kafka.Len() {
		select {
		case <-p.kafka.Events(): // errors of connections, which nobody asked for
		default:
		}
	}
	if left := p.kafka.Flush(5000); left > 0 {
		return fmt.Errorf("%d events are left in the producer", left)
	}
	return nil
}
