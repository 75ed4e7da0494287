//! `docs/METRICS.md` comes from the table of metrics. `UPDATE_DOCS=1 cargo test --test metrics_docs` rewrites it.

use std::fmt::Write as _;
use std::path::PathBuf;

use ottla::metrics::metrics;

const HEAD: &str = "# Metrics

This page is written by a test from the one table of metrics (`broker/src/metrics/rows.rs`): do not edit it.

`ottla --metrics localhost:9404` (or the config `ottla.metrics`) serves them at `http://localhost:9404/metrics`, in the OpenMetrics
text format 1.0, for Prometheus and whatever else reads it:

```yaml
scrape_configs:
  - job_name: ottla
    static_configs:
      - targets: [\"localhost:9404\"]
```

- They are worked out when somebody asks: between two scrapes they cost nothing, and without `ottla.metrics` nothing listens.
- There is neither log-in nor encryption. Let the address be one that only those reach who may know.
- GET is the only method, `/metrics` the only path. A request has 8 KiB at most and 5 seconds to arrive, its answer 5 seconds to be
  read; 8 clients are answered at once, and every connection ends with its answer.
- A partition that nobody has used since the start is not opened for a scrape: it counts as a partition, but its producers and a
  transaction that hangs there count only once a client comes.
- Groups and transactional ids are all counted, from the first scrape after a start on. One that comes while the coordinators still
  read their logs waits for them.

All are gauges, and every HELP line names what Apache Kafka has for it, as this table does.

| Name | Labels | What it tells | Kafka |
| --- | --- | --- | --- |
";

#[test]
fn the_page_agrees_with_the_table() {
    let mut page = HEAD.to_owned();
    for metric in metrics() {
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let labels = match labels.is_empty() {
            true => "–".to_owned(),
            false => labels.join(", "),
        };
        let (name, doc, kafka) = (metric.name(), metric.doc, metric.kafka);
        let _ = writeln!(page, "| `{name}` | {labels} | {doc} | {kafka} |");
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/METRICS.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("docs/METRICS.md can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/METRICS.md is out of date: run UPDATE_DOCS=1 cargo test -p ottla --test metrics_docs"
    );
}
