//! Ottla's own configs: what Kafka has no name for.

use crate::config::row::rows;

rows! { Broker;
    "ottla.alter.config.policy": Text "", ReadOnly Low, acted
        => "Rules that changes of configs must meet, with ; between them, in place of Kafka's alter.config.policy.class.name: CONFIG <= N, CONFIG >= N, CONFIG = WORD|WORD, CONFIG ~ REGEX, require CONFIG (it may not be taken away), forbid CONFIG. What does not meet them is answered with POLICY_VIOLATION.";
    "ottla.cluster.id": Text null, ReadOnly Low, acted
        => "Cluster id to take when a data folder is made, or to insist on when it has one; null makes a random one.";
    "ottla.container": Text "auto", ReadOnly Low, one_of(&["auto", "true", "false"]), acted
        => "Whether the broker runs in a container, whose published ports lead to it: clients that come from outside of the container's own networks are then told localhost and the listener's port, unless advertised.listeners says otherwise. auto looks for the marks of Docker and Podman, and never takes a Kubernetes pod for one.";
    "ottla.create.topic.policy": Text "", ReadOnly Low, acted
        => "Rules that new topics must meet, with ; between them, in place of Kafka's create.topic.policy.class.name; as in ottla.alter.config.policy, and on name, partitions and replication.factor too: partitions <= 12; name ~ [a-z.]+; require retention.ms; forbid segment.bytes. A rule on a config counts where the request sets it. Internal topics are exempt.";
    "ottla.disk.free.min.bytes": Long "-1", ClusterWide Medium, at_least(-1), acted
        => "Free bytes below which a data folder takes no more from producers (a retriable error), while reads, commits, retention and deletes go on; -1 takes 64 MiB, or 5 % of a smaller disk than 1.25 GiB; 0 takes none.";
    "ottla.features": Text null, ReadOnly Low, acted
        => "Feature levels that a new cluster starts with in place of the newest, as kafka-storage format --feature: name=level with commas between, such as transaction.version=1. A cluster that is there keeps its own.";
    "ottla.flush": Text "os", ReadOnly High, one_of(&["os", "fsync"]), acted
        => "When a write counts as done: handed to the operating system (os), or synced to the disk (fsync, one sync for many writes). With os, flush.messages and flush.ms of a topic add syncs of their own.";
    "ottla.memory": Bool "false", ReadOnly High, acted
        => "Keep everything in memory and nothing on disk: all topics are gone when the broker stops.";
    "ottla.memory.limit": Long "1073741824", ReadOnly Medium, at_least(1_048_576), acted
        => "Bytes of records kept when ottla.memory is on. Above it what is past its retention goes at once, oldest first; when nothing may go a write is refused (POLICY_VIOLATION).";
    "ottla.metrics": Text null, ReadOnly Medium, host_port, acted
        => "HOST:PORT to serve metrics on, as GET /metrics over HTTP in the OpenMetrics text format that Prometheus reads; port 0 takes a free one, localhost means both loopback addresses; null or empty serves none. There is no log-in: let only those reach it who may know.";
}
