//! What is wanted of the rows about groups.

use crate::report::{Line, Reach, line};

pub fn lines() -> Vec<Line> {
    use Reach::{Above, AtMost, Below, Open, Plus};
    let mut all = Vec::new();
    for (client, words) in [("rdkafka", "librdkafka"), ("java", "Java")] {
        for protocol in ["classic", "consumer"] {
            let metric = format!("subscribe.{client}-{protocol}");
            let label = format!("subscribe to first record, {words}, new {protocol} group");
            all.push(line(&label, &metric, "ms", Plus(10.0, "alone")));
            all.push(line("… beside Kafka", &metric, "ms", AtMost(1.0 / 5.0, "kafka")));
        }
    }
    all.extend(
        [
            (
                "create topic, produce 10, consume 10 in a new group, delete both, by raw requests, 1,000 times, p50",
                "cycles.p50",
                "ms",
                Below(5.0),
            ),
            ("… p99", "cycles.p99", "ms", Below(5.0)),
            ("… broker CPU per cycle", "cycles.cpu", "ms", Open),
            ("… growth of resident memory", "cycles.memory", "MiB", Below(1.0)),
            ("… growth of open files", "cycles.files", "files", Below(1.0)),
            (
                "100 classic members, one leaves: last rejoin until all are stable",
                "rebalance.time",
                "ms",
                Below(100.0),
            ),
            (
                "100 clients commit offsets, one request at a time each",
                "commits.rate",
                "commits/s",
                Above(100_000.0),
            ),
            ("… p99", "commits.p99", "ms", Below(5.0)),
            ("… broker CPU per commit", "commits.cpu", "µs", Open),
            (
                "10,000 groups, 1 M commits in the log: clean restart until the coordinator answers for all",
                "groups-restart.stopped",
                "s",
                Below(1.0),
            ),
            ("… after kill -9", "groups-restart.killed", "s", Below(1.0)),
            ("… resident memory", "groups-restart.memory", "MiB", Open),
        ]
        .map(|(label, metric, unit, reach)| line(label, metric, unit, reach)),
    );
    all
}
