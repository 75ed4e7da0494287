//! Roles, identity and the metadata quorum.

use crate::config::row::rows;

rows! { Broker;
    "broker.heartbeat.interval.ms": Int "2000", ReadOnly Medium
        => "Pause between heartbeats of a broker to the controller.";
    "broker.id": Int "-1", ReadOnly High, acted
        => "Older name of node.id; where both are given they must agree.";
    "broker.rack": Text null, ReadOnly Medium, acted
        => "Rack (or zone) of this broker, for rack-aware placement and fetching from the nearest replica.";
    "broker.session.timeout.ms": Int "9000", ReadOnly Medium
        => "A broker silent to the controller for so long counts as gone.";
    "controlled.shutdown.enable": Bool "true", ReadOnly Medium
        => "Hand leadership over before stopping.";
    "controller.listener.names": List "", ReadOnly High, not_empty, required, acted
        => "Listeners that serve what Kafka's controllers serve, for tools with --bootstrap-controller. Ottla is its own controller.";
    "controller.performance.always.log.threshold.ms": Long "2000", ReadOnly Medium, at_least(0), internal, no_meaning
        => "Controller events slower than this are always logged.";
    "controller.performance.sample.period.ms": Long "60000", ReadOnly Medium, at_least(100), internal, no_meaning
        => "How often the slowest controller events are reported.";
    "controller.quorum.append.linger.ms": Int "25", ReadOnly Medium, at_least(0)
        => "How long the metadata leader gathers writes before it flushes them.";
    "controller.quorum.auto.join.enable": Bool "false", ReadOnly Low
        => "A controller adds itself to the quorum.";
    "controller.quorum.bootstrap.servers": List "", ReadOnly High, acted
        => "Addresses that lead to the metadata quorum, which is this node.";
    "controller.quorum.election.backoff.max.ms": Int "1000", ReadOnly High, at_least(0)
        => "Longest pause before a new election is tried.";
    "controller.quorum.election.timeout.ms": Int "1000", ReadOnly High, at_least(0)
        => "How long a candidate waits for votes.";
    "controller.quorum.fetch.max.bytes": Int "1048576", ReadOnly Low, at_least(1)
        => "Most bytes of one fetch from the metadata log.";
    "controller.quorum.fetch.snapshot.max.bytes": Int "1048576", ReadOnly Low, at_least(1)
        => "Most bytes of one fetch from a metadata snapshot.";
    "controller.quorum.fetch.timeout.ms": Int "2000", ReadOnly High, at_least(0)
        => "How long a quorum member goes without the leader before it acts.";
    "controller.quorum.request.timeout.ms": Int "2000", ReadOnly Medium, at_least(0)
        => "How long a request within the quorum may take.";
    "controller.quorum.retry.backoff.ms": Int "20", ReadOnly Low, at_least(0)
        => "Pause before a failed quorum request is tried again.";
    "controller.quorum.voters": List "", ReadOnly High, acted
        => "Fixed voters of the metadata quorum, each id@host:port: this node alone.";
    "controller.socket.timeout.ms": Int "30000", ReadOnly Medium
        => "How long a request to the controller may take on its socket.";
    "initial.broker.registration.timeout.ms": Int "60000", ReadOnly Medium
        => "How long a starting broker tries to register before it gives up.";
    "internal.metadata.delete.delay.millis": Long "60000", ReadOnly Low, internal
        => "Delay before files of the metadata log are removed from the disk.";
    "internal.metadata.log.segment.bytes": Int null, ReadOnly Low, internal
        => "Segment size of the metadata log in Kafka's own tests.";
    "internal.metadata.max.batch.size.in.bytes": Int "8388608", ReadOnly Low, internal
        => "Largest batch of the metadata log.";
    "metadata.log.dir": Text null, ReadOnly High, acted
        => "Folder of the metadata log; null takes the first data folder.";
    "metadata.log.max.record.bytes.between.snapshots": Long "20971520", ReadOnly High, at_least(1)
        => "Bytes of metadata records after which a snapshot is made.";
    "metadata.log.max.snapshot.interval.ms": Long "3600000", ReadOnly High, at_least(0)
        => "Longest time between metadata snapshots while there are changes; 0 for no limit.";
    "metadata.log.segment.bytes": Int "1073741824", ReadOnly High, at_least(8_388_608)
        => "Size at which a segment of the metadata log rolls.";
    "metadata.log.segment.ms": Long "604800000", ReadOnly High
        => "Time after which a segment of the metadata log rolls.";
    "metadata.max.idle.interval.ms": Int "500", ReadOnly Low, at_least(0)
        => "How often the active controller writes a record that says nothing; 0 for never.";
    "metadata.max.retention.bytes": Long "104857600", ReadOnly High
        => "Bytes of metadata log and snapshots kept before old ones are deleted.";
    "metadata.max.retention.ms": Long "604800000", ReadOnly High
        => "Time that metadata log and snapshots are kept.";
    "node.id": Int "1", ReadOnly High, at_least(0), required, acted
        => "Id of this node in its cluster.";
    "process.roles": List "broker,controller", ReadOnly High, not_empty, one_of(&["broker", "controller"]), required, acted
        => "What this process is. Ottla is broker and controller in one: broker,controller, or unset.";
    "server.max.startup.time.ms": Long "9223372036854775807", ReadOnly Medium, at_least(0), internal, no_meaning
        => "A start that takes longer than this is given up.";
}
