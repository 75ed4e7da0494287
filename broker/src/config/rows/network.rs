//! Listeners, connections and requests.

use crate::config::row::rows;

rows! { Broker;
    "advertised.listeners": List null, ReadOnly High, not_empty, acted
        => "What clients are told to connect to, one entry per listener. Unset, Ottla answers with the address that the client dialled; so it does where an entry has no host. May be altered for a broker while it runs, and acts at once.";
    "connections.max.idle.ms": Long "600000", ReadOnly Medium, acted
        => "A connection without a request for so long is closed.";
    "early.start.listeners": List null, ReadOnly High, acted
        => "Listeners that serve before the authorizer is ready.";
    "fetch.max.bytes": Int "57671680", ReadOnly Medium, at_least(1024), acted
        => "Most bytes that one fetch reply carries, whatever the client asks for; a single larger batch still passes.";
    "fetch.purgatory.purge.interval.requests": Int "1000", ReadOnly Medium, no_meaning
        => "After how many requests finished waits of Fetch are cleared away.";
    "inter.broker.listener.name": Text null, ReadOnly Medium, acted
        => "Listener that brokers would use among themselves; it must be one that clients are told of.";
    "listener.security.protocol.map": Text "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT", PerBroker Low, acted
        => "Listener names and their security protocols, NAME:PROTOCOL each.";
    "listeners": List "PLAINTEXT://:9092", PerBroker High, not_empty, dev("PLAINTEXT://localhost:9092"), acted
        => "What to listen on, NAME://HOST:PORT each. localhost means both loopbacks, an empty host every interface, port 0 a free one.";
    "max.connection.creation.rate": Int "2147483647", ClusterWide Medium, at_least(0), acted
        => "New connections per second that the broker accepts; a listener may have a lower rate of its own (`listener.name.NAME.max.connection.creation.rate`).";
    "max.connections": Int "2147483647", ClusterWide Medium, at_least(0), acted
        => "Connections that the broker holds at once; more have to wait. A listener may have a lower limit of its own (`listener.name.NAME.max.connections`). Where there are several, the one of `inter.broker.listener.name` is held up by its own only, and a lower limit closes connections to the others that were silent longest.";
    "max.connections.per.ip": Int "2147483647", ClusterWide Medium, at_least(0), acted
        => "Connections from one address at once; more are closed.";
    "max.connections.per.ip.overrides": Text "", ClusterWide Medium, acted
        => "Other limits for some addresses, HOST:COUNT each.";
    "max.incremental.fetch.session.cache.slots": Int "1000", ReadOnly Medium, at_least(0), acted
        => "Fetch sessions kept at once; clients without one send their full list each time.";
    "max.request.partition.size.limit": Int "2000", ReadOnly Medium, at_least(1), acted
        => "Most partitions in one request that lists partitions of topics.";
    "num.io.threads": Int "8", ClusterWide High, at_least(1), no_meaning
        => "Threads that serve requests.";
    "num.network.threads": Int "3", ClusterWide High, at_least(1), no_meaning
        => "Threads that read and write sockets, per listener.";
    "queued.max.request.bytes": Long "-1", ReadOnly Medium, no_meaning
        => "Bytes of requests waiting before sockets are no longer read; -1 for no limit.";
    "queued.max.requests": Int "500", ReadOnly High, at_least(1), no_meaning
        => "Requests waiting before sockets are no longer read.";
    "request.timeout.ms": Int "30000", ReadOnly High
        => "How long requests among brokers may take.";
    "socket.connection.setup.timeout.max.ms": Long "30000", ReadOnly Medium
        => "Longest time that setting up a connection to another broker may take after failures.";
    "socket.connection.setup.timeout.ms": Long "10000", ReadOnly Medium
        => "Time that setting up a connection to another broker may take at first.";
    "socket.listen.backlog.size": Int "50", ReadOnly Medium, at_least(1), no_meaning
        => "Connections that may wait to be accepted.";
    "socket.receive.buffer.bytes": Int "102400", ReadOnly High, no_meaning
        => "Receive buffer of client sockets; -1 leaves it to the operating system.";
    "socket.request.max.bytes": Int "104857600", ReadOnly High, at_least(1), acted
        => "Longest request accepted; a longer one closes its connection.";
    "socket.send.buffer.bytes": Int "102400", ReadOnly High, no_meaning
        => "Send buffer of client sockets; -1 leaves it to the operating system.";
}
