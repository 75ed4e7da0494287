// The contract by github.com/confluentinc/confluent-kafka-go, which is librdkafka in Go: its options are librdkafka's.
package main

import (
	"context"
	"errors"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"matrix/contract"
)

type library struct{}

func main() { contract.Main(library{}) }

func (library) Module() string { return "github.com/confluentinc/confluent-kafka-go/v2" }

func (library) Code(err error) int {
	var failure kafka.Error
	if errors.As(err, &failure) {
		return int(failure.Code())
	}
	return 0
}

func (lib library) CopyInTransaction(ctx context.Context, group, from, to string, n int) error {
	in, err := lib.newConsumer(contract.ConsumerConfig{Group: group, Topics: []string{from}, ReadCommitted: true})
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := lib.newProducer(ctx, contract.ProducerConfig{TransactionalID: group})
	if err != nil {
		return err
	}
	defer out.Close()
	if err := out.Begin(); err != nil {
		return err
	}
	next, err := contract.Copy(ctx, in, out, to, n)
	if err != nil {
		return err
	}
	member, err := in.kafka.GetConsumerGroupMetadata()
	if err != nil {
		return err
	}
	if err := out.kafka.SendOffsetsToTransaction(ctx, positions(next), member); err != nil {
		return err
	}
	return out.Commit(ctx)
}

// at is a partition as the library names it, with an offset.
func at(p contract.Partition, offset kafka.Offset) kafka.TopicPartition {
	return kafka.TopicPartition{Topic: &p.Topic, Partition: p.ID, Offset: offset}
}

func positions(next map[contract.Partition]int64) (all []kafka.TopicPartition) {
	for p, offset := range next {
		all = append(all, at(p, kafka.Offset(offset)))
	}
	return all
}

func named(p kafka.TopicPartition) contract.Partition {
	return contract.Partition{Topic: *p.Topic, ID: p.Partition}
}

// failed joins what results say of themselves to the call's error.
func failed(partitions []kafka.TopicPartition, err error) error {
	for _, p := range partitions {
		err = errors.Join(err, p.Error)
	}
	return err
}
