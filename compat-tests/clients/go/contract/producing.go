package contract

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

var producing = map[string]func(*scenario) error{
	"acks":            acks,
	"codec-gzip":      codec("gzip"),
	"codec-snappy":    codec("snappy"),
	"codec-lz4":       codec("lz4"),
	"codec-zstd":      codec("zstd"),
	"keys":            keys,
	"headers":         headers(Header{"a", []byte("1")}, Header{"a", []byte("2")}, Header{"empty", []byte{}}),
	"headers-null":    headers(Header{"n", nil}),
	"nulls":           nulls,
	"timestamps":      timestamps,
	"idempotence":     idempotence,
	"large":           large,
	"too-large":       tooLarge,
	"bulk":            bulk,
	"many-partitions": manyPartitions,
	"auto-create":     autoCreate,
	"unknown-topic":   unknownTopic,
}

const messageTooLarge = 10 // Kafka's error code MESSAGE_TOO_LARGE

func acks(s *scenario) error {
	for partition, acks := range []string{"0", "1", "all"} {
		if err := s.send(ProducerConfig{Acks: acks}, sequence(s.topic, int32(partition), 0, 10)...); err != nil {
			return fmt.Errorf("acks=%s: %w", acks, err)
		}
	}
	return nil
}

func codec(name string) func(*scenario) error {
	return func(s *scenario) error {
		records := sequence(s.topic, 0, 0, 100)
		for i := range records {
			records[i].Value = fmt.Appendf(nil, "v%d-%s", i, strings.Repeat("x", 1000))
		}
		return s.sendAndCompare(ProducerConfig{Codec: name}, records)
	}
}

func keys(s *scenario) error {
	records := sequence(s.topic, AnyPartition, 0, 100)
	return s.withProducer(ProducerConfig{Partitions: true}, func(p Producer) error {
		return errors.Join(p.Send(s, records...), p.Send(s, records...))
	})
}

func headers(headers ...Header) func(*scenario) error {
	return func(s *scenario) error {
		r := record(s.topic, 0, 0)
		r.Headers = headers
		return s.sendAndCompare(ProducerConfig{}, []Record{r})
	}
}

func nulls(s *scenario) error {
	return s.sendAndCompare(ProducerConfig{}, []Record{
		{Topic: s.topic, Key: []byte("k0"), Value: nil},
		{Topic: s.topic, Key: nil, Value: []byte("v1")},
		{Topic: s.topic, Key: []byte{}, Value: []byte{}},
	})
}

func timestamps(s *scenario) error {
	r := record(s.topic, 0, 0)
	r.Timestamp = 1600000000123
	if err := s.send(ProducerConfig{}, r); err != nil {
		return err
	}
	got, err := s.readBack(s.fromStart(), 1)
	if err != nil {
		return err
	}
	return expect("timestamp", got[0].Timestamp, r.Timestamp)
}

func idempotence(s *scenario) error {
	return s.send(ProducerConfig{Idempotent: true, Acks: "all"}, sequence(s.topic, 0, 0, 100)...)
}

func large(s *scenario) error {
	r := record(s.topic, 0, 0)
	r.Value = []byte(strings.Repeat("x", 5_000_000))
	return s.sendAndCompare(ProducerConfig{MaxBytes: 8 << 20}, []Record{r})
}

func tooLarge(s *scenario) error {
	return s.withProducer(ProducerConfig{Codec: "none"}, func(p Producer) error {
		r := record(s.topic, 0, 0)
		r.Value = []byte(strings.Repeat("x", 20_000))
		err := p.Send(s, r)
		if s.lib.Code(err) != messageTooLarge {
			return fmt.Errorf("the large record: %v", err)
		}
		return p.Send(s, record(s.topic, 0, 0))
	})
}

func bulk(s *scenario) error {
	const total, keys = 20_000, 100
	records := sequence(s.topic, AnyPartition, 0, total)
	for i := range records {
		records[i].Key = fmt.Appendf(nil, "k%d", i%keys)
	}
	if err := s.send(ProducerConfig{Partitions: true}, records...); err != nil {
		return err
	}
	got, err := s.readBack(s.inGroup(), total)
	if err != nil {
		return err
	}
	next := map[string]int{}
	for _, r := range got {
		key := string(r.Key)
		var index int
		fmt.Sscanf(key, "k%d", &index)
		if want := fmt.Sprintf("v%d", index+next[key]*keys); string(r.Value) != want {
			return fmt.Errorf("key %s: %s came, %s is next", key, r.Value, want)
		}
		next[key]++
	}
	return nil
}

func manyPartitions(s *scenario) error {
	const total = 100
	var records []Record
	var all []Partition
	for p := range int32(total) {
		records = append(records, record(s.topic, p, int(p)))
		all = append(all, s.partition(p))
	}
	if err := s.send(ProducerConfig{}, records...); err != nil {
		return err
	}
	got, err := s.readBack(ConsumerConfig{Partitions: all}, total)
	if err != nil {
		return err
	}
	for _, r := range got {
		if want := fmt.Sprintf("v%d", r.Partition); string(r.Value) != want {
			return fmt.Errorf("partition %d has %s", r.Partition, r.Value)
		}
	}
	return expect("partitions read", len(after(got)), total)
}

func autoCreate(s *scenario) error {
	return s.send(ProducerConfig{CreateTopics: true, Partitions: true}, sequence(s.topic, AnyPartition, 0, 10)...)
}

func unknownTopic(s *scenario) error {
	ctx, cancel := context.WithTimeout(s, waitMax)
	defer cancel()
	return s.withProducer(ProducerConfig{Partitions: true}, func(p Producer) error {
		switch err := p.Send(ctx, record(s.topic, AnyPartition, 0)); {
		case err == nil:
			return errors.New("the record was accepted")
		case ctx.Err() != nil:
			return fmt.Errorf("no error within %s", waitMax)
		}
		return nil
	})
}

// sendAndCompare writes to partition 0 and reads the same.
func (s *scenario) sendAndCompare(config ProducerConfig, records []Record) error {
	if err := s.send(config, records...); err != nil {
		return err
	}
	got, err := s.readBack(s.fromStart(), len(records))
	if err != nil {
		return err
	}
	return same(got, records)
}
