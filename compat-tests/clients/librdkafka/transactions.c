#include "contract.h"
#include <string.h>

static rd_kafka_t *begun(const char *id) {
  rd_kafka_t *rk = writer((writer_options_t){.transactional_id = id});
  ok_error(rd_kafka_init_transactions(rk, DEADLINE_MS), "init");
  ok_error(rd_kafka_begin_transaction(rk), "begin");
  return rk;
}

static void commit(rd_kafka_t *rk) { ok_error(rd_kafka_commit_transaction(rk, DEADLINE_MS), "commit"); }

static void txn_commit(const char *name) {
  rd_kafka_t *rk = begun(name);
  for (int i = 0; i < 10; i++) write_one(rk, name, i % 2, i);
  commit(rk);
  reader_t *from = plain_reader(name);
  for (int i = 0; i < 10; i++) rd_kafka_message_destroy(next(from));
}

static void txn_abort(const char *name) {
  rd_kafka_t *rk = begun(name);
  write_records(rk, name, 0, 0, 10);
  flushed(rk);
  ok_error(rd_kafka_abort_transaction(rk, DEADLINE_MS), "abort");
  ok_error(rd_kafka_begin_transaction(rk), "begin");
  write_records(rk, name, 0, 10, 15);
  commit(rk);
  expect_range(plain_reader(name), 10, 15);
}

static void txn_fence(const char *name) {
  rd_kafka_t *first = begun(name);
  write_one(first, name, 0, 0);
  flushed(first);
  rd_kafka_t *second = begun(name);
  rd_kafka_error_t *error = rd_kafka_commit_transaction(first, DEADLINE_MS);
  check(error != NULL, "the commit of the fenced producer did not fail");
  rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  check(code == RD_KAFKA_RESP_ERR__FENCED, "it failed with %s", rd_kafka_err2name(code));
  write_one(second, name, 0, 1);
  commit(second);
}

static void txn_copy(const char *name) {
  const char *from_topic = of_topic(name, "-in"), *to = of_topic(name, "-out");
  reader_t *from = reader((reader_options_t){.group = name, .topic = from_topic, .paused = -1});
  expect_range(from, 0, 10);
  rd_kafka_t *rk = begun(name);
  write_records(rk, to, 0, 0, 10);
  rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(offsets, from_topic, 0)->offset = 10;
  rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(from->rk);
  rd_kafka_error_t *error = rd_kafka_send_offsets_to_transaction(rk, offsets, group, DEADLINE_MS);
  rd_kafka_consumer_group_metadata_destroy(group);
  rd_kafka_topic_partition_list_destroy(offsets);
  ok_error(error, "offsets");
  commit(rk);
}

static void read_committed(const char *name) {
  reader_t *committed = plain_reader(name);
  expect_range(committed, 0, 5);
  expect_range(committed, 10, 15);
  expect_nothing(committed, 2000);
  const char *group = of_topic(name, "-all");
  reader_t *all = reader((reader_options_t){.group = group, .topic = name, .uncommitted = true, .paused = -1});
  expect_range(all, 0, 16);
}

const scenario_t transactions[] = {{"txn-commit", txn_commit},
                                   {"txn-abort", txn_abort},
                                   {"txn-fence", txn_fence},
                                   {"txn-copy", txn_copy},
                                   {"read-committed", read_committed},
                                   {NULL, NULL}};
