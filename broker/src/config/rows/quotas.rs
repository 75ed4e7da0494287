//! Quotas, metrics and telemetry.

use crate::config::row::rows;

rows! { Broker;
    "alter.log.dirs.replication.quota.window.num": Int "11", ReadOnly Low, at_least(1)
        => "";
    "alter.log.dirs.replication.quota.window.size.seconds": Int "1", ReadOnly Low, at_least(1)
        => "";
    "client.quota.callback.class": Class null, ReadOnly Low
        => "";
    "controller.quota.window.num": Int "11", ReadOnly Low, at_least(1)
        => "";
    "controller.quota.window.size.seconds": Int "1", ReadOnly Low, at_least(1)
        => "";
    "kafka.metrics.polling.interval.secs": Int "10", ReadOnly Low, at_least(1)
        => "";
    "kafka.metrics.reporters": List "", ReadOnly Low
        => "";
    "metric.reporters": List "org.apache.kafka.common.metrics.JmxReporter", ClusterWide Low
        => "";
    "metrics.num.samples": Int "2", ReadOnly Low, at_least(1)
        => "";
    "metrics.recording.level": Text "INFO", ReadOnly Low
        => "";
    "metrics.sample.window.ms": Long "30000", ReadOnly Low, at_least(1)
        => "";
    "quota.window.num": Int "11", ReadOnly Low, at_least(1)
        => "";
    "quota.window.size.seconds": Int "1", ReadOnly Low, at_least(1)
        => "";
    "replication.quota.window.num": Int "11", ReadOnly Low, at_least(1)
        => "";
    "replication.quota.window.size.seconds": Int "1", ReadOnly Low, at_least(1)
        => "";
    "telemetry.max.bytes": Int "1048576", ReadOnly Low, at_least(1)
        => "";
}
