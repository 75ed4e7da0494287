#include "contract.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_MAX 32

/* What a scenario opened and has not closed yet. */
static rd_kafka_t *open_clients[OPEN_MAX];
/* The first error that a record came back with. */
static rd_kafka_resp_err_t delivery;

void set(rd_kafka_conf_t *conf, const char *key, const char *value) {
  char said[512];
  check(rd_kafka_conf_set(conf, key, value, said, sizeof said) == RD_KAFKA_CONF_OK, "%s: %s", key, said);
}

rd_kafka_conf_t *base_conf(void) {
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", getenv("BOOTSTRAP"));
  set(conf, "reconnect.backoff.max.ms", "200");
  return conf;
}

rd_kafka_t *kept(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
  char said[512];
  rd_kafka_t *rk = rd_kafka_new(type, conf, said, sizeof said);
  check(rk != NULL, "no client: %s", said);
  int free_place = 0;
  while (open_clients[free_place]) free_place++;
  open_clients[free_place] = rk;
  return rk;
}

void closed(rd_kafka_t *client) {
  for (int i = 0; i < OPEN_MAX; i++)
    if (open_clients[i] == client) open_clients[i] = NULL;
  if (rd_kafka_type(client) == RD_KAFKA_CONSUMER) {
    rd_kafka_consumer_close(client);
  } else {
    rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  }
  rd_kafka_destroy(client);
}

void close_all(void) {
  for (int i = OPEN_MAX - 1; i >= 0; i--)
    if (open_clients[i]) closed(open_clients[i]);
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
  (void)rk, (void)opaque;
  if (message->err && !delivery) delivery = message->err;
}

rd_kafka_t *writer(writer_options_t options) {
  rd_kafka_conf_t *conf = base_conf();
  if (options.acks) set(conf, "acks", options.acks);
  if (options.codec) set(conf, "compression.codec", options.codec);
  if (options.idempotent) set(conf, "enable.idempotence", "true");
  if (options.transactional_id) set(conf, "transactional.id", options.transactional_id);
  if (options.no_new_topics) {
    set(conf, "allow.auto.create.topics", "false");
    set(conf, "topic.metadata.propagation.max.ms", "1000");
  }
  char size[16];
  snprintf(size, sizeof size, "%d", options.size_max);
  if (options.size_max) set(conf, "message.max.bytes", size);
  set(conf, "linger.ms", "5");
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  delivery = RD_KAFKA_RESP_ERR_NO_ERROR;
  return kept(RD_KAFKA_PRODUCER, conf);
}

void write_bytes(rd_kafka_t *rk, const char *topic, int partition, const char *key, const char *value, size_t size) {
  ok(rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                       RD_KAFKA_V_KEY(key, key ? strlen(key) : 0), RD_KAFKA_V_VALUE((void *)value, size),
                       RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
     "produce");
  rd_kafka_poll(rk, 0);
}

void write_one(rd_kafka_t *rk, const char *topic, int partition, int i) {
  char key[16], value[16];
  snprintf(key, sizeof key, "k%d", i);
  int size = snprintf(value, sizeof value, "v%d", i);
  write_bytes(rk, topic, partition, key, value, (size_t)size);
}

void write_records(rd_kafka_t *rk, const char *topic, int partition, int from, int to) {
  for (int i = from; i < to; i++) write_one(rk, topic, partition, i);
}

/* Waits for all records; the first error that one came back with. */
rd_kafka_resp_err_t flush(rd_kafka_t *rk) {
  ok(rd_kafka_flush(rk, DEADLINE_MS), "flush");
  rd_kafka_resp_err_t err = delivery;
  delivery = RD_KAFKA_RESP_ERR_NO_ERROR;
  return err;
}

void flushed(rd_kafka_t *rk) { ok(flush(rk), "a record"); }
