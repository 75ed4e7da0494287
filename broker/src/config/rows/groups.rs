//! Groups and committed offsets.

use crate::config::row::rows;

rows! { Broker;
    "group.consumer.assignment.interval.ms": Int "1000", ClusterWide Medium, at_least(0), dev("0"), acted
        => "Least pause between two assignments of a group on the newer (KIP-848) protocol.";
    "group.consumer.assignors": List "uniform,range", ReadOnly Medium, not_empty, acted
        => "Server-side assignors of consumer groups; the first one is the default.";
    "group.consumer.heartbeat.interval.ms": Int "5000", ReadOnly Medium, at_least(1), dev("200"), acted
        => "Heartbeat interval that members of a consumer group are told.";
    "group.consumer.max.assignment.interval.ms": Int "15000", ReadOnly Medium, at_least(0), acted
        => "Largest assignment interval that a group may set.";
    "group.consumer.max.heartbeat.interval.ms": Int "15000", ReadOnly Medium, at_least(1), acted
        => "Largest heartbeat interval that a consumer group may set.";
    "group.consumer.max.session.timeout.ms": Int "60000", ReadOnly Medium, at_least(1), acted
        => "Largest session timeout that a consumer group may set.";
    "group.consumer.max.size": Int "2147483647", ReadOnly Medium, at_least(1), acted
        => "Most members of a consumer group.";
    "group.consumer.migration.policy": Text "bidirectional", ReadOnly Medium, one_of_any_case(&["DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL"]), acted
        => "Which way groups may change between the classic and the newer protocol.";
    "group.consumer.min.assignment.interval.ms": Int "0", ReadOnly Medium, at_least(0), acted
        => "Smallest assignment interval that a group may set.";
    "group.consumer.min.heartbeat.interval.ms": Int "5000", ReadOnly Medium, at_least(1), dev("200"), acted
        => "Smallest heartbeat interval that a consumer group may set.";
    "group.consumer.min.session.timeout.ms": Int "45000", ReadOnly Medium, at_least(1), acted
        => "Smallest session timeout that a consumer group may set.";
    "group.consumer.regex.refresh.interval.ms": Int "600000", ReadOnly Medium, at_least(10_000), internal, acted
        => "How often topic patterns of consumer groups are matched anew.";
    "group.consumer.session.timeout.ms": Int "45000", ReadOnly Medium, at_least(1), acted
        => "A member of a consumer group silent for so long is removed.";
    "group.coordinator.append.linger.ms": Int "-1", ReadOnly Medium, at_least(-1), no_meaning
        => "How long the group coordinator gathers writes before it appends them; -1 lets it choose.";
    "group.coordinator.background.threads": Int "2", ReadOnly High, at_least(1), no_meaning
        => "Threads for the group coordinator's background work.";
    "group.coordinator.cached.buffer.max.bytes": Int "1048588", ClusterWide Medium, at_least(524_288), no_meaning
        => "Largest write buffer that the group coordinator keeps for reuse.";
    "group.coordinator.rebalance.protocols": List "classic,consumer,streams", ReadOnly Medium, not_empty, one_of(&["consumer", "classic", "share", "streams"]), acted
        => "Group protocols that are served.";
    "group.coordinator.threads": Int "4", ReadOnly High, at_least(1), no_meaning
        => "Threads of the group coordinator.";
    "group.initial.rebalance.delay.ms": Int "3000", ReadOnly Medium, dev("0"), acted
        => "How long a new classic group waits for more members before its first assignment.";
    "group.max.session.timeout.ms": Int "1800000", ReadOnly Medium, acted
        => "Longest session timeout that a member of a classic group may ask for.";
    "group.max.size": Int "2147483647", ReadOnly Medium, at_least(1), acted
        => "Most members of a classic group.";
    "group.min.session.timeout.ms": Int "6000", ReadOnly Medium, acted
        => "Shortest session timeout that a member of a classic group may ask for.";
    "group.streams.assignment.interval.ms": Int "1000", ClusterWide Medium, at_least(0)
        => "Least pause between two assignments of a streams group.";
    "group.streams.heartbeat.interval.ms": Int "5000", ReadOnly Medium, at_least(1)
        => "Heartbeat interval that members of a streams group are told.";
    "group.streams.initial.rebalance.delay.ms": Int "3000", ReadOnly Medium, at_least(0)
        => "How long a new streams group waits for more members before its first assignment.";
    "group.streams.max.assignment.interval.ms": Int "15000", ReadOnly Medium, at_least(0)
        => "Largest assignment interval that a streams group may set.";
    "group.streams.max.heartbeat.interval.ms": Int "15000", ReadOnly Medium, at_least(1)
        => "Largest heartbeat interval that a streams group may set.";
    "group.streams.max.session.timeout.ms": Int "60000", ReadOnly Medium, at_least(1)
        => "Largest session timeout that a streams group may set.";
    "group.streams.max.size": Int "2147483647", ReadOnly Medium, at_least(1)
        => "Most members of a streams group.";
    "group.streams.max.standby.replicas": Int "2", ReadOnly Medium, at_least(0)
        => "Most standby replicas that a streams group may set.";
    "group.streams.min.assignment.interval.ms": Int "0", ReadOnly Medium, at_least(0)
        => "Smallest assignment interval that a streams group may set.";
    "group.streams.min.heartbeat.interval.ms": Int "5000", ReadOnly Medium, at_least(1)
        => "Smallest heartbeat interval that a streams group may set.";
    "group.streams.min.session.timeout.ms": Int "45000", ReadOnly Medium, at_least(1)
        => "Smallest session timeout that a streams group may set.";
    "group.streams.num.standby.replicas": Int "0", ReadOnly Medium, at_least(0)
        => "Standby replicas of each task of a streams group.";
    "group.streams.session.timeout.ms": Int "45000", ReadOnly Medium, at_least(1)
        => "A member of a streams group silent for so long is removed.";
    "offset.metadata.max.bytes": Int "4096", ReadOnly High, acted
        => "Longest note that a client may commit with an offset.";
    "offsets.commit.timeout.ms": Int "5000", ReadOnly High, at_least(1)
        => "Longest wait for a committed offset to be stored.";
    "offsets.load.buffer.size": Int "5242880", ReadOnly High, at_least(1), no_meaning
        => "Bytes read at a time when committed offsets are loaded.";
    "offsets.retention.check.interval.ms": Long "600000", ReadOnly High, at_least(1), acted
        => "How often expired offsets are looked for.";
    "offsets.retention.minutes": Int "10080", ReadOnly High, at_least(1), acted
        => "Minutes that offsets outlive their group's last member.";
    "offsets.topic.compression.codec": Int "0", ReadOnly High, acted
        => "Codec of the offsets topic by number: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.";
    "offsets.topic.num.partitions": Int "50", ReadOnly High, at_least(1), acted
        => "Partitions of the offsets topic; fixed once it exists.";
    "offsets.topic.replication.factor": Short "3", ReadOnly High, at_least(1), acted
        => "Replicas of the offsets topic. More than there are brokers is capped.";
    "offsets.topic.segment.bytes": Int "104857600", ReadOnly High, at_least(1), acted
        => "Segment size of the offsets topic.";
}
