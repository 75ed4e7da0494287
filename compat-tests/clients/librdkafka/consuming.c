#include "contract.h"
#include <stdio.h>
#include <string.h>

static void group(const char *name) {
  reader_t *from = plain_reader(name);
  for (int i = 0; i < 100; i++) rd_kafka_message_destroy(next(from));
  commit_at(from, name, 4, 25);
}

static void resume(const char *name) {
  reader_t *first = plain_reader(name);
  expect_range(first, 0, 5);
  commit_at(first, name, 1, 5);
  closed(first->rk);
  reader_t *second = plain_reader(name);
  expect_range(second, 5, 10);
  commit_at(second, name, 1, 10);
}

static reader_t *rebalanced(const char *name, const char *assignor) {
  reader_options_t options = {.group = name, .topic = name, .assignor = assignor, .paused = -1};
  reader_t *first = reader(options);
  wait_assigned(first, 4, NULL, 0);
  reader_t *second = reader(options);
  wait_assigned(first, 2, second, 2);
  closed(second->rk);
  wait_assigned(first, 4, NULL, 0);
  return first;
}

static void rebalance(const char *name) { rebalanced(name, "range"); }

static void cooperative(const char *name) {
  reader_t *first = rebalanced(name, "cooperative-sticky");
  check(first->revoked == 2, "the first member was made to give up %d partitions", first->revoked);
}

static void static_member(const char *name) {
  reader_options_t options = {.group = name, .topic = name, .instance = "one", .paused = -1};
  reader_t *first = reader(options);
  wait_assigned(first, 2, NULL, 0);
  closed(first->rk);
  wait_assigned(reader(options), 2, NULL, 0);
}

static void ten_of(reader_t *from, int partition) {
  for (int i = 0; i < 10; i++) {
    rd_kafka_message_t *message = next(from);
    int found = message->partition;
    rd_kafka_message_destroy(message);
    check(found == partition, "a record of partition %d came", found);
  }
}

static void pause_and_resume(const char *name) {
  reader_t *from = reader((reader_options_t){.group = name, .topic = name, .paused = 1});
  ten_of(from, 0);
  expect_nothing(from, 300);
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, name, 1);
  rd_kafka_resp_err_t err = rd_kafka_resume_partitions(from->rk, list);
  rd_kafka_topic_partition_list_destroy(list);
  ok(err, "resume");
  ten_of(from, 1);
}

static void seek(const char *name) {
  reader_t *from = plain_reader(name);
  expect_range(from, 0, 10);
  seek_to(from, 3);
  expect(from, 3);
  seek_to(from, RD_KAFKA_OFFSET_BEGINNING);
  expect(from, 0);
  seek_to(from, RD_KAFKA_OFFSET_END);
  /* Where it stands shows in what it reads next; the end has to be looked up before. */
  wait_fetching(from);
  rd_kafka_t *rk = writer((writer_options_t){0});
  write_one(rk, name, 0, 10);
  flushed(rk);
  rd_kafka_message_t *message = next(from);
  int64_t offset = message->offset;
  rd_kafka_message_destroy(message);
  check(offset == 10, "the position at the end was %lld", (long long)offset);
}

static void seek_time(const char *name) {
  reader_t *from = plain_reader(name);
  expect(from, 0);
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, name, 0)->offset = 1600000004500;
  rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(from->rk, list, DEADLINE_MS);
  int64_t offset = list->elems[0].offset;
  rd_kafka_topic_partition_list_destroy(list);
  ok(err, "offsets for times");
  check(offset == 5, "the offset at the time is %lld", (long long)offset);
  seek_to(from, offset);
  expect(from, 5);
}

static void pattern(const char *name) {
  char expression[NAME_MAX_BYTES];
  snprintf(expression, sizeof expression, "^%s-.*", name);
  reader_t *from = reader((reader_options_t){.group = name, .topic = expression, .paused = -1});
  bool seen[2] = {false, false};
  for (int i = 0; i < 2; i++) {
    rd_kafka_message_t *message = next(from);
    const char *topic = rd_kafka_topic_name(message->rkt);
    seen[topic[strlen(topic) - 1] == 'b'] = true;
    rd_kafka_message_destroy(message);
  }
  check(seen[0] && seen[1], "one topic came twice");
}

static void many_groups(const char *name) {
  reader_t *from[10];
  char groups[10][NAME_MAX_BYTES];
  for (int i = 0; i < 10; i++) {
    snprintf(groups[i], sizeof groups[i], "%s-%d", name, i);
    from[i] = reader((reader_options_t){.group = groups[i], .topic = name, .paused = -1});
  }
  for (int i = 0; i < 10; i++) {
    expect_range(from[i], 0, 10);
    commit_at(from[i], name, 1, 10);
  }
}

static void offset_reset(const char *name) {
  reader_t *late = reader((reader_options_t){.group = name, .topic = name, .reset = "latest", .paused = -1});
  wait_fetching(late);
  rd_kafka_t *rk = writer((writer_options_t){0});
  write_one(rk, name, 0, 5);
  flushed(rk);
  expect(late, 5);
  const char *other = of_topic(name, "-earliest");
  expect_range(reader((reader_options_t){.group = other, .topic = name, .paused = -1}), 0, 6);
}

static void restart(const char *name) {
  rd_kafka_t *rk = writer((writer_options_t){.acks = "all", .idempotent = true});
  write_records(rk, name, 0, 0, 50);
  flushed(rk);
  reader_t *from = plain_reader(name);
  expect_range(from, 0, 50);
  restart_broker();
  write_records(rk, name, 0, 50, 100);
  flushed(rk);
  expect_range(from, 50, 100);
}

const scenario_t consuming[] = {{"group", group},
                                {"resume", resume},
                                {"rebalance", rebalance},
                                {"static-member", static_member},
                                {"cooperative", cooperative},
                                {"pause", pause_and_resume},
                                {"seek", seek},
                                {"seek-time", seek_time},
                                {"pattern", pattern},
                                {"many-groups", many_groups},
                                {"offset-reset", offset_reset},
                                {"restart", restart},
                                {NULL, NULL}};
