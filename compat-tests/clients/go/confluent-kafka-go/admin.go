package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"matrix/contract"
)

type admin struct{ kafka *kafka.AdminClient }

func (library) Admin() (contract.Admin, error) {
	client, err := kafka.NewAdminClient(&kafka.ConfigMap{"bootstrap.servers": contract.Bootstrap()})
	return admin{client}, err
}

// only is the one result of a call that was made for one thing.
func only[T any](results []T, err error, failure func(T) kafka.Error) (result T, _ error) {
	if err == nil && len(results) != 1 {
		err = fmt.Errorf("%d results", len(results))
	}
	if err != nil {
		return result, err
	}
	result = results[0]
	if f := failure(result); f.Code() != kafka.ErrNoError {
		err = f
	}
	return result, err
}

func topicError(r kafka.TopicResult) kafka.Error { return r.Error }

func (a admin) CreateTopic(ctx context.Context, topic string, partitions int, configs map[string]string) error {
	spec := kafka.TopicSpecification{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1, Config: configs}
	results, err := a.kafka.CreateTopics(ctx, []kafka.TopicSpecification{spec})
	_, err = only(results, err, topicError)
	return err
}

func (a admin) ListTopics(context.Context) (names []string, err error) {
	metadata, err := a.kafka.GetMetadata(nil, true, 5000)
	if err != nil {
		return nil, err
	}
	for name := range metadata.Topics {
		names = append(names, name)
	}
	return names, nil
}

func (a admin) Partitions(ctx context.Context, topic string) (int, error) {
	result, err := a.kafka.DescribeTopics(ctx, kafka.NewTopicCollectionOfTopicNames([]string{topic}))
	described, err := only(result.TopicDescriptions, err, func(d kafka.TopicDescription) kafka.Error { return d.Error })
	return len(described.Partitions), err
}

func (a admin) AddPartitions(ctx context.Context, topic string, total int) error {
	results, err := a.kafka.CreatePartitions(ctx, []kafka.PartitionsSpecification{{Topic: topic, IncreaseTo: total}})
	_, err = only(results, err, topicError)
	return err
}

func (a admin) DeleteTopic(ctx context.Context, topic string) error {
	results, err := a.kafka.DeleteTopics(ctx, []string{topic})
	_, err = only(results, err, topicError)
	return err
}

func configError(r kafka.ConfigResourceResult) kafka.Error { return r.Error }

func (a admin) Config(ctx context.Context, topic, key string) (string, error) {
	results, err := a.kafka.DescribeConfigs(ctx, []kafka.ConfigResource{{Type: kafka.ResourceTopic, Name: topic}})
	result, err := only(results, err, configError)
	return result.Config[key].Value, err
}

func (a admin) SetConfig(ctx context.Context, topic, key, value string) error {
	change := kafka.ConfigEntry{Name: key, Value: value, IncrementalOperation: kafka.AlterConfigOpTypeSet}
	resource := kafka.ConfigResource{Type: kafka.ResourceTopic, Name: topic, Config: []kafka.ConfigEntry{change}}
	results, err := a.kafka.IncrementalAlterConfigs(ctx, []kafka.ConfigResource{resource})
	_, err = only(results, err, configError)
	return err
}

func (a admin) ListGroups(ctx context.Context) (names []string, err error) {
	result, err := a.kafka.ListConsumerGroups(ctx)
	for _, group := range result.Valid {
		names = append(names, group.GroupID)
	}
	return names, errors.Join(append(result.Errors, err)...)
}

func (a admin) GroupState(ctx context.Context, group string) (string, error) {
	result, err := a.kafka.DescribeConsumerGroups(ctx, []string{group})
	description, err := only(result.ConsumerGroupDescriptions, err, func(d kafka.ConsumerGroupDescription) kafka.Error { return d.Error })
	return description.State.String(), err
}

func (a admin) GroupOffset(ctx context.Context, group string, p contract.Partition) (int64, error) {
	asked := kafka.ConsumerGroupTopicPartitions{Group: group, Partitions: []kafka.TopicPartition{at(p, 0)}}
	result, err := a.kafka.ListConsumerGroupOffsets(ctx, []kafka.ConsumerGroupTopicPartitions{asked})
	if err != nil {
		return 0, err
	}
	partitions := result.ConsumerGroupsTopicPartitions[0].Partitions
	return int64(partitions[0].Offset), failed(partitions, nil)
}

func (a admin) SetGroupOffset(ctx context.Context, group string, p contract.Partition, offset int64) error {
	change := kafka.ConsumerGroupTopicPartitions{Group: group, Partitions: []kafka.TopicPartition{at(p, kafka.Offset(offset))}}
	result, err := a.kafka.AlterConsumerGroupOffsets(ctx, []kafka.ConsumerGroupTopicPartitions{change})
	for _, changed := range result.ConsumerGroupsTopicPartitions {
		err = failed(changed.Partitions, err)
	}
	return err
}

func (a admin) DeleteGroup(ctx context.Context, group string) error {
	result, err := a.kafka.DeleteConsumerGroups(ctx, []string{group})
	_, err = only(result.ConsumerGroupResults, err, func(r kafka.ConsumerGroupResult) kafka.Error { return r.Error })
	return err
}

func (a admin) Offset(ctx context.Context, p contract.Partition, when int64) (int64, error) {
	spec := kafka.NewOffsetSpecForTimestamp(when)
	switch when {
	case contract.Earliest:
		spec = kafka.EarliestOffsetSpec
	case contract.Latest:
		spec = kafka.LatestOffsetSpec
	}
	result, err := a.kafka.ListOffsets(ctx, map[kafka.TopicPartition]kafka.OffsetSpec{at(p, 0): spec})
	var infos []kafka.ListOffsetsResultInfo
	for _, info := range result.ResultInfos {
		infos = append(infos, info)
	}
	info, err := only(infos, err, func(i kafka.ListOffsetsResultInfo) kafka.Error { return i.Error })
	return int64(info.Offset), err
}

func (a admin) DeleteRecords(ctx context.Context, p contract.Partition, before int64) error {
	result, err := a.kafka.DeleteRecords(ctx, []kafka.TopicPartition{at(p, kafka.Offset(before))})
	for _, deleted := range result.DeleteRecordsResults {
		err = errors.Join(err, deleted.TopicPartition.Error)
	}
	return err
}

func (a admin) Cluster(ctx context.Context) (contract.Cluster, error) {
	described, err := a.kafka.DescribeCluster(ctx)
	if err != nil {
		return contract.Cluster{}, err
	}
	cluster := contract.Cluster{Controller: int32(described.Controller.ID), Brokers: map[int32]string{}}
	if described.ClusterID != nil {
		cluster.ID = *described.ClusterID
	}
	for _, node := range described.Nodes {
		cluster.Brokers[int32(node.ID)] = fmt.Sprintf("%s:%d", node.Host, node.Port)
	}
	return cluster, nil
}

func (a admin) Close() error {
	a.kafka.Close()
	return nil
}
