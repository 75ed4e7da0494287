#include "contract.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void acks(const char *name) {
  const char *levels[] = {"0", "1", "all"};
  for (int partition = 0; partition < 3; partition++) {
    rd_kafka_t *rk = writer((writer_options_t){.acks = levels[partition]});
    write_records(rk, name, partition, 0, 10);
    flushed(rk);
  }
}

static void codec(const char *name, const char *codec) {
  enum { FILLER = 1000 };
  char value[16 + FILLER], key[16];
  rd_kafka_t *rk = writer((writer_options_t){.codec = codec});
  for (int i = 0; i < 100; i++) {
    snprintf(key, sizeof key, "k%d", i);
    int size = snprintf(value, sizeof value, "v%d-", i);
    memset(value + size, 'x', FILLER);
    write_bytes(rk, name, 0, key, value, (size_t)size + FILLER);
  }
  flushed(rk);
  reader_t *from = plain_reader(name);
  for (int i = 0; i < 100; i++) {
    rd_kafka_message_t *message = next(from);
    int size = snprintf(value, sizeof value, "v%d-", i);
    memset(value + size, 'x', FILLER);
    value[size + FILLER] = 0;
    bool same = has_text(message->payload, message->len, value);
    rd_kafka_message_destroy(message);
    check(same, "record %d came back otherwise", i);
  }
}

static void gzip(const char *name) { codec(name, "gzip"); }
static void snappy(const char *name) { codec(name, "snappy"); }
static void lz4(const char *name) { codec(name, "lz4"); }
static void zstd(const char *name) { codec(name, "zstd"); }

static void keys(const char *name) {
  rd_kafka_t *rk = writer((writer_options_t){0});
  for (int turn = 0; turn < 2; turn++) {
    write_records(rk, name, RD_KAFKA_PARTITION_UA, 0, 100);
    flushed(rk);
  }
}

typedef struct {
  const char *name, *value;
} header_t;

static void headers_of(const char *name, const header_t *wanted, size_t count) {
  rd_kafka_headers_t *headers = rd_kafka_headers_new(count);
  for (size_t i = 0; i < count; i++)
    rd_kafka_header_add(headers, wanted[i].name, -1, wanted[i].value, wanted[i].value ? -1 : 0);
  rd_kafka_t *rk = writer((writer_options_t){0});
  ok(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(name), RD_KAFKA_V_KEY("k0", 2), RD_KAFKA_V_VALUE("v0", 2),
                       RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END),
     "produce");
  flushed(rk);
  rd_kafka_message_t *message = next(plain_reader(name));
  rd_kafka_headers_t *found;
  ok(rd_kafka_message_headers(message, &found), "headers");
  check(rd_kafka_header_cnt(found) == count, "%zu headers came back", rd_kafka_header_cnt(found));
  for (size_t i = 0; i < count; i++) {
    const char *key;
    const void *value;
    size_t size;
    ok(rd_kafka_header_get_all(found, i, &key, &value, &size), "header");
    check(strcmp(key, wanted[i].name) == 0, "header %zu is called %s", i, key);
    check(wanted[i].value ? has_text(value, size, wanted[i].value) : !value, "header %s came back otherwise", key);
  }
  rd_kafka_message_destroy(message);
}

static void headers(const char *name) { headers_of(name, (header_t[]){{"a", "1"}, {"a", "2"}, {"empty", ""}}, 3); }
static void headers_null(const char *name) { headers_of(name, (header_t[]){{"n", NULL}}, 1); }

static void nulls(const char *name) {
  const header_t wanted[] = {{"k0", NULL}, {NULL, "v1"}, {"", ""}};
  rd_kafka_t *rk = writer((writer_options_t){0});
  for (int i = 0; i < 3; i++) {
    const char *value = wanted[i].value;
    write_bytes(rk, name, 0, wanted[i].name, value, value ? strlen(value) : 0);
    flushed(rk);
  }
  reader_t *from = plain_reader(name);
  for (int i = 0; i < 3; i++) {
    rd_kafka_message_t *message = next(from);
    const char *key = wanted[i].name, *value = wanted[i].value;
    bool same = (key ? has_text(message->key, message->key_len, key) : !message->key) &&
                (value ? has_text(message->payload, message->len, value) : !message->payload);
    rd_kafka_message_destroy(message);
    check(same, "record %d came back otherwise", i);
  }
}

static void timestamps(const char *name) {
  const int64_t timestamp = 1600000000123;
  rd_kafka_t *rk = writer((writer_options_t){0});
  ok(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(name), RD_KAFKA_V_KEY("k0", 2), RD_KAFKA_V_VALUE("v0", 2),
                       RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_END),
     "produce");
  flushed(rk);
  rd_kafka_message_t *message = next(plain_reader(name));
  int64_t found = rd_kafka_message_timestamp(message, NULL);
  rd_kafka_message_destroy(message);
  check(found == timestamp, "the timestamp is %lld", (long long)found);
}

static void idempotence(const char *name) {
  rd_kafka_t *rk = writer((writer_options_t){.idempotent = true});
  for (int i = 0; i < 100; i += 10) {
    write_records(rk, name, 0, i, i + 10);
    flushed(rk);
  }
}

static void large(const char *name) {
  const size_t size = 5000000;
  char *value = malloc(size);
  memset(value, 'x', size);
  rd_kafka_t *rk = writer((writer_options_t){.size_max = 8388608});
  write_bytes(rk, name, 0, "k0", value, size);
  flushed(rk);
  rd_kafka_message_t *message = next(plain_reader(name));
  bool same = message->len == size && memcmp(message->payload, value, size) == 0;
  rd_kafka_message_destroy(message);
  free(value);
  check(same, "the value came back otherwise");
}

static void too_large(const char *name) {
  char value[20000];
  memset(value, 'x', sizeof value);
  rd_kafka_t *rk = writer((writer_options_t){0});
  write_bytes(rk, name, 0, "k0", value, sizeof value);
  rd_kafka_resp_err_t err = flush(rk);
  check(err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, "the large record came back with %s", rd_kafka_err2name(err));
  write_one(rk, name, 0, 0);
  flushed(rk);
}

static void bulk(const char *name) {
  enum { COUNT = 20000, KEYS = 100 };
  char key[16], value[16];
  int last[KEYS];
  for (int i = 0; i < KEYS; i++) last[i] = i - KEYS;
  rd_kafka_t *rk = writer((writer_options_t){0});
  for (int i = 0; i < COUNT; i++) {
    snprintf(key, sizeof key, "k%d", i % KEYS);
    int size = snprintf(value, sizeof value, "v%d", i);
    write_bytes(rk, name, RD_KAFKA_PARTITION_UA, key, value, (size_t)size);
  }
  flushed(rk);
  reader_t *from = plain_reader(name);
  for (int i = 0; i < COUNT; i++) {
    rd_kafka_message_t *message = next(from);
    snprintf(value, sizeof value, "%.*s", (int)message->len, (char *)message->payload);
    rd_kafka_message_destroy(message);
    int found = atoi(value + 1), of = found % KEYS;
    check(found == last[of] + KEYS, "%s came after v%d", value, last[of]);
    last[of] = found;
  }
}

static void many_partitions(const char *name) {
  bool seen[100] = {false};
  rd_kafka_t *rk = writer((writer_options_t){0});
  for (int i = 0; i < 100; i++) write_one(rk, name, i, i);
  flushed(rk);
  reader_t *from = plain_reader(name);
  for (int i = 0; i < 100; i++) {
    rd_kafka_message_t *message = next(from);
    int partition = message->partition;
    rd_kafka_message_destroy(message);
    check(!seen[partition], "partition %d came twice", partition);
    seen[partition] = true;
  }
}

static void auto_create(const char *name) {
  rd_kafka_t *rk = writer((writer_options_t){0});
  write_records(rk, name, 0, 0, 10);
  flushed(rk);
}

static void unknown_topic(const char *name) {
  rd_kafka_t *rk = writer((writer_options_t){.no_new_topics = true});
  write_one(rk, name, RD_KAFKA_PARTITION_UA, 0);
  rd_kafka_resp_err_t err = flush(rk);
  check(err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
        "the record came back with %s", rd_kafka_err2name(err));
}

const scenario_t producing[] = {
    {"acks", acks}, {"codec-gzip", gzip}, {"codec-snappy", snappy}, {"codec-lz4", lz4}, {"codec-zstd", zstd},
    {"keys", keys}, {"headers", headers}, {"headers-null", headers_null}, {"nulls", nulls},
    {"timestamps", timestamps}, {"idempotence", idempotence}, {"large", large}, {"too-large", too_large},
    {"bulk", bulk}, {"many-partitions", many_partitions}, {"auto-create", auto_create},
    {"unknown-topic", unknown_topic}, {NULL, NULL}};
