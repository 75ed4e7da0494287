package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
)

// record is record i of the contract, for a partition of a topic.
func record(topic string, partition int32, i int) Record {
	return Record{Topic: topic, Partition: partition, Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "v%d", i)}
}

// sequence is the records from to to−1.
func sequence(topic string, partition int32, from, to int) []Record {
	records := make([]Record, 0, to-from)
	for i := from; i < to; i++ {
		records = append(records, record(topic, partition, i))
	}
	return records
}

// partition is partition i of the scenario's topic.
func (s *scenario) partition(i int32) Partition { return Partition{s.topic, i} }

// send writes with a producer of its own.
func (s *scenario) send(config ProducerConfig, records ...Record) error {
	return s.withProducer(config, func(p Producer) error { return p.Send(s, records...) })
}

// withProducer closes the producer, whatever happens.
func (s *scenario) withProducer(config ProducerConfig, do func(Producer) error) error {
	p, err := s.lib.Producer(s, config)
	if err != nil {
		return fmt.Errorf("producer: %w", err)
	}
	err = do(p)
	return errors.Join(err, p.Close())
}

// withConsumer closes the consumer, whatever happens.
func (s *scenario) withConsumer(config ConsumerConfig, do func(Consumer) error) error {
	c, err := s.lib.Consumer(s, config)
	if err != nil {
		return fmt.Errorf("consumer: %w", err)
	}
	err = do(c)
	return errors.Join(err, c.Close())
}

// fromStart reads partition 0 of the scenario's topic from its beginning, without a group.
func (s *scenario) fromStart() ConsumerConfig {
	return ConsumerConfig{Partitions: []Partition{s.partition(0)}}
}

// inGroup reads the scenario's topic in the scenario's group.
func (s *scenario) inGroup() ConsumerConfig {
	return ConsumerConfig{Topics: []string{s.topic}, Group: s.topic}
}

// read polls until there are n records; more are an error.
func (s *scenario) read(c Consumer, n int) ([]Record, error) {
	ctx, cancel := context.WithTimeout(s, waitMax)
	defer cancel()
	var records []Record
	for len(records) < n {
		some, err := c.Poll(ctx)
		records = append(records, some...)
		if err != nil {
			return records, fmt.Errorf("poll: %w", err)
		}
		if ctx.Err() != nil {
			return records, fmt.Errorf("read %d of %d records", len(records), n)
		}
	}
	if len(records) > n {
		return records, fmt.Errorf("read %d records, not %d", len(records), n)
	}
	return records, nil
}

// readBack is read with a consumer of its own.
func (s *scenario) readBack(config ConsumerConfig, n int) (records []Record, err error) {
	err = s.withConsumer(config, func(c Consumer) error {
		records, err = s.read(c, n)
		return err
	})
	return records, err
}

// wait polls the consumers until it is so.
func (s *scenario) wait(what string, so func() bool, consumers ...Consumer) error {
	ctx, cancel := context.WithTimeout(s, waitMax)
	defer cancel()
	for !so() {
		if ctx.Err() != nil {
			return fmt.Errorf("waited in vain for: %s", what)
		}
		for _, c := range consumers {
			short, done := context.WithTimeout(ctx, pollMax)
			_, err := c.Poll(short)
			done()
			if err != nil {
				return fmt.Errorf("poll: %w", err)
			}
		}
	}
	return nil
}

// after is the position behind the last record of each partition.
func after(records []Record) map[Partition]int64 {
	next := map[Partition]int64{}
	for _, r := range records {
		next[Partition{r.Topic, r.Partition}] = r.Offset + 1
	}
	return next
}

// same compares what the contract speaks of: key, value and headers.
func same(got, want []Record) error {
	for i := range want {
		g, w := got[i], want[i]
		if !sameBytes(g.Key, w.Key) || !sameBytes(g.Value, w.Value) {
			return fmt.Errorf("record %d is %s=%s, not %s=%s", i, show(g.Key), show(g.Value), show(w.Key), show(w.Value))
		}
		if len(g.Headers) != len(w.Headers) {
			return fmt.Errorf("record %d has %d headers, not %d", i, len(g.Headers), len(w.Headers))
		}
		for h := range w.Headers {
			if g.Headers[h].Key != w.Headers[h].Key || !sameBytes(g.Headers[h].Value, w.Headers[h].Value) {
				return fmt.Errorf("header %d is %s=%s", h, g.Headers[h].Key, show(g.Headers[h].Value))
			}
		}
	}
	return nil
}

func sameBytes(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

func show(b []byte) string {
	if b == nil {
		return "null"
	}
	return fmt.Sprintf("%.40q", b)
}

func values(records []Record) string {
	var all []string
	for _, r := range records {
		all = append(all, string(r.Value))
	}
	return strings.Join(all, " ")
}

// expect is an error unless got is want.
func expect[T comparable](what string, got, want T) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("%s: %v, not %v", what, got, want)
}
