//! What one metric is: its name, its labels, its words, and where in the picture its numbers are.

use super::picture::Picture;

/// One number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// How many.
    Whole(u64),
    /// A time in milliseconds, told in seconds.
    Millis(i64),
    /// Nothing but its labels.
    Info,
}

/// One line of a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Values of the metric's labels, in their order.
    pub labels: Vec<String>,
    /// The number.
    pub value: Value,
}

impl Sample {
    /// The one line of a metric without labels.
    pub(super) fn one(value: Value) -> Vec<Sample> {
        let labels = Vec::new();
        vec![Sample { labels, value }]
    }

    /// The same for a count.
    pub(super) fn count(value: u64) -> Vec<Sample> {
        Sample::one(Value::Whole(value))
    }
}

/// What a metric's numbers are measured in; the last word of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Things of its name.
    Count,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
    /// Always 1: the labels tell.
    Info,
}

impl Measure {
    /// The last word of the name, if the measure asks for one.
    pub fn suffix(self) -> Option<&'static str> {
        match self {
            Measure::Count => None,
            Measure::Bytes => Some("bytes"),
            Measure::Seconds => Some("seconds"),
            Measure::Info => Some("info"),
        }
    }
}

/// One metric: a row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Name without the measure's word.
    pub stem: &'static str,
    /// What it is measured in.
    pub measure: Measure,
    /// Names of its labels.
    pub labels: &'static [&'static str],
    /// What it tells, in a sentence.
    pub doc: &'static str,
    /// What Kafka has for it: an MBean, or in words.
    pub kafka: &'static str,
    /// Its lines; none where the question makes no sense (folders of a broker in memory).
    pub(super) read: fn(&Picture) -> Vec<Sample>,
}

impl Metric {
    /// Its full name.
    pub fn name(&self) -> String {
        match self.measure.suffix() {
            Some(suffix) => format!("{}_{suffix}", self.stem),
            None => self.stem.to_owned(),
        }
    }

    /// The text of its HELP line.
    pub fn help(&self) -> String {
        format!("{} Kafka: {}.", self.doc, self.kafka)
    }
}
