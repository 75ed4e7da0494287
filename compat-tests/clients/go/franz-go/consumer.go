package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"matrix/contract"
)

type consumer struct {
	contract.Ownership
	client   *kgo.Client
	position map[contract.Partition]int64
	started  sync.Once
	fetching chan struct{} // closed when records are asked for: it is known then where reading starts
}

const fetchRequest = 1

// OnBrokerWrite is kgo's hook for every request.
func (c *consumer) OnBrokerWrite(_ kgo.BrokerMetadata, key int16, _ int, _, _ time.Duration, err error) {
	if key == fetchRequest && err == nil {
		c.started.Do(func() { close(c.fetching) })
	}
}

func (library) Consumer(_ context.Context, config contract.ConsumerConfig) (contract.Consumer, error) {
	c := &consumer{position: map[contract.Partition]int64{}, fetching: make(chan struct{})}
	options := []kgo.Opt{
		kgo.SeedBrokers(contract.Bootstrap()),
		kgo.ConsumeStartOffset(start(config.Latest)),
		kgo.FetchMaxWait(500 * time.Millisecond),
		kgo.FetchMaxBytes(16 << 20),
		kgo.FetchMaxPartitionBytes(8 << 20),
		kgo.WithHooks(c),
	}
	if config.ReadCommitted {
		options = append(options, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	}
	if config.Group != "" {
		options = append(options, c.group(config)...)
	} else {
		partitions := map[string]map[int32]kgo.Offset{}
		for _, p := range config.Partitions {
			set(partitions, p, start(config.Latest))
		}
		options = append(options, kgo.ConsumePartitions(partitions))
	}
	client, err := kgo.NewClient(options...)
	c.client = client
	return c, err
}

func start(latest bool) kgo.Offset {
	if latest {
		return kgo.NewOffset().AtEnd()
	}
	return kgo.NewOffset().AtStart()
}

func (c *consumer) group(config contract.ConsumerConfig) []kgo.Opt {
	options := []kgo.Opt{
		kgo.ConsumerGroup(config.Group),
		kgo.ConsumeTopics(config.Topics...),
		kgo.DisableAutoCommit(),
		kgo.SessionTimeout(6 * time.Second),
		kgo.HeartbeatInterval(500 * time.Millisecond),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, added map[string][]int32) { c.Gain(list(added)...) }),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, taken map[string][]int32) { c.Lose(list(taken)...) }),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) { c.Lose(list(lost)...) }),
	}
	switch config.Protocol {
	case contract.Eager:
		options = append(options, kgo.Balancers(kgo.RangeBalancer()))
	case contract.Cooperative:
		options = append(options, kgo.Balancers(kgo.CooperativeStickyBalancer()))
	case contract.Server:
		options = append(options, kgo.Balancers(kgo.StickyBalancer()), kgo.ServerSideBalancer())
	}
	if config.Pattern != "" {
		options = append(options, kgo.ConsumeRegex(), kgo.ConsumeTopics(config.Pattern))
	}
	if config.Instance != "" {
		options = append(options, kgo.InstanceID(config.Instance))
	}
	return options
}

// Assigned waits with its answer until the positions are known.
func (c *consumer) Assigned() []contract.Partition {
	select {
	case <-c.fetching:
		return c.Ownership.Assigned()
	default:
		return nil
	}
}

func (c *consumer) Poll(ctx context.Context) ([]contract.Record, error) {
	fetches := c.client.PollFetches(ctx)
	if err := fetches.Err0(); errors.Is(err, context.DeadlineExceeded) {
		return nil, nil
	}
	var records []contract.Record
	for _, r := range fetches.Records() {
		in := contract.Record{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value, Timestamp: r.Timestamp.UnixMilli()}
		for _, h := range r.Headers {
			in.Headers = append(in.Headers, contract.Header{Key: h.Key, Value: h.Value})
		}
		c.position[contract.Partition{Topic: r.Topic, ID: r.Partition}] = r.Offset + 1
		records = append(records, in)
	}
	if away := (*net.OpError)(nil); errors.As(fetches.Err(), &away) {
		return records, nil // kgo goes on trying by itself
	}
	return records, fetches.Err()
}

func (c *consumer) Commit(ctx context.Context, next map[contract.Partition]int64) error {
	offsets := map[string]map[int32]kgo.EpochOffset{}
	for p, offset := range next {
		set(offsets, p, kgo.EpochOffset{Epoch: -1, Offset: offset})
	}
	var failed error
	c.client.CommitOffsetsSync(ctx, offsets, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, response *kmsg.OffsetCommitResponse, err error) {
		failed = err
		if err != nil {
			return
		}
		for _, topic := range response.Topics {
			for _, partition := range topic.Partitions {
				failed = errors.Join(failed, kerr.ErrorForCode(partition.ErrorCode))
			}
		}
	})
	return failed
}

func (c *consumer) Pause(p contract.Partition) error {
	c.client.PauseFetchPartitions(map[string][]int32{p.Topic: {p.ID}})
	return nil
}

func (c *consumer) Resume(p contract.Partition) error {
	c.client.ResumeFetchPartitions(map[string][]int32{p.Topic: {p.ID}})
	return nil
}

// Seek lets the start be known first, which would come later and win.
func (c *consumer) Seek(ctx context.Context, p contract.Partition, offset int64) error {
	select {
	case <-c.fetching:
	case <-ctx.Done():
		return ctx.Err()
	}
	if offset < 0 {
		var err error
		if offset, err = (admin{kadm.NewClient(c.client)}).Offset(ctx, p, offset); err != nil {
			return err
		}
	}
	c.client.SetOffsets(map[string]map[int32]kgo.EpochOffset{p.Topic: {p.ID: {Epoch: -1, Offset: offset}}})
	c.position[p] = offset
	return nil
}

func (c *consumer) Position(_ context.Context, p contract.Partition) (int64, error) {
	return c.position[p], nil
}

func (c *consumer) Close() error {
	c.client.Close()
	return nil
}

func list(topics map[string][]int32) (all []contract.Partition) {
	for topic, ids := range topics {
		for _, id := range ids {
			all = append(all, contract.Partition{Topic: topic, ID: id})
		}
	}
	return all
}

func set[T any](topics map[string]map[int32]T, p contract.Partition, value T) {
	if topics[p.Topic] == nil {
		topics[p.Topic] = map[int32]T{}
	}
	topics[p.Topic][p.ID] = value
}
