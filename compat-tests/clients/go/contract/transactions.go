package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

var transactions = map[string]func(*scenario) error{
	"txn-commit":     txnCommit,
	"txn-abort":      txnAbort,
	"txn-fence":      txnFence,
	"txn-copy":       txnCopy,
	"read-committed": readCommitted,
}

// Kafka's error codes INVALID_PRODUCER_EPOCH and PRODUCER_FENCED, and librdkafka's own for both.
var fenced = []int{47, 90, -144}

func txnCommit(s *scenario) error {
	err := s.withProducer(ProducerConfig{TransactionalID: s.topic}, func(p Producer) error {
		records := sequence(s.topic, 0, 0, 10)
		for i := range records {
			records[i].Partition = int32(i % 2)
		}
		return s.transaction(p, records)
	})
	if err != nil {
		return err
	}
	both := []Partition{s.partition(0), s.partition(1)}
	_, err = s.readBack(ConsumerConfig{Partitions: both, ReadCommitted: true}, 10)
	return err
}

func txnAbort(s *scenario) error {
	err := s.withProducer(ProducerConfig{TransactionalID: s.topic}, func(p Producer) error {
		if err := errors.Join(p.Begin(), p.Send(s, sequence(s.topic, 0, 0, 10)...)); err != nil {
			return err
		}
		if err := p.Abort(s); err != nil {
			return fmt.Errorf("abort: %w", err)
		}
		return s.transaction(p, sequence(s.topic, 0, 10, 15))
	})
	if err != nil {
		return err
	}
	config := s.fromStart()
	config.ReadCommitted = true
	got, err := s.readBack(config, 5)
	if err != nil {
		return err
	}
	return same(got, sequence(s.topic, 0, 10, 15))
}

func txnFence(s *scenario) error {
	config := ProducerConfig{TransactionalID: s.topic}
	a, err := s.lib.Producer(s, config)
	if err != nil {
		return err
	}
	defer a.Close() // which may say once more that it is fenced
	if err := errors.Join(a.Begin(), a.Send(s, record(s.topic, 0, 0))); err != nil {
		return err
	}
	return s.withProducer(config, func(b Producer) error {
		if err := a.Commit(s); !slices.Contains(fenced, s.lib.Code(err)) {
			return fmt.Errorf("the commit of the fenced producer: %v", err)
		}
		return s.transaction(b, []Record{record(s.topic, 0, 1)})
	})
}

func txnCopy(s *scenario) error {
	ctx, cancel := context.WithTimeout(s, waitMax)
	defer cancel()
	return s.lib.CopyInTransaction(ctx, s.topic, s.topic+"-in", s.topic+"-out", 10)
}

func readCommitted(s *scenario) error {
	config := s.fromStart()
	if _, err := s.readBack(config, 16); err != nil {
		return fmt.Errorf("uncommitted: %w", err)
	}
	config.ReadCommitted = true
	return s.withConsumer(config, func(c Consumer) error {
		got, err := s.read(c, 10)
		if err != nil {
			return fmt.Errorf("committed: %w", err)
		}
		want := append(sequence(s.topic, 0, 0, 5), sequence(s.topic, 0, 10, 15)...)
		if err := same(got, want); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(s, 2*time.Second)
		defer cancel()
		for ctx.Err() == nil {
			if more, err := c.Poll(ctx); len(more) > 0 || err != nil {
				return fmt.Errorf("then came %s, %v", values(more), err)
			}
		}
		return nil
	})
}

// Copy reads n records and writes them to a topic; it returns where the group goes on behind them. It serves libraries whose
// CopyInTransaction is a consumer, and a producer that commits its offsets.
func Copy(ctx context.Context, in Consumer, out Producer, to string, n int) (map[Partition]int64, error) {
	next := map[Partition]int64{}
	for n > 0 && ctx.Err() == nil {
		records, err := in.Poll(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			if err := out.Send(ctx, Record{Topic: to, Key: r.Key, Value: r.Value}); err != nil {
				return nil, err
			}
			next[Partition{r.Topic, r.Partition}] = r.Offset + 1
			n--
		}
	}
	return next, nil
}

// transaction writes the records in a transaction and commits it.
func (s *scenario) transaction(p Producer, records []Record) error {
	if err := errors.Join(p.Begin(), p.Send(s, records...)); err != nil {
		return err
	}
	if err := p.Commit(s); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
