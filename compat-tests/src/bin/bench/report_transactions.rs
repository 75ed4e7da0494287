//! What is wanted of the rows about transactions.

use crate::report::{Line, Reach, line};

pub fn lines() -> Vec<Line> {
    use Reach::{Above, AtLeast, AtMost, Below, Open};
    [
        (
            "transactions of one record, one librdkafka producer",
            "transactions-one.rate",
            "transactions/s",
            AtLeast(10.0, "kafka"),
        ),
        ("… p50", "transactions-one.p50", "ms", Open),
        ("… p99", "transactions-one.p99", "ms", Open),
        (
            "… broker CPU per transaction",
            "transactions-one.cpu",
            "µs",
            AtMost(1.0 / 20.0, "kafka"),
        ),
        (
            "100 transactional producers at once, one record a transaction",
            "transactions-many.rate",
            "transactions/s",
            Above(10_000.0),
        ),
        ("… p99", "transactions-many.p99", "ms", Open),
        (
            "… broker CPU per transaction",
            "transactions-many.cpu",
            "µs",
            Open,
        ),
        (
            "read-process-write by librdkafka, 1,000 records a transaction",
            "read-process-write.transactions",
            "records/s",
            Open,
        ),
        (
            "… the same loop without transactions",
            "read-process-write.plain",
            "records/s",
            Open,
        ),
        (
            "… the share that transactions leave of it",
            "read-process-write.share",
            "%",
            Above(80.0),
        ),
        (
            "… broker CPU per 1,000 records with transactions",
            "read-process-write.transactions-cpu",
            "µs",
            Open,
        ),
        ("… and without", "read-process-write.plain-cpu", "µs", Open),
        (
            "read_committed fetch of one batch, 1 M aborted transactions in the log",
            "aborted.fetch-many",
            "µs",
            Open,
        ),
        (
            "… so many times that with 1,000 in it (a logarithm: 2)",
            "aborted.fetch-growth",
            "×",
            Below(2.0),
        ),
        (
            "… aborted transactions in an answer",
            "aborted.listed-many",
            "",
            Open,
        ),
        (
            "last stable offset by ListOffsets, 1 M aborted transactions in the log",
            "aborted.stable-many",
            "µs",
            Open,
        ),
        (
            "… so many times that with 1,000 in it",
            "aborted.stable-growth",
            "×",
            Below(2.0),
        ),
        (
            "… read_committed fetches of 1 MiB each",
            "aborted.through",
            "MiB/s",
            Open,
        ),
    ]
    .map(|(label, metric, unit, reach)| line(label, metric, unit, reach))
    .into()
}
