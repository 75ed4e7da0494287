//! What fits no other area.

use crate::config::row::rows;

rows! { Broker;
    "alter.config.policy.class.name": Class null, ReadOnly Low
        => "";
    "auto.create.topics.enable": Bool "true", ReadOnly High, acted
        => "";
    "background.threads": Int "10", ClusterWide High, at_least(1)
        => "";
    "config.providers": List "", ClusterWide Low
        => "";
    "create.topic.policy.class.name": Class null, ReadOnly Low
        => "";
    "delete.records.purgatory.purge.interval.requests": Int "1", ReadOnly Medium
        => "";
    "delete.topic.enable": Bool "true", ReadOnly High, acted
        => "";
    "num.partitions": Int "1", ReadOnly Medium, at_least(1), acted
        => "";
    "producer.purgatory.purge.interval.requests": Int "1000", ReadOnly Medium
        => "";
    "unstable.api.versions.enable": Bool "false", ReadOnly High, internal
        => "";
    "unstable.feature.versions.enable": Bool "false", ReadOnly High, internal
        => "";
}
