package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"matrix/contract"
)

const (
	sessionTimeout    = 6 * time.Second
	heartbeatInterval = 500 * time.Millisecond
)

func (library) Consumer(_ context.Context, config contract.ConsumerConfig) (contract.Consumer, error) {
	switch {
	case config.Pattern != "" || config.Instance != "" || config.Protocol != contract.Eager:
		return nil, errUnsupported
	case config.Watched:
		return newMember(config)
	case config.Group != "":
		c := readerConfig(config)
		c.GroupID, c.GroupTopics = config.Group, config.Topics
		c.HeartbeatInterval, c.SessionTimeout = heartbeatInterval, sessionTimeout
		c.JoinGroupBackoff = heartbeatInterval
		return newReaders(map[contract.Partition]*kafka.Reader{{}: kafka.NewReader(c)}), nil
	}
	readers := map[contract.Partition]*kafka.Reader{}
	for _, p := range config.Partitions {
		c := readerConfig(config)
		c.Topic, c.Partition = p.Topic, int(p.ID)
		readers[p] = kafka.NewReader(c)
	}
	return newReaders(readers), nil
}

func readerConfig(config contract.ConsumerConfig) kafka.ReaderConfig {
	c := kafka.ReaderConfig{
		Brokers:          []string{contract.Bootstrap()},
		MaxBytes:         8 << 20,
		MaxWait:          100 * time.Millisecond,
		ReadBatchTimeout: 5 * time.Second,
		StartOffset:      kafka.FirstOffset,
	}
	if config.Latest {
		c.StartOffset = kafka.LastOffset
	}
	if config.ReadCommitted {
		c.IsolationLevel = kafka.ReadCommitted
	}
	return c
}

// fetched is what a reader's goroutine hands over.
type fetched struct {
	message kafka.Message
	err     error
}

// readers is one reader in a group, or one for each partition that is read without: each fetches in a goroutine of its own.
type readers struct {
	contract.Ownership
	all     map[contract.Partition]*kafka.Reader
	fetched chan fetched
	stop    context.CancelFunc
	stopped sync.WaitGroup
}

func newReaders(all map[contract.Partition]*kafka.Reader) *readers {
	ctx, stop := context.WithCancel(context.Background())
	r := &readers{all: all, fetched: make(chan fetched), stop: stop}
	for _, reader := range all {
		r.stopped.Go(func() { fetch(ctx, reader, r.fetched) })
	}
	return r
}

func fetch(ctx context.Context, reader *kafka.Reader, into chan<- fetched) {
	for ctx.Err() == nil {
		message, err := reader.FetchMessage(ctx)
		select {
		case into <- fetched{message, err}:
		case <-ctx.Done():
		}
	}
}

func (r *readers) Poll(ctx context.Context) ([]contract.Record, error) {
	select {
	case f := <-r.fetched:
		if away := (*net.OpError)(nil); errors.As(f.err, &away) || errors.Is(f.err, kafka.GroupLoadInProgress) {
			return nil, nil // the reader's goroutine goes on trying
		}
		if f.err != nil {
			return nil, f.err
		}
		return []contract.Record{record(f.message)}, nil
	case <-ctx.Done():
		return nil, nil
	}
}

// Commit commits the messages before those that are next.
func (r *readers) Commit(ctx context.Context, next map[contract.Partition]int64) error {
	var last []kafka.Message
	for p, offset := range next {
		last = append(last, kafka.Message{Topic: p.Topic, Partition: int(p.ID), Offset: offset - 1})
	}
	return r.all[contract.Partition{}].CommitMessages(ctx, last...)
}

func (r *readers) Pause(contract.Partition) error  { return errUnsupported }
func (r *readers) Resume(contract.Partition) error { return errUnsupported }

// Seek is between reading: what waits to be polled is of before.
func (r *readers) Seek(ctx context.Context, p contract.Partition, offset int64) error {
	r.stop()
	r.stopped.Wait()
	if offset == contract.Latest {
		var err error
		if offset, err = (admin{}).Offset(ctx, p, offset); err != nil {
			return err
		}
	}
	reader := r.all[p]
	if err := reader.SetOffset(offset); err != nil { // Earliest is kafka.FirstOffset
		return err
	}
	reading, stop := context.WithCancel(context.Background())
	r.stop = stop
	r.stopped.Go(func() { fetch(reading, reader, r.fetched) })
	return nil
}

func (r *readers) Position(_ context.Context, p contract.Partition) (int64, error) {
	return r.all[p].Offset(), nil
}

func (r *readers) Close() (err error) {
	r.stop()
	r.stopped.Wait()
	for _, reader := range r.all {
		err = errors.Join(err, reader.Close())
	}
	return err
}
