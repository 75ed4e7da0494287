package main

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"matrix/contract"
)

type admin struct{ kadm *kadm.Client }

func (library) Admin() (contract.Admin, error) {
	client, err := kadm.NewOptClient(kgo.SeedBrokers(contract.Bootstrap()))
	return admin{client}, err
}

func (a admin) CreateTopic(ctx context.Context, topic string, partitions int, configs map[string]string) error {
	values := map[string]*string{}
	for key, value := range configs {
		values[key] = kadm.StringPtr(value)
	}
	_, err := a.kadm.CreateTopic(ctx, int32(partitions), 1, values, topic)
	return err
}

func (a admin) ListTopics(ctx context.Context) ([]string, error) {
	topics, err := a.kadm.ListTopics(ctx)
	return topics.Names(), err
}

func (a admin) Partitions(ctx context.Context, topic string) (int, error) {
	topics, err := a.kadm.ListTopics(ctx, topic)
	if err != nil {
		return 0, err
	}
	return len(topics[topic].Partitions), topics.Error()
}

func (a admin) AddPartitions(ctx context.Context, topic string, total int) error {
	responses, err := a.kadm.UpdatePartitions(ctx, total, topic)
	if err != nil {
		return err
	}
	return responses.Error()
}

func (a admin) DeleteTopic(ctx context.Context, topic string) error {
	_, err := a.kadm.DeleteTopic(ctx, topic)
	return err
}

func (a admin) Config(ctx context.Context, topic, key string) (string, error) {
	described, err := a.kadm.DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return "", err
	}
	configs, err := described.On(topic, nil)
	if err != nil {
		return "", err
	}
	for _, config := range configs.Configs {
		if config.Key == key {
			return config.MaybeValue(), configs.Err
		}
	}
	return "", fmt.Errorf("no config %s: %w", key, configs.Err)
}

func (a admin) SetConfig(ctx context.Context, topic, key, value string) error {
	change := kadm.AlterConfig{Op: kadm.SetConfig, Name: key, Value: &value}
	responses, err := a.kadm.AlterTopicConfigs(ctx, []kadm.AlterConfig{change}, topic)
	if err != nil {
		return err
	}
	_, err = responses.On(topic, func(r *kadm.AlterConfigsResponse) error { return r.Err })
	return err
}

func (a admin) ListGroups(ctx context.Context) ([]string, error) {
	groups, err := a.kadm.ListGroups(ctx)
	return groups.Groups(), err
}

func (a admin) GroupState(ctx context.Context, group string) (string, error) {
	groups, err := a.kadm.DescribeGroups(ctx, group)
	if err != nil {
		return "", err
	}
	return groups[group].State, groups.Error()
}

func (a admin) GroupOffset(ctx context.Context, group string, p contract.Partition) (int64, error) {
	offsets, err := a.kadm.FetchOffsets(ctx, group)
	if err != nil {
		return 0, err
	}
	offset, _ := offsets.Lookup(p.Topic, p.ID)
	return offset.At, offset.Err
}

func (a admin) SetGroupOffset(ctx context.Context, group string, p contract.Partition, offset int64) error {
	var offsets kadm.Offsets
	offsets.AddOffset(p.Topic, p.ID, offset, -1)
	return a.kadm.CommitAllOffsets(ctx, group, offsets)
}

func (a admin) DeleteGroup(ctx context.Context, group string) error {
	_, err := a.kadm.DeleteGroup(ctx, group)
	return err
}

func (a admin) Offset(ctx context.Context, p contract.Partition, at int64) (int64, error) {
	var listed kadm.ListedOffsets
	var err error
	switch at {
	case contract.Earliest:
		listed, err = a.kadm.ListStartOffsets(ctx, p.Topic)
	case contract.Latest:
		listed, err = a.kadm.ListEndOffsets(ctx, p.Topic)
	default:
		listed, err = a.kadm.ListOffsetsAfterMilli(ctx, at, p.Topic)
	}
	if err != nil {
		return 0, err
	}
	offset, _ := listed.Lookup(p.Topic, p.ID)
	return offset.Offset, offset.Err
}

func (a admin) DeleteRecords(ctx context.Context, p contract.Partition, before int64) error {
	var offsets kadm.Offsets
	offsets.AddOffset(p.Topic, p.ID, before, -1)
	responses, err := a.kadm.DeleteRecords(ctx, offsets)
	if err != nil {
		return err
	}
	return responses.Error()
}

func (a admin) Cluster(ctx context.Context) (contract.Cluster, error) {
	metadata, err := a.kadm.BrokerMetadata(ctx)
	cluster := contract.Cluster{ID: metadata.Cluster, Controller: metadata.Controller, Brokers: map[int32]string{}}
	for _, broker := range metadata.Brokers {
		cluster.Brokers[broker.NodeID] = fmt.Sprintf("%s:%d", broker.Host, broker.Port)
	}
	return cluster, err
}

func (a admin) Close() error {
	a.kadm.Close()
	return nil
}
