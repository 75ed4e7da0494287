package main

import (
	"context"
	"errors"
	"sync"

	"github.com/IBM/sarama"

	"matrix/contract"
)

func (library) Consumer(_ context.Context, config contract.ConsumerConfig) (contract.Consumer, error) {
	if config.Group != "" {
		return newMember(config)
	}
	return newReader(config)
}

func consumerConfig(config contract.ConsumerConfig) *sarama.Config {
	c := newConfig()
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	if config.Latest {
		c.Consumer.Offsets.Initial = sarama.OffsetNewest
	}
	if config.ReadCommitted {
		c.Consumer.IsolationLevel = sarama.ReadCommitted
	}
	c.Consumer.Return.Errors = true
	return c
}

// reader reads given partitions; each has a consumer of its own, which a seek replaces.
type reader struct {
	contract.Ownership
	client   sarama.Client
	consumer sarama.Consumer
	parts    map[contract.Partition]part
	position map[contract.Partition]int64
	messages chan *sarama.ConsumerMessage
	reading  sync.WaitGroup
}

// part hands its messages over until it is told to stop.
type part struct {
	sarama.PartitionConsumer
	stop chan struct{}
}

func newReader(config contract.ConsumerConfig) (*reader, error) {
	client, err := sarama.NewClient(brokers(), consumerConfig(config))
	if err != nil {
		return nil, err
	}
	consumer, err := sarama.NewConsumerFromClient(client)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	r := &reader{
		client:   client,
		consumer: consumer,
		parts:    map[contract.Partition]part{},
		position: map[contract.Partition]int64{},
		messages: make(chan *sarama.ConsumerMessage),
	}
	for _, p := range config.Partitions {
		err = errors.Join(err, r.start(p, sarama.OffsetOldest))
	}
	return r, err
}

func (r *reader) start(p contract.Partition, offset int64) error {
	consumer, err := r.consumer.ConsumePartition(p.Topic, p.ID, offset)
	if err != nil {
		return err
	}
	part := part{consumer, make(chan struct{})}
	r.parts[p], r.position[p] = part, offset
	r.reading.Go(func() {
		for m := range part.Messages() {
			select {
			case r.messages <- m:
			case <-part.stop:
			}
		}
	})
	r.reading.Go(func() {
		for range part.Errors() { // it goes on by itself
		}
	})
	return nil
}

func (r *reader) Poll(ctx context.Context) ([]contract.Record, error) {
	for {
		select {
		case m := <-r.messages:
			p := contract.Partition{Topic: m.Topic, ID: m.Partition}
			r.position[p] = m.Offset + 1
			return []contract.Record{record(m)}, nil
		case <-ctx.Done():
			return nil, nil
		}
	}
}

func (r *reader) Commit(context.Context, map[contract.Partition]int64) error {
	return errors.New("there is no group")
}

func (r *reader) Pause(p contract.Partition) error {
	r.parts[p].Pause()
	return nil
}

func (r *reader) Resume(p contract.Partition) error {
	r.parts[p].Resume()
	return nil
}

func (r *reader) Seek(_ context.Context, p contract.Partition, offset int64) error {
	close(r.parts[p].stop)
	if err := r.parts[p].Close(); err != nil {
		return err
	}
	if offset < 0 {
		var err error
		if offset, err = r.client.GetOffset(p.Topic, p.ID, offset); err != nil {
			return err
		}
	}
	return r.start(p, offset)
}

func (r *reader) Position(_ context.Context, p contract.Partition) (int64, error) {
	return r.position[p], nil
}

// Close lets all partitions end at once: each waits for the answer to its fetch.
func (r *reader) Close() error {
	for _, part := range r.parts {
		close(part.stop)
		part.AsyncClose()
	}
	r.reading.Wait()
	return errors.Join(r.consumer.Close(), r.client.Close())
}
