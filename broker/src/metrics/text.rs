//! A picture as text, in the OpenMetrics format (1.0), which Prometheus and its kin read.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use super::picture::Picture;
use super::row::{Measure, Metric, Sample, Value};
use super::rows::metrics;

/// What the page says it is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All metrics of a picture.
///
/// # Errors
/// Never, as far as is known: writing to a `String` cannot fail.
pub fn page(picture: Picture) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Told(picture)));
    let mut page = String::new();
    encode(&mut page, &registry)?;
    Ok(page)
}

#[derive(Debug)]
struct Told(Picture);

impl Collector for Told {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for metric in metrics() {
            let samples = (metric.read)(&self.0);
            if samples.is_empty() {
                continue;
            }
            let unit = match metric.measure {
                Measure::Bytes => Some(Unit::Bytes),
                Measure::Seconds => Some(Unit::Seconds),
                Measure::Count | Measure::Info => None,
            };
            let kind = match metric.measure {
                Measure::Info => MetricType::Info,
                _ => MetricType::Gauge,
            };
            let help = metric.help();
            let mut lines = encoder.encode_descriptor(metric.stem, &help, unit.as_ref(), kind)?;
            for sample in &samples {
                encode_line(&mut lines, metric, sample)?;
            }
        }
        Ok(())
    }
}

fn encode_line(lines: &mut MetricEncoder<'_>, metric: &Metric, sample: &Sample) -> fmt::Result {
    let values = sample.labels.iter().map(String::as_str);
    let labels: Vec<(&str, &str)> = metric.labels.iter().copied().zip(values).collect();
    match sample.value {
        Value::Info => lines.encode_info(&labels),
        value if labels.is_empty() => encode_number(lines, value),
        value => encode_number(&mut lines.encode_family(&labels)?, value),
    }
}

fn encode_number(line: &mut MetricEncoder<'_>, value: Value) -> fmt::Result {
    match value {
        Value::Whole(n) => line.encode_gauge(&n),
        // A float holds whole milliseconds for longer than clocks run.
        Value::Millis(ms) => line.encode_gauge(&(ms as f64 / 1000.0)),
        Value::Info => Ok(()),
    }
}
