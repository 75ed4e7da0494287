package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"

	"matrix/contract"
)

// admin makes its calls by a Client, which keeps no connection of its own.
type admin struct{}

func (library) Admin() (contract.Admin, error) { return admin{}, nil }

func client() *kafka.Client {
	return &kafka.Client{Addr: kafka.TCP(contract.Bootstrap()), Timeout: 10 * time.Second}
}

func (admin) CreateTopic(ctx context.Context, topic string, partitions int, configs map[string]string) error {
	config := kafka.TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1}
	for key, value := range configs {
		config.ConfigEntries = append(config.ConfigEntries, kafka.ConfigEntry{ConfigName: key, ConfigValue: value})
	}
	response, err := client().CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{config}})
	if err != nil {
		return err
	}
	return response.Errors[topic]
}

func (admin) ListTopics(ctx context.Context) (names []string, err error) {
	metadata, err := client().Metadata(ctx, &kafka.MetadataRequest{})
	if err != nil {
		return nil, err
	}
	for _, topic := range metadata.Topics {
		names = append(names, topic.Name)
	}
	return names, nil
}

func (admin) Partitions(ctx context.Context, topic string) (int, error) {
	metadata, err := client().Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil || len(metadata.Topics) != 1 {
		return 0, fmt.Errorf("not described: %w", err)
	}
	return len(metadata.Topics[0].Partitions), metadata.Topics[0].Error
}

func (admin) AddPartitions(ctx context.Context, topic string, total int) error {
	change := kafka.TopicPartitionsConfig{Name: topic, Count: int32(total)}
	response, err := client().CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{change}})
	if err != nil {
		return err
	}
	return response.Errors[topic]
}

func (admin) DeleteTopic(ctx context.Context, topic string) error {
	response, err := client().DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{topic}})
	if err != nil {
		return err
	}
	return response.Errors[topic]
}

func (admin) Config(ctx context.Context, topic, key string) (string, error) {
	asked := kafka.DescribeConfigRequestResource{ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, ConfigNames: []string{key}}
	response, err := client().DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{asked}})
	if err != nil {
		return "", err
	}
	for _, resource := range response.Resources {
		for _, entry := range resource.ConfigEntries {
			return entry.ConfigValue, resource.Error
		}
	}
	return "", errors.New("no such config")
}

func (admin) SetConfig(ctx context.Context, topic, key, value string) error {
	set := kafka.IncrementalAlterConfigsRequestConfig{Name: key, Value: value, ConfigOperation: kafka.ConfigOperationSet}
	response, err := client().IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{{
			ResourceType: kafka.ResourceTypeTopic,
			ResourceName: topic,
			Configs:      []kafka.IncrementalAlterConfigsRequestConfig{set},
		}},
	})
	if err != nil {
		return err
	}
	return response.Resources[0].Error
}

func (admin) ListGroups(ctx context.Context) (names []string, err error) {
	response, err := client().ListGroups(ctx, &kafka.ListGroupsRequest{})
	if err != nil {
		return nil, err
	}
	for _, group := range response.Groups {
		names = append(names, group.GroupID)
	}
	return names, response.Error
}

func (admin) GroupState(ctx context.Context, group string) (string, error) {
	response, err := client().DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{group}})
	if err != nil {
		return "", err
	}
	return response.Groups[0].GroupState, response.Groups[0].Error
}

func (admin) GroupOffset(ctx context.Context, group string, p contract.Partition) (int64, error) {
	asked := map[string][]int{p.Topic: {int(p.ID)}}
	response, err := client().OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: asked})
	if err != nil || response.Error != nil {
		return 0, errors.Join(err, response.Error)
	}
	partition := response.Topics[p.Topic][0]
	return partition.CommittedOffset, partition.Error
}

func (admin) SetGroupOffset(ctx context.Context, group string, p contract.Partition, offset int64) error {
	commits := map[string][]kafka.OffsetCommit{p.Topic: {{Partition: int(p.ID), Offset: offset}}}
	response, err := client().OffsetCommit(ctx, &kafka.OffsetCommitRequest{GroupID: group, GenerationID: -1, Topics: commits})
	if err != nil {
		return err
	}
	return response.Topics[p.Topic][0].Error
}

func (admin) DeleteGroup(ctx context.Context, group string) error {
	response, err := client().DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: []string{group}})
	if err != nil {
		return err
	}
	return response.Errors[group]
}

func (admin) Offset(ctx context.Context, p contract.Partition, at int64) (int64, error) {
	asked := map[string][]kafka.OffsetRequest{p.Topic: {{Partition: int(p.ID), Timestamp: at}}}
	response, err := client().ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: asked})
	if err != nil {
		return 0, err
	}
	offsets := response.Topics[p.Topic][0]
	switch at {
	case contract.Earliest:
		return offsets.FirstOffset, offsets.Error
	case contract.Latest:
		return offsets.LastOffset, offsets.Error
	}
	for offset := range offsets.Offsets {
		return offset, offsets.Error
	}
	return 0, errors.Join(errors.New("no offset was listed"), offsets.Error)
}

func (admin) DeleteRecords(context.Context, contract.Partition, int64) error { return errUnsupported }

func (admin) Cluster(ctx context.Context) (contract.Cluster, error) {
	metadata, err := client().Metadata(ctx, &kafka.MetadataRequest{})
	if err != nil {
		return contract.Cluster{}, err
	}
	cluster := contract.Cluster{ID: metadata.ClusterID, Controller: int32(metadata.Controller.ID), Brokers: map[int32]string{}}
	for _, broker := range metadata.Brokers {
		cluster.Brokers[int32(broker.ID)] = net.JoinHostPort(broker.Host, strconv.Itoa(broker.Port))
	}
	return cluster, nil
}

func (admin) Close() error { return nil }
