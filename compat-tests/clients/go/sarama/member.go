package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"matrix/contract"
)

// member is in a group: sarama calls it back with each partition that it gets.
type member struct {
	contract.Ownership
	group    sarama.ConsumerGroup
	messages chan *sarama.ConsumerMessage
	failures chan error
	stop     context.CancelFunc
	stopped  chan struct{}
	mutex    sync.Mutex
	session  sarama.ConsumerGroupSession
}

func newMember(config contract.ConsumerConfig) (*member, error) {
	c := consumerConfig(config)
	c.Consumer.Offsets.AutoCommit.Enable = false
	c.Consumer.Group.Session.Timeout = 6 * time.Second
	c.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	c.Consumer.Group.InstanceId = config.Instance
	if config.Protocol == contract.Cooperative {
		strategy := sarama.NewBalanceStrategyCooperativeSticky()
		c.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{strategy}
	}
	group, err := sarama.NewConsumerGroup(brokers(), config.Group, c)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	m := &member{
		group:    group,
		messages: make(chan *sarama.ConsumerMessage),
		failures: make(chan error, 1),
		stop:     stop,
		stopped:  make(chan struct{}),
	}
	go m.consume(ctx, config.Topics)
	go func() {
		for range group.Errors() { // it goes on by itself
		}
	}()
	return m, nil
}

// consume joins again whenever a rebalance ends the session.
func (m *member) consume(ctx context.Context, topics []string) {
	defer close(m.stopped)
	for ctx.Err() == nil {
		if err := m.group.Consume(ctx, topics, m); errors.Is(err, sarama.ErrClosedConsumerGroup) {
			return
		}
	}
}

func (m *member) current() sarama.ConsumerGroupSession {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.session
}

// Setup begins a session.
func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.session = session
	return nil
}

// Cleanup ends a session.
func (m *member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// ConsumeClaim has a partition for as long as it is this member's; where it starts is known by then.
func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	owned := contract.Partition{Topic: claim.Topic(), ID: claim.Partition()}
	m.Gain(owned)
	defer m.Lose(owned)
	for {
		select {
		case message, more := <-claim.Messages():
			if !more {
				return nil
			}
			select {
			case m.messages <- message:
			case <-session.Context().Done():
				return nil
			}
		case <-session.Context().Done():
			return nil
		}
	}
}

func (m *member) Poll(ctx context.Context) ([]contract.Record, error) {
	select {
	case message := <-m.messages:
		return []contract.Record{record(message)}, nil
	case <-ctx.Done():
		return nil, nil
	}
}

func (m *member) Commit(_ context.Context, next map[contract.Partition]int64) error {
	session := m.current()
	for p, offset := range next {
		session.MarkOffset(p.Topic, p.ID, offset, "")
	}
	session.Commit()
	return nil
}

func (m *member) Pause(p contract.Partition) error {
	m.group.Pause(map[string][]int32{p.Topic: {p.ID}})
	return nil
}

func (m *member) Resume(p contract.Partition) error {
	m.group.Resume(map[string][]int32{p.Topic: {p.ID}})
	return nil
}

func (m *member) Seek(context.Context, contract.Partition, int64) error {
	return errors.New("a member seeks by ResetOffset and a new session")
}

func (m *member) Position(context.Context, contract.Partition) (int64, error) {
	return 0, errors.New("a member has no positions")
}

func (m *member) Close() error {
	m.stop()
	<-m.stopped
	return m.group.Close()
}
