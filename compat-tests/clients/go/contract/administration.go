package contract

import (
	"errors"
	"fmt"
	"slices"
)

var administration = map[string]func(*scenario) error{
	"admin-topics":  withAdmin(adminTopics),
	"admin-configs": withAdmin(adminConfigs),
	"admin-groups":  withAdmin(adminGroups),
	"admin-offsets": withAdmin(adminOffsets),
	"admin-cluster": withAdmin(adminCluster),
}

func withAdmin(do func(*scenario, Admin) error) func(*scenario) error {
	return func(s *scenario) error {
		admin, err := s.lib.Admin()
		if err != nil {
			return err
		}
		return errors.Join(do(s, admin), admin.Close())
	}
}

func adminTopics(s *scenario, admin Admin) error {
	if err := admin.CreateTopic(s, s.topic, 3, map[string]string{"retention.ms": "60000"}); err != nil {
		return fmt.Errorf("create: %w", err)
	}
	topics, err := admin.ListTopics(s)
	if err != nil || !slices.Contains(topics, s.topic) {
		return fmt.Errorf("the list of topics: %v, %v", topics, err)
	}
	described, err := admin.Partitions(s, s.topic)
	if err != nil || described != 3 {
		return fmt.Errorf("described with %d partitions, %v", described, err)
	}
	if err := admin.AddPartitions(s, s.topic, 5); err != nil {
		return fmt.Errorf("add partitions: %w", err)
	}
	return admin.DeleteTopic(s, s.topic+"-gone")
}

func adminConfigs(s *scenario, admin Admin) error {
	before, err := admin.Config(s, s.topic, "retention.ms")
	if err != nil || before != "604800000" {
		return fmt.Errorf("retention.ms is %s, %v", before, err)
	}
	if err := admin.SetConfig(s, s.topic, "retention.ms", "123456"); err != nil {
		return err
	}
	changed, err := admin.Config(s, s.topic, "retention.ms")
	if err != nil {
		return err
	}
	return expect("retention.ms", changed, "123456")
}

func adminGroups(s *scenario, admin Admin) error {
	gone := s.topic + "-gone"
	list, err := admin.ListGroups(s)
	if err != nil || !slices.Contains(list, s.topic) || !slices.Contains(list, gone) {
		return fmt.Errorf("the list of groups: %v, %v", list, err)
	}
	state, err := admin.GroupState(s, s.topic)
	if err != nil || state != "Empty" {
		return fmt.Errorf("the group is %s, %v", state, err)
	}
	offset, err := admin.GroupOffset(s, s.topic, s.partition(0))
	if err != nil || offset != 3 {
		return fmt.Errorf("the group's offset is %d, %v", offset, err)
	}
	return admin.DeleteGroup(s, gone)
}

func adminOffsets(s *scenario, admin Admin) error {
	partition := s.partition(0)
	if err := admin.SetGroupOffset(s, s.topic, partition, 7); err != nil {
		return fmt.Errorf("set offset: %w", err)
	}
	at := func(when, want int64) error {
		offset, err := admin.Offset(s, partition, when)
		return errors.Join(err, expect("offset", offset, want))
	}
	if err := errors.Join(at(Earliest, 0), at(Latest, 10)); err != nil {
		return err
	}
	if err := admin.DeleteRecords(s, partition, 4); err != nil {
		return fmt.Errorf("delete records: %w", err)
	}
	return at(Earliest, 4)
}

func adminCluster(s *scenario, admin Admin) error {
	cluster, err := admin.Cluster(s)
	if err != nil {
		return err
	}
	if len(cluster.Brokers) != 1 || cluster.Brokers[cluster.Controller] != Bootstrap() || cluster.ID == "" {
		return fmt.Errorf("the cluster is %+v", cluster)
	}
	return nil
}
