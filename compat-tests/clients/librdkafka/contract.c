#include "contract.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static jmp_buf scenario_end;
static char why[1024];

void fail(const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(why, sizeof why, format, args);
  va_end(args);
  longjmp(scenario_end, 1);
}

void check(bool holds, const char *format, ...) {
  if (holds) return;
  va_list args;
  va_start(args, format);
  vsnprintf(why, sizeof why, format, args);
  va_end(args);
  longjmp(scenario_end, 1);
}

void ok(rd_kafka_resp_err_t err, const char *what) { check(!err, "%s: %s", what, rd_kafka_err2str(err)); }

void ok_error(rd_kafka_error_t *error, const char *what) {
  if (!error) return;
  char said[512];
  snprintf(said, sizeof said, "%s", rd_kafka_error_string(error));
  rd_kafka_error_destroy(error);
  fail("%s: %s", what, said);
}

int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* The name of a scenario's topic, or of one beside it; good for the next sixteen calls. */
const char *of_topic(const char *name, const char *suffix) {
  static char names[16][NAME_MAX_BYTES];
  static unsigned turn;
  char *into = names[turn++ % 16];
  snprintf(into, NAME_MAX_BYTES, "%s%s", name, suffix);
  return into;
}

void restart_broker(void) {
  char line[16];
  puts("{\"ask\": \"restart\"}");
  fflush(stdout);
  check(fgets(line, sizeof line, stdin) && strcmp(line, "done\n") == 0, "the harness did not answer");
}

static const scenario_t *find(const char *name) {
  const scenario_t *tables[] = {producing, transactions, consuming, administration};
  for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
    for (const scenario_t *one = tables[t]; one->name; one++)
      if (strcmp(one->name, name) == 0) return one;
  return NULL;
}

static void report(const char *name, bool passed) {
  if (passed) {
    printf("{\"scenario\": \"%s\", \"ok\": true}\n", name);
  } else {
    for (char *c = why; *c; c++)
      if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ') *c = '\'';
    printf("{\"scenario\": \"%s\", \"ok\": false, \"why\": \"%s\"}\n", name, why);
  }
  fflush(stdout);
}

/* Whether it passed; a function of its own, so that nothing that longjmp would lose is alive around setjmp. */
static bool passes(const scenario_t *scenario, const char *topic) {
  if (setjmp(scenario_end)) return false;
  check(scenario != NULL, "the program has no such scenario");
  scenario->run(topic);
  return true;
}

int main(void) {
  static char topic[NAME_MAX_BYTES];
  printf("{\"client\": \"librdkafka\", \"version\": \"%s\"}\n", rd_kafka_version_str());
  for (char *name = strtok(getenv("SCENARIOS"), " "); name; name = strtok(NULL, " ")) {
    snprintf(topic, sizeof topic, "%s-%s", getenv("PREFIX"), name);
    bool passed = passes(find(name), topic);
    close_all();
    report(name, passed);
  }
  return 0;
}
