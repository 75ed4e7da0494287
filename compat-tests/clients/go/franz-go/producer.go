package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"matrix/contract"
)

type producer struct{ client *kgo.Client }

var acks = map[string]kgo.Acks{"0": kgo.NoAck(), "1": kgo.LeaderAck(), "all": kgo.AllISRAcks()}

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func (library) Producer(ctx context.Context, config contract.ProducerConfig) (contract.Producer, error) {
	options := []kgo.Opt{kgo.SeedBrokers(contract.Bootstrap())}
	if !config.Partitions {
		options = append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	}
	if config.Acks != "" {
		options = append(options, kgo.RequiredAcks(acks[config.Acks]))
	}
	if config.Acks == "0" || config.Acks == "1" {
		options = append(options, kgo.DisableIdempotentWrite()) // which needs acks=all
	}
	if config.Codec != "" {
		options = append(options, kgo.ProducerBatchCompression(codecs[config.Codec]))
	}
	if config.MaxBytes > 0 {
		options = append(options, kgo.ProducerBatchMaxBytes(int32(config.MaxBytes)))
	}
	if config.CreateTopics {
		options = append(options, kgo.AllowAutoTopicCreation())
	}
	if config.TransactionalID != "" {
		options = append(options, kgo.TransactionalID(config.TransactionalID))
	}
	client, err := kgo.NewClient(options...)
	if err == nil && config.TransactionalID != "" {
		if _, _, err = client.ProducerID(ctx); err != nil {
			err = fmt.Errorf("initialising the transactional id: %w", err)
		}
	}
	return &producer{client}, err
}

func (p *producer) Send(ctx context.Context, records ...contract.Record) error {
	var batch []*kgo.Record
	for _, r := range records {
		out := &kgo.Record{Topic: r.Topic, Partition: r.Partition, Key: r.Key, Value: r.Value}
		if r.Timestamp > 0 {
			out.Timestamp = time.UnixMilli(r.Timestamp)
		}
		for _, h := range r.Headers {
			out.Headers = append(out.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
		}
		batch = append(batch, out)
	}
	return p.client.ProduceSync(ctx, batch...).FirstErr()
}

func (p *producer) Begin() error { return p.client.BeginTransaction() }

func (p *producer) Commit(ctx context.Context) error {
	return p.client.EndTransaction(ctx, kgo.TryCommit)
}

func (p *producer) Abort(ctx context.Context) error {
	return p.client.EndTransaction(ctx, kgo.TryAbort)
}

func (p *producer) Close() error {
	p.client.Close()
	return nil
}
