package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/IBM/sarama"

	"matrix/contract"
)

type admin struct {
	client sarama.Client
	sarama sarama.ClusterAdmin
}

func (library) Admin() (contract.Admin, error) {
	client, err := sarama.NewClient(brokers(), newConfig())
	if err != nil {
		return nil, err
	}
	inner, err := sarama.NewClusterAdminFromClient(client)
	return admin{client, inner}, err
}

func (a admin) CreateTopic(_ context.Context, topic string, partitions int, configs map[string]string) error {
	detail := &sarama.TopicDetail{NumPartitions: int32(partitions), ReplicationFactor: 1, ConfigEntries: map[string]*string{}}
	for key, value := range configs {
		detail.ConfigEntries[key] = &value
	}
	return a.sarama.CreateTopic(topic, detail, false)
}

func (a admin) ListTopics(context.Context) (names []string, err error) {
	topics, err := a.sarama.ListTopics()
	for name := range topics {
		names = append(names, name)
	}
	return names, err
}

func (a admin) Partitions(_ context.Context, topic string) (int, error) {
	described, err := a.sarama.DescribeTopics([]string{topic})
	if err != nil || len(described) != 1 {
		return 0, fmt.Errorf("%d topics described: %v", len(described), err)
	}
	return len(described[0].Partitions), nil
}

func (a admin) AddPartitions(_ context.Context, topic string, total int) error {
	return a.sarama.CreatePartitions(topic, int32(total), nil, false)
}

func (a admin) DeleteTopic(_ context.Context, topic string) error { return a.sarama.DeleteTopic(topic) }

func (a admin) Config(_ context.Context, topic, key string) (string, error) {
	resource := sarama.ConfigResource{Type: sarama.TopicResource, Name: topic, ConfigNames: []string{key}}
	entries, err := a.sarama.DescribeConfig(resource)
	for _, entry := range entries {
		if entry.Name == key {
			return entry.Value, err
		}
	}
	return "", fmt.Errorf("no config %s: %v", key, err)
}

func (a admin) SetConfig(_ context.Context, topic, key, value string) error {
	change := sarama.IncrementalAlterConfigsEntry{Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value}
	changes := map[string]sarama.IncrementalAlterConfigsEntry{key: change}
	return a.sarama.IncrementalAlterConfig(sarama.TopicResource, topic, changes, false)
}

func (a admin) ListGroups(context.Context) (names []string, err error) {
	groups, err := a.sarama.ListConsumerGroups()
	for name := range groups {
		names = append(names, name)
	}
	return names, err
}

func (a admin) GroupState(_ context.Context, group string) (string, error) {
	described, err := a.sarama.DescribeConsumerGroups([]string{group})
	if err != nil || len(described) != 1 {
		return "", fmt.Errorf("%d groups described: %v", len(described), err)
	}
	return described[0].State, nil
}

func (a admin) GroupOffset(_ context.Context, group string, p contract.Partition) (int64, error) {
	response, err := a.sarama.ListConsumerGroupOffsets(group, map[string][]int32{p.Topic: {p.ID}})
	if err != nil {
		return 0, err
	}
	block := response.GetBlock(p.Topic, p.ID)
	if block == nil {
		return 0, errors.New("no offset was listed")
	}
	return block.Offset, nil
}

func (a admin) SetGroupOffset(_ context.Context, group string, p contract.Partition, offset int64) error {
	offsets := map[string]map[int32]sarama.OffsetAndMetadata{p.Topic: {p.ID: {Offset: offset, LeaderEpoch: -1}}}
	_, err := a.sarama.AlterConsumerGroupOffsets(group, offsets, nil)
	return err
}

func (a admin) DeleteGroup(_ context.Context, group string) error {
	return a.sarama.DeleteConsumerGroup(group)
}

// Offset needs no translation: Latest is sarama.OffsetNewest, Earliest sarama.OffsetOldest.
func (a admin) Offset(_ context.Context, p contract.Partition, at int64) (int64, error) {
	return a.client.GetOffset(p.Topic, p.ID, at)
}

func (a admin) DeleteRecords(_ context.Context, p contract.Partition, before int64) error {
	return a.sarama.DeleteRecords(p.Topic, map[int32]int64{p.ID: before})
}

// Cluster asks for the id by the protocol: ClusterAdmin does not tell it.
func (a admin) Cluster(context.Context) (contract.Cluster, error) {
	all, controller, err := a.sarama.DescribeCluster()
	cluster := contract.Cluster{Controller: controller, Brokers: map[int32]string{}}
	if err != nil {
		return cluster, err
	}
	for _, broker := range all {
		cluster.Brokers[broker.ID()] = broker.Addr()
	}
	broker, err := a.sarama.Controller()
	if err != nil {
		return cluster, err
	}
	metadata, err := broker.GetMetadata(sarama.NewMetadataRequest(a.client.Config().Version, nil))
	if err == nil && metadata.ClusterID != nil {
		cluster.ID = *metadata.ClusterID
	}
	return cluster, err
}

// Close closes the client as well.
func (a admin) Close() error { return a.sarama.Close() }
