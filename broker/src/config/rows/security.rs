//! Authorisation, principals and delegation tokens.

use crate::config::row::rows;

rows! { Broker;
    "authorizer.class.name": Text "", ReadOnly Low, acted
        => "Java class that decides who may do what; empty allows everything to everyone, and anything else is refused.";
    "connection.failed.authentication.delay.ms": Int "100", ReadOnly Low, at_least(0)
        => "Pause before a connection that failed to authenticate is closed.";
    "connections.max.reauth.ms": Long "0", ReadOnly Medium
        => "Longest life of a SASL session before the client has to authenticate again; 0 for ever.";
    "delegation.token.expiry.check.interval.ms": Long "3600000", ReadOnly Low, at_least(1)
        => "How often expired delegation tokens are looked for.";
    "delegation.token.expiry.time.ms": Long "86400000", ReadOnly Medium, at_least(1)
        => "Life of a delegation token that is not renewed.";
    "delegation.token.max.lifetime.ms": Long "604800000", ReadOnly Medium, at_least(1)
        => "Longest life of a delegation token, however often renewed.";
    "delegation.token.secret.key": Password null, ReadOnly Medium
        => "Secret that delegation tokens are signed with; the same on all brokers.";
    "principal.builder.class": Class "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder", PerBroker Medium, no_meaning
        => "Java class that tells who is connected.";
    "security.inter.broker.protocol": Text "PLAINTEXT", ReadOnly Medium, one_of(&["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]), acted
        => "Security protocol among brokers: PLAINTEXT.";
    "security.providers": Text null, ReadOnly Low, no_meaning
        => "Java classes that add security algorithms.";
}
