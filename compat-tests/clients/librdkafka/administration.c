#include "contract.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rd_kafka_queue_t *answers;

static rd_kafka_t *control(void) {
  rd_kafka_t *rk = kept(RD_KAFKA_PRODUCER, base_conf());
  answers = rd_kafka_queue_get_main(rk);
  return rk;
}

/* The answer to the request that was made last; the caller destroys it. */
static rd_kafka_event_t *answer(const char *what) {
  rd_kafka_event_t *event = rd_kafka_queue_poll(answers, DEADLINE_MS);
  rd_kafka_queue_destroy(answers);
  check(event != NULL, "%s: no answer", what);
  check(!rd_kafka_event_error(event), "%s: %s", what, rd_kafka_event_error_string(event));
  return event;
}

/* What an answer says of each topic; which call reads it hangs on what was asked. */
static const rd_kafka_topic_result_t **results_of(rd_kafka_event_t *event, size_t *count) {
  switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_CREATETOPICS_RESULT:
      return rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), count);
    case RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT:
      return rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event), count);
    case RD_KAFKA_EVENT_DELETETOPICS_RESULT:
      return rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), count);
  }
  fail("the answer is not about topics");
}

/* Waits for the answer to a request about topics, which has to be a good one for each. */
static void topics_ok(const char *what) {
  size_t count;
  rd_kafka_event_t *event = answer(what);
  const rd_kafka_topic_result_t **results = results_of(event, &count);
  for (size_t i = 0; i < count; i++) ok(rd_kafka_topic_result_error(results[i]), what);
  rd_kafka_event_destroy(event);
}

static void create_topic(const char *name) {
  char said[256];
  rd_kafka_t *rk = control();
  rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, 3, 1, said, sizeof said);
  rd_kafka_NewTopic_set_config(topic, "retention.ms", "60000");
  rd_kafka_CreateTopics(rk, &topic, 1, NULL, answers);
  rd_kafka_NewTopic_destroy(topic);
  topics_ok("create");
}

static void add_partitions(const char *name, size_t total) {
  char said[256];
  rd_kafka_t *rk = control();
  rd_kafka_NewPartitions_t *partitions = rd_kafka_NewPartitions_new(name, total, said, sizeof said);
  rd_kafka_CreatePartitions(rk, &partitions, 1, NULL, answers);
  rd_kafka_NewPartitions_destroy(partitions);
  topics_ok("partitions");
}

static void delete_topic(const char *name) {
  rd_kafka_t *rk = control();
  rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(name);
  rd_kafka_DeleteTopics(rk, &topic, 1, NULL, answers);
  rd_kafka_DeleteTopic_destroy(topic);
  topics_ok("delete");
}

/* How many partitions the list of topics says it has; 0 when it is not in the list. */
static int partitions_of(const char *name) {
  const struct rd_kafka_metadata *metadata;
  rd_kafka_t *rk = kept(RD_KAFKA_PRODUCER, base_conf());
  ok(rd_kafka_metadata(rk, 1, NULL, &metadata, DEADLINE_MS), "metadata");
  int count = 0;
  for (int i = 0; i < metadata->topic_cnt; i++)
    if (strcmp(metadata->topics[i].topic, name) == 0) count = metadata->topics[i].partition_cnt;
  rd_kafka_metadata_destroy(metadata);
  closed(rk);
  return count;
}

static void topics(const char *name) {
  const char *gone = of_topic(name, "-gone");
  create_topic(name);
  check(partitions_of(name) == 3, "%d partitions", partitions_of(name));
  add_partitions(name, 5);
  check(partitions_of(name) == 5, "%d partitions", partitions_of(name));
  delete_topic(gone);
  check(partitions_of(gone) == 0, "the deleted topic is still there");
}

static void config_is(const char *name, const char *wanted) {
  rd_kafka_t *rk = control();
  rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name);
  rd_kafka_DescribeConfigs(rk, &resource, 1, NULL, answers);
  rd_kafka_ConfigResource_destroy(resource);
  rd_kafka_event_t *event = answer("describe");
  size_t count, entries;
  const rd_kafka_ConfigResource_t **found =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
  ok(rd_kafka_ConfigResource_error(found[0]), "describe");
  const rd_kafka_ConfigEntry_t **configs = rd_kafka_ConfigResource_configs(found[0], &entries);
  bool same = false;
  for (size_t i = 0; i < entries; i++)
    if (strcmp(rd_kafka_ConfigEntry_name(configs[i]), "retention.ms") == 0)
      same = strcmp(rd_kafka_ConfigEntry_value(configs[i]), wanted) == 0;
  rd_kafka_event_destroy(event);
  check(same, "retention.ms is not %s", wanted);
}

static void configs(const char *name) {
  config_is(name, "604800000");
  rd_kafka_t *rk = control();
  rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name);
  rd_kafka_ConfigResource_set_config(resource, "retention.ms", "123456");
  rd_kafka_AlterConfigs(rk, &resource, 1, NULL, answers);
  rd_kafka_ConfigResource_destroy(resource);
  rd_kafka_event_destroy(answer("alter"));
  config_is(name, "123456");
}

static void both_are_listed(const char *name, const char *other) {
  rd_kafka_t *rk = control();
  rd_kafka_ListConsumerGroups(rk, NULL, answers);
  rd_kafka_event_t *event = answer("list");
  size_t count;
  const rd_kafka_ConsumerGroupListing_t **groups =
      rd_kafka_ListConsumerGroups_result_valid(rd_kafka_event_ListConsumerGroups_result(event), &count);
  int found = 0;
  for (size_t i = 0; i < count; i++) {
    const char *id = rd_kafka_ConsumerGroupListing_group_id(groups[i]);
    found += strcmp(id, name) == 0 || strcmp(id, other) == 0;
  }
  rd_kafka_event_destroy(event);
  check(found == 2, "%d of the two groups are listed", found);
}

static void is_empty(const char *group) {
  rd_kafka_t *rk = control();
  rd_kafka_DescribeConsumerGroups(rk, &group, 1, NULL, answers);
  rd_kafka_event_t *event = answer("describe");
  size_t count;
  const rd_kafka_ConsumerGroupDescription_t **groups =
      rd_kafka_DescribeConsumerGroups_result_groups(rd_kafka_event_DescribeConsumerGroups_result(event), &count);
  rd_kafka_consumer_group_state_t state = rd_kafka_ConsumerGroupDescription_state(groups[0]);
  rd_kafka_event_destroy(event);
  check(state == RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY, "the group is %s", rd_kafka_consumer_group_state_name(state));
}

static int64_t committed(const char *group, const char *topic) {
  rd_kafka_t *rk = control();
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic, 0);
  rd_kafka_ListConsumerGroupOffsets_t *request = rd_kafka_ListConsumerGroupOffsets_new(group, list);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_ListConsumerGroupOffsets(rk, &request, 1, NULL, answers);
  rd_kafka_ListConsumerGroupOffsets_destroy(request);
  rd_kafka_event_t *event = answer("offsets");
  size_t count;
  const rd_kafka_group_result_t **results =
      rd_kafka_ListConsumerGroupOffsets_result_groups(rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
  int64_t offset = rd_kafka_group_result_partitions(results[0])->elems[0].offset;
  rd_kafka_event_destroy(event);
  return offset;
}

static void groups(const char *name) {
  const char *gone = of_topic(name, "-gone");
  both_are_listed(name, gone);
  is_empty(name);
  check(committed(name, name) == 3, "the offset is not 3");
  rd_kafka_t *rk = control();
  rd_kafka_DeleteGroup_t *group = rd_kafka_DeleteGroup_new(gone);
  rd_kafka_DeleteGroups(rk, &group, 1, NULL, answers);
  rd_kafka_DeleteGroup_destroy(group);
  rd_kafka_event_destroy(answer("delete"));
}

static void set_committed(const char *group, const char *topic, int64_t offset) {
  rd_kafka_t *rk = control();
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic, 0)->offset = offset;
  rd_kafka_AlterConsumerGroupOffsets_t *request = rd_kafka_AlterConsumerGroupOffsets_new(group, list);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_AlterConsumerGroupOffsets(rk, &request, 1, NULL, answers);
  rd_kafka_AlterConsumerGroupOffsets_destroy(request);
  rd_kafka_event_destroy(answer("alter"));
}

static void offsets(const char *name) {
  set_committed(name, name, 7);
  int64_t low, high;
  rd_kafka_t *rk = kept(RD_KAFKA_PRODUCER, base_conf());
  ok(rd_kafka_query_watermark_offsets(rk, name, 0, &low, &high, DEADLINE_MS), "offsets");
  check(low == 0 && high == 10, "offsets %lld to %lld", (long long)low, (long long)high);
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, name, 0)->offset = 4;
  rd_kafka_DeleteRecords_t *request = rd_kafka_DeleteRecords_new(list);
  rd_kafka_topic_partition_list_destroy(list);
  answers = rd_kafka_queue_get_main(rk);
  rd_kafka_DeleteRecords(rk, &request, 1, NULL, answers);
  rd_kafka_DeleteRecords_destroy(request);
  rd_kafka_event_destroy(answer("delete records"));
  ok(rd_kafka_query_watermark_offsets(rk, name, 0, &low, &high, DEADLINE_MS), "offsets");
  check(low == 4, "the earliest offset is %lld", (long long)low);
}

static void cluster(const char *name) {
  (void)name;
  char address[NAME_MAX_BYTES];
  const struct rd_kafka_metadata *metadata;
  rd_kafka_t *rk = kept(RD_KAFKA_PRODUCER, base_conf());
  ok(rd_kafka_metadata(rk, 0, NULL, &metadata, DEADLINE_MS), "metadata");
  snprintf(address, sizeof address, "%s:%d", metadata->brokers[0].host, metadata->brokers[0].port);
  int brokers = metadata->broker_cnt;
  rd_kafka_metadata_destroy(metadata);
  check(brokers == 1 && strcmp(address, getenv("BOOTSTRAP")) == 0, "%d brokers, the first %s", brokers, address);
  char *id = rd_kafka_clusterid(rk, DEADLINE_MS);
  check(id && *id, "no cluster id");
  rd_kafka_mem_free(rk, id);
  check(rd_kafka_controllerid(rk, DEADLINE_MS) >= 0, "no controller");
}

const scenario_t administration[] = {{"admin-topics", topics}, {"admin-configs", configs}, {"admin-groups", groups},
                                     {"admin-offsets", offsets}, {"admin-cluster", cluster}, {NULL, NULL}};
