//! Authorisation, principals and delegation tokens.

use crate::config::row::rows;

rows! { Broker;
    "authorizer.class.name": Text "", ReadOnly Low
        => "";
    "connection.failed.authentication.delay.ms": Int "100", ReadOnly Low, at_least(0)
        => "";
    "connections.max.reauth.ms": Long "0", ReadOnly Medium
        => "";
    "delegation.token.expiry.check.interval.ms": Long "3600000", ReadOnly Low, at_least(1)
        => "";
    "delegation.token.expiry.time.ms": Long "86400000", ReadOnly Medium, at_least(1)
        => "";
    "delegation.token.max.lifetime.ms": Long "604800000", ReadOnly Medium, at_least(1)
        => "";
    "delegation.token.secret.key": Password null, ReadOnly Medium
        => "";
    "principal.builder.class": Class "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder", PerBroker Medium
        => "";
    "security.inter.broker.protocol": Text "PLAINTEXT", ReadOnly Medium, one_of(&["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])
        => "";
    "security.providers": Text null, ReadOnly Low
        => "";
}
