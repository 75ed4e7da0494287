/* The words of contract.md, and what the scenarios share. A scenario that goes wrong calls fail(), which ends it. */
#pragma once
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEADLINE_MS 20000
#define NAME_MAX_BYTES 256

typedef void scenario_fn(const char *name);
typedef struct {
  const char *name;
  scenario_fn *run;
} scenario_t;
extern const scenario_t producing[], transactions[], consuming[], administration[];

/* contract.c */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void check(bool holds, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ok(rd_kafka_resp_err_t err, const char *what);
void ok_error(rd_kafka_error_t *error, const char *what);
int64_t now_ms(void);
const char *of_topic(const char *name, const char *suffix);
void restart_broker(void);

/* producer.c */
typedef struct {
  const char *acks, *codec, *transactional_id;
  bool idempotent, no_new_topics;
  int size_max;
} writer_options_t;
rd_kafka_t *writer(writer_options_t options);
void set(rd_kafka_conf_t *conf, const char *key, const char *value);
rd_kafka_conf_t *base_conf(void);
rd_kafka_t *kept(rd_kafka_type_t type, rd_kafka_conf_t *conf);
void closed(rd_kafka_t *client);
void close_all(void);
void write_one(rd_kafka_t *rk, const char *topic, int partition, int i);
void write_records(rd_kafka_t *rk, const char *topic, int partition, int from, int to);
void write_bytes(rd_kafka_t *rk, const char *topic, int partition, const char *key, const char *value, size_t size);
rd_kafka_resp_err_t flush(rd_kafka_t *rk);
void flushed(rd_kafka_t *rk);

/* consumer.c */
typedef struct {
  rd_kafka_t *rk;
  const char *topic;
  int assigned, revoked;
  int paused; /* a partition that is paused when it is assigned, or -1 */
  int fetching; /* how many reports in a row say that its start is known; the first may be from before */
} reader_t;
typedef struct {
  const char *group, *topic, *instance, *assignor, *reset;
  bool uncommitted;
  int paused;
} reader_options_t;
reader_t *reader(reader_options_t options);
reader_t *plain_reader(const char *name);
rd_kafka_message_t *poll_reader(reader_t *from, int milliseconds);
rd_kafka_message_t *next(reader_t *from);
void expect(reader_t *from, int i);
void expect_range(reader_t *from, int begin, int end);
void expect_nothing(reader_t *from, int milliseconds);
void commit_at(reader_t *from, const char *topic, int partitions, int64_t offset);
void seek_to(reader_t *from, int64_t offset);
void wait_fetching(reader_t *from);
void wait_assigned(reader_t *one, int count, reader_t *other, int other_count);
bool has_text(const void *bytes, size_t size, const char *text);
