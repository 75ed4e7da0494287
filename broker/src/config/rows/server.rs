//! What fits no other area.

use crate::config::row::rows;

rows! { Broker;
    "alter.config.policy.class.name": Class null, ReadOnly Low, acted
        => "Java class that may refuse config changes. It cannot be loaded, so a start with one is refused: write rules in ottla.alter.config.policy.";
    "auto.create.topics.enable": Bool "true", ReadOnly High, acted
        => "Create a topic when a client asks for one that does not exist and allows its creation.";
    "background.threads": Int "10", ClusterWide High, at_least(1), no_meaning
        => "Threads for background work.";
    "config.providers": List "", ClusterWide Low, acted
        => "Names of providers that fill placeholders in config values.";
    "create.topic.policy.class.name": Class null, ReadOnly Low, acted
        => "Java class that may refuse new topics. It cannot be loaded, so a start with one is refused: write rules in ottla.create.topic.policy.";
    "delete.records.purgatory.purge.interval.requests": Int "1", ReadOnly Medium, no_meaning
        => "After how many requests finished waits of DeleteRecords are cleared away.";
    "delete.topic.enable": Bool "true", ReadOnly High, acted
        => "Allow topics to be deleted.";
    "num.partitions": Int "1", ReadOnly Medium, at_least(1), acted
        => "Partitions of a topic that is created without saying how many.";
    "producer.purgatory.purge.interval.requests": Int "1000", ReadOnly Medium, no_meaning
        => "After how many requests finished waits of Produce are cleared away.";
    "unstable.api.versions.enable": Bool "false", ReadOnly High, internal
        => "Serve API versions that are not yet final.";
    "unstable.feature.versions.enable": Bool "false", ReadOnly High, internal
        => "Allow feature levels that are not yet final.";
}
