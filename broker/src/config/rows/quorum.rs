//! Roles, identity and the metadata quorum.

use crate::config::row::rows;

rows! { Broker;
    "broker.heartbeat.interval.ms": Int "2000", ReadOnly Medium
        => "";
    "broker.id": Int "-1", ReadOnly High, acted
        => "";
    "broker.rack": Text null, ReadOnly Medium
        => "";
    "broker.session.timeout.ms": Int "9000", ReadOnly Medium
        => "";
    "controlled.shutdown.enable": Bool "true", ReadOnly Medium
        => "";
    "controller.listener.names": List "", ReadOnly High, not_empty, required, acted
        => "";
    "controller.performance.always.log.threshold.ms": Long "2000", ReadOnly Medium, at_least(0), internal
        => "";
    "controller.performance.sample.period.ms": Long "60000", ReadOnly Medium, at_least(100), internal
        => "";
    "controller.quorum.append.linger.ms": Int "25", ReadOnly Medium, at_least(0)
        => "";
    "controller.quorum.auto.join.enable": Bool "false", ReadOnly Low
        => "";
    "controller.quorum.bootstrap.servers": List "", ReadOnly High
        => "";
    "controller.quorum.election.backoff.max.ms": Int "1000", ReadOnly High, at_least(0)
        => "";
    "controller.quorum.election.timeout.ms": Int "1000", ReadOnly High, at_least(0)
        => "";
    "controller.quorum.fetch.max.bytes": Int "1048576", ReadOnly Low, at_least(1)
        => "";
    "controller.quorum.fetch.snapshot.max.bytes": Int "1048576", ReadOnly Low, at_least(1)
        => "";
    "controller.quorum.fetch.timeout.ms": Int "2000", ReadOnly High, at_least(0)
        => "";
    "controller.quorum.request.timeout.ms": Int "2000", ReadOnly Medium, at_least(0)
        => "";
    "controller.quorum.retry.backoff.ms": Int "20", ReadOnly Low, at_least(0)
        => "";
    "controller.quorum.voters": List "", ReadOnly High
        => "";
    "controller.socket.timeout.ms": Int "30000", ReadOnly Medium
        => "";
    "initial.broker.registration.timeout.ms": Int "60000", ReadOnly Medium
        => "";
    "internal.metadata.delete.delay.millis": Long "60000", ReadOnly Low, internal
        => "";
    "internal.metadata.log.segment.bytes": Int null, ReadOnly Low, internal
        => "";
    "internal.metadata.max.batch.size.in.bytes": Int "8388608", ReadOnly Low, internal
        => "";
    "metadata.log.dir": Text null, ReadOnly High
        => "";
    "metadata.log.max.record.bytes.between.snapshots": Long "20971520", ReadOnly High, at_least(1)
        => "";
    "metadata.log.max.snapshot.interval.ms": Long "3600000", ReadOnly High, at_least(0)
        => "";
    "metadata.log.segment.bytes": Int "1073741824", ReadOnly High, at_least(8_388_608)
        => "";
    "metadata.log.segment.ms": Long "604800000", ReadOnly High
        => "";
    "metadata.max.idle.interval.ms": Int "500", ReadOnly Low, at_least(0)
        => "";
    "metadata.max.retention.bytes": Long "104857600", ReadOnly High
        => "";
    "metadata.max.retention.ms": Long "604800000", ReadOnly High
        => "";
    "node.id": Int "1", ReadOnly High, at_least(0), required, acted
        => "";
    "process.roles": List "broker,controller", ReadOnly High, not_empty, one_of(&["broker", "controller"]), required, acted
        => "";
    "server.max.startup.time.ms": Long "9223372036854775807", ReadOnly Medium, at_least(0), internal
        => "";
}
