//! Listeners, connections and requests.

use crate::config::row::rows;

rows! { Broker;
    "advertised.listeners": List null, ReadOnly High, not_empty, acted
        => "";
    "connections.max.idle.ms": Long "600000", ReadOnly Medium, acted
        => "";
    "early.start.listeners": List null, ReadOnly High
        => "";
    "fetch.max.bytes": Int "57671680", ReadOnly Medium, at_least(1024), acted
        => "";
    "fetch.purgatory.purge.interval.requests": Int "1000", ReadOnly Medium
        => "";
    "inter.broker.listener.name": Text null, ReadOnly Medium
        => "";
    "listener.security.protocol.map": Text "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT", PerBroker Low, acted
        => "";
    "listeners": List "PLAINTEXT://:9092", PerBroker High, not_empty, dev("PLAINTEXT://localhost:9092"), acted
        => "";
    "max.connection.creation.rate": Int "2147483647", ClusterWide Medium, at_least(0)
        => "";
    "max.connections": Int "2147483647", ClusterWide Medium, at_least(0), acted
        => "";
    "max.connections.per.ip": Int "2147483647", ClusterWide Medium, at_least(0), acted
        => "";
    "max.connections.per.ip.overrides": Text "", ClusterWide Medium, acted
        => "";
    "max.incremental.fetch.session.cache.slots": Int "1000", ReadOnly Medium, at_least(0), acted
        => "";
    "max.request.partition.size.limit": Int "2000", ReadOnly Medium, at_least(1)
        => "";
    "num.io.threads": Int "8", ClusterWide High, at_least(1)
        => "";
    "num.network.threads": Int "3", ClusterWide High, at_least(1)
        => "";
    "queued.max.request.bytes": Long "-1", ReadOnly Medium
        => "";
    "queued.max.requests": Int "500", ReadOnly High, at_least(1)
        => "";
    "request.timeout.ms": Int "30000", ReadOnly High
        => "";
    "socket.connection.setup.timeout.max.ms": Long "30000", ReadOnly Medium
        => "";
    "socket.connection.setup.timeout.ms": Long "10000", ReadOnly Medium
        => "";
    "socket.listen.backlog.size": Int "50", ReadOnly Medium, at_least(1)
        => "";
    "socket.receive.buffer.bytes": Int "102400", ReadOnly High
        => "";
    "socket.request.max.bytes": Int "104857600", ReadOnly High, at_least(1), acted
        => "";
    "socket.send.buffer.bytes": Int "102400", ReadOnly High
        => "";
}
