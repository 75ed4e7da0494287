package main

import (
	"context"
	"errors"

	"github.com/segmentio/kafka-go"

	"matrix/contract"
)

// member is in a group by kafka-go's lower interface, which tells of generations and assignments; a Reader keeps them to itself.
type member struct {
	contract.Ownership
	config  contract.ConsumerConfig
	group   *kafka.ConsumerGroup
	fetched chan fetched
	stop    context.CancelFunc
	stopped chan struct{}
}

func newMember(config contract.ConsumerConfig) (*member, error) {
	c := readerConfig(config)
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID:                config.Group,
		Brokers:           c.Brokers,
		Topics:            config.Topics,
		StartOffset:       c.StartOffset,
		SessionTimeout:    sessionTimeout,
		HeartbeatInterval: heartbeatInterval,
		JoinGroupBackoff:  heartbeatInterval,
	})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	m := &member{config: config, group: group, fetched: make(chan fetched), stop: stop, stopped: make(chan struct{})}
	go m.run(ctx)
	return m, nil
}

// run goes through the generations: each ends with a rebalance, and with it all that was started in it.
func (m *member) run(ctx context.Context) {
	defer close(m.stopped)
	for ctx.Err() == nil {
		generation, err := m.group.Next(ctx)
		if err != nil {
			continue // the group tries again, until it is closed
		}
		for topic, assignments := range generation.Assignments {
			for _, a := range assignments {
				m.own(generation, contract.Partition{Topic: topic, ID: int32(a.ID)}, a.Offset)
			}
		}
	}
}

// own reads a partition for the time of a generation; where to start is settled before it counts as owned.
func (m *member) own(generation *kafka.Generation, p contract.Partition, start int64) {
	generation.Start(func(ctx context.Context) {
		if start < 0 {
			var err error
			if start, err = (admin{}).Offset(ctx, p, start); err != nil {
				m.hand(ctx, fetched{err: err})
				return
			}
		}
		c := readerConfig(m.config)
		c.Topic, c.Partition = p.Topic, int(p.ID)
		reader := kafka.NewReader(c)
		defer reader.Close()
		if err := reader.SetOffset(start); err != nil {
			m.hand(ctx, fetched{err: err})
			return
		}
		m.Gain(p)
		defer m.Lose(p)
		fetch(ctx, reader, m.fetched)
	})
}

func (m *member) hand(ctx context.Context, f fetched) {
	select {
	case m.fetched <- f:
	case <-ctx.Done():
	}
}

func (m *member) Poll(ctx context.Context) ([]contract.Record, error) {
	select {
	case f := <-m.fetched:
		if f.err != nil {
			return nil, ignoreEnd(f.err)
		}
		return []contract.Record{record(f.message)}, nil
	case <-ctx.Done():
		return nil, nil
	}
}

// ignoreEnd is for what a reader says when its generation ends.
func ignoreEnd(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, kafka.ErrGenerationEnded) {
		return nil
	}
	return err
}

func (m *member) Commit(context.Context, map[contract.Partition]int64) error { return errUnsupported }
func (m *member) Pause(contract.Partition) error                             { return errUnsupported }
func (m *member) Resume(contract.Partition) error                            { return errUnsupported }

func (m *member) Seek(context.Context, contract.Partition, int64) error { return errUnsupported }

func (m *member) Position(context.Context, contract.Partition) (int64, error) {
	return 0, errUnsupported
}

func (m *member) Close() error {
	m.stop()
	<-m.stopped
	return m.group.Close()
}
