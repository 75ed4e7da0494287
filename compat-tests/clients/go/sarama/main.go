// The contract by github.com/IBM/sarama, which speaks the protocol of the Kafka version in its configuration: its default, or the newest.
package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"matrix/contract"
)

type library struct{}

func main() { contract.Main(library{}) }

func (library) Module() string { return "github.com/IBM/sarama" }

func (library) Code(err error) int {
	var many sarama.ProducerErrors // which does not unwrap
	if errors.As(err, &many) && len(many) > 0 {
		err = many[0].Err
	}
	var broker sarama.KError
	if errors.As(err, &broker) {
		return int(broker)
	}
	return 0
}

func brokers() []string { return []string{contract.Bootstrap()} }

// newConfig is the library's own but for the protocol version of the row, and for waits that are made for machines far away.
func newConfig() *sarama.Config {
	config := sarama.NewConfig()
	if strings.HasSuffix(os.Getenv("PROGRAM"), "-newest") {
		config.Version = sarama.MaxVersion
	}
	config.Metadata.Retry.Max = 20
	config.Consumer.MaxWaitTime = 100 * time.Millisecond
	config.Consumer.Retry.Backoff = 250 * time.Millisecond
	config.Consumer.Group.Rebalance.Retry.Max = 20
	config.Consumer.Group.Rebalance.Retry.Backoff = 250 * time.Millisecond
	return config
}

func (lib library) CopyInTransaction(ctx context.Context, group, from, to string, n int) error {
	in, err := newMember(contract.ConsumerConfig{Group: group, Topics: []string{from}, ReadCommitted: true})
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := newProducer(contract.ProducerConfig{TransactionalID: group})
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
	offsets := map[string][]*sarama.PartitionOffsetMetadata{}
	for p, offset := range next {
		offsets[p.Topic] = append(offsets[p.Topic], &sarama.PartitionOffsetMetadata{Partition: p.ID, Offset: offset, LeaderEpoch: -1})
	}
	member := sarama.NewConsumerGroupMetadataFromSession(in.current(), group, nil)
	if err := out.sarama.AddOffsetsToTxnWithGroupMetadata(offsets, member); err != nil {
		return err
	}
	return out.Commit(ctx)
}

func record(m *sarama.ConsumerMessage) contract.Record {
	in := contract.Record{
		Topic:     m.Topic,
		Partition: m.Partition,
		Offset:    m.Offset,
		Key:       m.Key,
		Value:     m.Value,
		Timestamp: m.Timestamp.UnixMilli(),
	}
	for _, h := range m.Headers {
		in.Headers = append(in.Headers, contract.Header{Key: string(h.Key), Value: h.Value})
	}
	return in
}
