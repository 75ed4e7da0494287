#include "contract.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READERS_MAX 16

static void pause_one(reader_t *to) {
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, to->topic, to->paused);
  rd_kafka_pause_partitions(to->rk, list);
  rd_kafka_topic_partition_list_destroy(list);
}

static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *opaque) {
  reader_t *to = opaque;
  bool cooperative = strcmp(rd_kafka_rebalance_protocol(rk), "COOPERATIVE") == 0;
  bool gained = err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  if (cooperative) {
    rd_kafka_error_t *error = gained ? rd_kafka_incremental_assign(rk, list) : rd_kafka_incremental_unassign(rk, list);
    if (error) rd_kafka_error_destroy(error);
  } else {
    rd_kafka_assign(rk, gained ? list : NULL);
  }
  to->assigned += gained ? list->cnt : -list->cnt;
  if (!gained) to->revoked += list->cnt;
  if (gained && to->paused >= 0) pause_one(to);
}

/* The statistics alone tell when a partition's start has been looked up. */
static int on_statistics(rd_kafka_t *rk, char *json, size_t size, void *opaque) {
  (void)rk, (void)size;
  reader_t *to = opaque;
  to->fetching = strstr(json, "\"fetch_state\":\"active\"") ? to->fetching + 1 : 0;
  return 0;
}

reader_t *reader(reader_options_t options) {
  static reader_t readers[READERS_MAX];
  static unsigned turn;
  reader_t *made = &readers[turn++ % READERS_MAX];
  *made = (reader_t){.topic = options.topic, .paused = options.paused};
  rd_kafka_conf_t *conf = base_conf();
  set(conf, "group.id", options.group);
  set(conf, "auto.offset.reset", options.reset ? options.reset : "earliest");
  set(conf, "enable.auto.commit", "false");
  set(conf, "session.timeout.ms", "6000");
  set(conf, "heartbeat.interval.ms", "200");
  set(conf, "fetch.wait.max.ms", "100");
  set(conf, "statistics.interval.ms", "100");
  if (options.uncommitted) set(conf, "isolation.level", "read_uncommitted");
  if (options.instance) set(conf, "group.instance.id", options.instance);
  if (options.assignor) set(conf, "partition.assignment.strategy", options.assignor);
  rd_kafka_conf_set_opaque(conf, made);
  rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
  rd_kafka_conf_set_stats_cb(conf, on_statistics);
  made->rk = kept(RD_KAFKA_CONSUMER, conf);
  rd_kafka_poll_set_consumer(made->rk);
  rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, options.topic, RD_KAFKA_PARTITION_UA);
  rd_kafka_resp_err_t err = rd_kafka_subscribe(made->rk, topics);
  rd_kafka_topic_partition_list_destroy(topics);
  ok(err, "subscribe");
  return made;
}

reader_t *plain_reader(const char *name) {
  return reader((reader_options_t){.group = name, .topic = name, .paused = -1});
}

/* A record, or NULL when none came; errors that pass by themselves (a broker that is away) are waited out. */
rd_kafka_message_t *poll_reader(reader_t *from, int milliseconds) {
  rd_kafka_message_t *message = rd_kafka_consumer_poll(from->rk, milliseconds);
  if (message && message->err) {
    fprintf(stderr, "%s: %s\n", from->topic, rd_kafka_message_errstr(message));
    rd_kafka_message_destroy(message);
    return NULL;
  }
  return message;
}

rd_kafka_message_t *next(reader_t *from) {
  for (int64_t end = now_ms() + DEADLINE_MS; now_ms() < end;) {
    rd_kafka_message_t *message = poll_reader(from, 100);
    if (message) return message;
  }
  fail("no record of %s came", from->topic);
}

bool has_text(const void *bytes, size_t size, const char *text) {
  return bytes && size == strlen(text) && memcmp(bytes, text, size) == 0;
}

/* Record i comes next. */
void expect(reader_t *from, int i) {
  char value[16];
  snprintf(value, sizeof value, "v%d", i);
  rd_kafka_message_t *message = next(from);
  bool same = has_text(message->payload, message->len, value);
  int64_t offset = message->offset;
  rd_kafka_message_destroy(message);
  check(same, "another record than %s at offset %lld", value, (long long)offset);
}

void expect_range(reader_t *from, int begin, int end) {
  for (int i = begin; i < end; i++) expect(from, i);
}

void expect_nothing(reader_t *from, int milliseconds) {
  for (int64_t end = now_ms() + milliseconds; now_ms() < end;)
    check(!poll_reader(from, 50), "a record of %s came that should not", from->topic);
}

void commit_at(reader_t *from, const char *topic, int partitions, int64_t offset) {
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
  for (int i = 0; i < partitions; i++) rd_kafka_topic_partition_list_add(list, topic, i)->offset = offset;
  rd_kafka_resp_err_t err = rd_kafka_commit(from->rk, list, 0);
  rd_kafka_topic_partition_list_destroy(list);
  ok(err, "commit");
}

void seek_to(reader_t *from, int64_t offset) {
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, from->topic, 0)->offset = offset;
  rd_kafka_error_t *error = rd_kafka_seek_partitions(from->rk, list, DEADLINE_MS);
  rd_kafka_topic_partition_list_destroy(list);
  ok_error(error, "seek");
}

/* Until it has looked up where to begin, and reads nothing on the way. */
void wait_fetching(reader_t *from) {
  from->fetching = 0;
  for (int64_t end = now_ms() + DEADLINE_MS; from->fetching < 2;) {
    check(now_ms() < end, "%s is not fetched", from->topic);
    check(!poll_reader(from, 50), "a record of %s came that should not", from->topic);
  }
}

/* Until both hold so many partitions; a second reader may be NULL. */
void wait_assigned(reader_t *one, int count, reader_t *other, int other_count) {
  for (int64_t end = now_ms() + DEADLINE_MS; now_ms() < end;) {
    if (one->assigned == count && (!other || other->assigned == other_count)) return;
    poll_reader(one, 20);
    if (other) poll_reader(other, 20);
  }
  fail("%d and %d partitions assigned, not %d and %d", one->assigned, other ? other->assigned : 0, count, other_count);
}
