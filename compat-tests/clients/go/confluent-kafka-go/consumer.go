package main

import (
	"context"
	"fmt"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"matrix/contract"
)

const (
	pollMax     = 50               // milliseconds
	positionMax = 20 * time.Second // until it is known where a seek went
)

// consumer lives by Poll: rebalances are told from within it, and a position is known when a record or the partition's end was seen.
type consumer struct {
	contract.Ownership
	kafka    *kafka.Consumer
	position map[contract.Partition]int64
}

func (lib library) Consumer(_ context.Context, config contract.ConsumerConfig) (contract.Consumer, error) {
	return lib.newConsumer(config)
}

func (library) newConsumer(config contract.ConsumerConfig) (*consumer, error) {
	client, err := kafka.NewConsumer(options(config))
	if err != nil {
		return nil, err
	}
	c := &consumer{kafka: client, position: map[contract.Partition]int64{}}
	switch {
	case config.Pattern != "":
		err = client.SubscribeTopics([]string{config.Pattern}, c.rebalanced)
	case config.Group != "":
		err = client.SubscribeTopics(config.Topics, c.rebalanced)
	default:
		var partitions []kafka.TopicPartition
		for _, p := range config.Partitions {
			partitions = append(partitions, at(p, kafka.OffsetBeginning))
		}
		err = client.Assign(partitions)
	}
	return c, err
}

func options(config contract.ConsumerConfig) *kafka.ConfigMap {
	options := kafka.ConfigMap{
		"bootstrap.servers":       contract.Bootstrap(),
		"group.id":                "none", // has to be there, even without a group
		"enable.auto.commit":      false,
		"enable.partition.eof":    true,
		"auto.offset.reset":       "earliest",
		"isolation.level":         "read_uncommitted",
		"fetch.wait.max.ms":       100,
		"fetch.message.max.bytes": 8 << 20,
	}
	if config.Group != "" {
		options["group.id"] = config.Group
	}
	if config.Latest {
		options["auto.offset.reset"] = "latest"
	}
	if config.ReadCommitted {
		options["isolation.level"] = "read_committed"
	}
	if config.Instance != "" {
		options["group.instance.id"] = config.Instance
	}
	if config.Protocol == contract.Server {
		options["group.protocol"] = "consumer"
		return &options
	}
	options["session.timeout.ms"] = 6000
	options["heartbeat.interval.ms"] = 500
	if config.Protocol == contract.Cooperative {
		options["partition.assignment.strategy"] = "cooperative-sticky"
	}
	return &options
}

// rebalanced only takes notes: the library then assigns by itself.
func (c *consumer) rebalanced(_ *kafka.Consumer, event kafka.Event) error {
	switch e := event.(type) {
	case kafka.AssignedPartitions:
		for _, p := range e.Partitions {
			delete(c.position, named(p))
			c.Gain(named(p))
		}
	case kafka.RevokedPartitions:
		for _, p := range e.Partitions {
			c.Lose(named(p))
		}
	}
	return nil
}

// Assigned waits with its answer until the positions are known.
func (c *consumer) Assigned() []contract.Partition {
	owned := c.Ownership.Assigned()
	for _, p := range owned {
		if _, known := c.position[p]; !known {
			return nil
		}
	}
	return owned
}

func (c *consumer) Poll(ctx context.Context) ([]contract.Record, error) {
	for ctx.Err() == nil {
		switch event := c.kafka.Poll(pollMax).(type) {
		case *kafka.Message:
			c.position[named(event.TopicPartition)] = int64(event.TopicPartition.Offset) + 1
			return []contract.Record{record(event)}, event.TopicPartition.Error
		case kafka.PartitionEOF:
			c.position[named(kafka.TopicPartition(event))] = int64(event.Offset)
		case kafka.Error:
			if event.IsFatal() {
				return nil, event
			}
		}
	}
	return nil, nil
}

func record(m *kafka.Message) contract.Record {
	in := contract.Record{
		Topic:     *m.TopicPartition.Topic,
		Partition: m.TopicPartition.Partition,
		Offset:    int64(m.TopicPartition.Offset),
		Key:       m.Key,
		Value:     m.Value,
		Timestamp: m.Timestamp.UnixMilli(),
	}
	for _, h := range m.Headers {
		in.Headers = append(in.Headers, contract.Header{Key: h.Key, Value: h.Value})
	}
	return in
}

func (c *consumer) Commit(_ context.Context, next map[contract.Partition]int64) error {
	return failed(c.kafka.CommitOffsets(positions(next)))
}

func (c *consumer) Pause(p contract.Partition) error {
	return c.kafka.Pause([]kafka.TopicPartition{at(p, 0)})
}

func (c *consumer) Resume(p contract.Partition) error {
	return c.kafka.Resume([]kafka.TopicPartition{at(p, 0)})
}

// Seek needs no translation: Latest is kafka.OffsetEnd, Earliest kafka.OffsetBeginning.
func (c *consumer) Seek(_ context.Context, p contract.Partition, offset int64) error {
	delete(c.position, p)
	return failed(c.kafka.SeekPartitions([]kafka.TopicPartition{at(p, kafka.Offset(offset))}))
}

func (c *consumer) Position(ctx context.Context, p contract.Partition) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, positionMax)
	defer cancel()
	for ctx.Err() == nil {
		if position, known := c.position[p]; known {
			return position, nil
		}
		short, done := context.WithTimeout(ctx, 2*pollMax*time.Millisecond)
		_, err := c.Poll(short)
		done()
		if err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("the position of %v is not known", p)
}

func (c *consumer) Close() error { return c.kafka.Close() }
