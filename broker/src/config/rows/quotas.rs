//! Quotas, metrics and telemetry.

use crate::config::row::rows;

rows! { Broker;
    "alter.log.dirs.replication.quota.window.num": Int "11", ReadOnly Low, at_least(1)
        => "Samples kept for the quota on moving replicas between data folders.";
    "alter.log.dirs.replication.quota.window.size.seconds": Int "1", ReadOnly Low, at_least(1)
        => "Seconds that one sample of that quota spans.";
    "client.quota.callback.class": Class null, ReadOnly Low, no_meaning
        => "Java class that computes client quotas.";
    "controller.quota.window.num": Int "11", ReadOnly Low, at_least(1), acted
        => "Samples kept for the quota on topic and partition changes.";
    "controller.quota.window.size.seconds": Int "1", ReadOnly Low, at_least(1), acted
        => "Seconds that one sample of that quota spans.";
    "kafka.metrics.polling.interval.secs": Int "10", ReadOnly Low, at_least(1), no_meaning
        => "How often Yammer metrics reporters are polled.";
    "kafka.metrics.reporters": List "", ReadOnly Low, no_meaning
        => "Java classes that report Yammer metrics.";
    "metric.reporters": List "org.apache.kafka.common.metrics.JmxReporter", ClusterWide Low, no_meaning
        => "Java classes that report metrics.";
    "metrics.num.samples": Int "2", ReadOnly Low, at_least(1), no_meaning
        => "Samples kept to compute metrics.";
    "metrics.recording.level": Text "INFO", ReadOnly Low, no_meaning
        => "How detailed metrics are.";
    "metrics.sample.window.ms": Long "30000", ReadOnly Low, at_least(1), no_meaning
        => "Time that one metrics sample spans.";
    "quota.window.num": Int "11", ReadOnly Low, at_least(1), acted
        => "Samples kept for client quotas.";
    "quota.window.size.seconds": Int "1", ReadOnly Low, at_least(1), acted
        => "Seconds that one sample of a client quota spans.";
    "replica.alter.log.dirs.io.max.bytes.per.second": Long "9223372036854775807", ClusterWide Medium, at_least(0), acted
        => "Bytes per second that moves of partitions between data folders may copy, all together.";
    "replication.quota.window.num": Int "11", ReadOnly Low, at_least(1)
        => "Samples kept for replication quotas.";
    "replication.quota.window.size.seconds": Int "1", ReadOnly Low, at_least(1)
        => "Seconds that one sample of a replication quota spans.";
    "telemetry.max.bytes": Int "1048576", ReadOnly Low, at_least(1)
        => "Largest metrics push accepted from a client, after compression.";
}
