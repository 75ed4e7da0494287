//! SASL but OAUTHBEARER.

use crate::config::row::rows;

rows! { Broker;
    "sasl.client.callback.handler.class": Class null, ReadOnly Medium
        => "";
    "sasl.enabled.mechanisms": List "GSSAPI", PerBroker Medium
        => "";
    "sasl.jaas.config": Password null, PerBroker Medium
        => "";
    "sasl.kerberos.kinit.cmd": Text "/usr/bin/kinit", PerBroker Medium
        => "";
    "sasl.kerberos.min.time.before.relogin": Long "60000", PerBroker Medium
        => "";
    "sasl.kerberos.principal.to.local.rules": List "DEFAULT", PerBroker Medium
        => "";
    "sasl.kerberos.service.name": Text null, PerBroker Medium
        => "";
    "sasl.kerberos.ticket.renew.jitter": Double "0.05", PerBroker Medium
        => "";
    "sasl.kerberos.ticket.renew.window.factor": Double "0.8", PerBroker Medium
        => "";
    "sasl.login.callback.handler.class": Class null, ReadOnly Medium
        => "";
    "sasl.login.class": Class null, ReadOnly Medium
        => "";
    "sasl.login.connect.timeout.ms": Int null, ReadOnly Low
        => "";
    "sasl.login.read.timeout.ms": Int null, ReadOnly Low
        => "";
    "sasl.login.refresh.buffer.seconds": Short "300", PerBroker Medium
        => "";
    "sasl.login.refresh.min.period.seconds": Short "60", PerBroker Medium
        => "";
    "sasl.login.refresh.window.factor": Double "0.8", PerBroker Medium
        => "";
    "sasl.login.refresh.window.jitter": Double "0.05", PerBroker Medium
        => "";
    "sasl.login.retry.backoff.max.ms": Long "10000", ReadOnly Low
        => "";
    "sasl.login.retry.backoff.ms": Long "100", ReadOnly Low
        => "";
    "sasl.mechanism.controller.protocol": Text "GSSAPI", ReadOnly High
        => "";
    "sasl.mechanism.inter.broker.protocol": Text "GSSAPI", PerBroker Medium
        => "";
    "sasl.server.callback.handler.class": Class null, ReadOnly Medium
        => "";
    "sasl.server.max.receive.size": Int "524288", ReadOnly Medium
        => "";
}
