//! `--print-metrics`: the table of Kafka's tools (`ToolsUtils.printMetrics`), with what is counted here.

use crate::Io;
use crate::jre::fixed;

/// A metric: group, name, tags as Java prints a map of them, value.
pub(super) type Metric<'a> = (&'a str, &'a str, String, f64);

/// Prints the table.
pub(super) fn say(metrics: &[Metric<'_>], io: &mut Io<'_>) {
    let merged = |(group, name, tags, value): &Metric<'_>| (format!("{group}:{name}:{{{tags}}}"), *value);
    let mut rows: Vec<(String, f64)> = metrics.iter().map(merged).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    io.say("");
    io.say(format!("{:<width$}   Value", "Metric Name"));
    for (name, value) in rows {
        io.say(format!("{name:<width$} : {}", fixed(value, 3)));
    }
}
