//! SASL but OAUTHBEARER.

use crate::config::row::rows;

rows! { Broker;
    "sasl.client.callback.handler.class": Class null, ReadOnly Medium, no_meaning
        => "Java class that answers SASL questions on the client side.";
    "sasl.enabled.mechanisms": List "GSSAPI", PerBroker Medium
        => "SASL mechanisms that are served.";
    "sasl.jaas.config": Password null, PerBroker Medium
        => "Login settings of SASL in the JAAS format.";
    "sasl.kerberos.kinit.cmd": Text "/usr/bin/kinit", PerBroker Medium, no_meaning
        => "Path of kinit.";
    "sasl.kerberos.min.time.before.relogin": Long "60000", PerBroker Medium
        => "Least pause between two Kerberos logins.";
    "sasl.kerberos.principal.to.local.rules": List "DEFAULT", PerBroker Medium
        => "Rules that turn Kerberos principals into short names; the first that matches counts.";
    "sasl.kerberos.service.name": Text null, PerBroker Medium
        => "Kerberos service name that the broker runs under.";
    "sasl.kerberos.ticket.renew.jitter": Double "0.05", PerBroker Medium
        => "Random share added to the renewal time of Kerberos tickets.";
    "sasl.kerberos.ticket.renew.window.factor": Double "0.8", PerBroker Medium
        => "Share of a Kerberos ticket's life after which it is renewed.";
    "sasl.login.callback.handler.class": Class null, ReadOnly Medium, no_meaning
        => "Java class that answers questions of a SASL login.";
    "sasl.login.class": Class null, ReadOnly Medium, no_meaning
        => "Java class that does a SASL login.";
    "sasl.login.connect.timeout.ms": Int null, ReadOnly Low
        => "How long a connection to the identity provider may take.";
    "sasl.login.read.timeout.ms": Int null, ReadOnly Low
        => "How long an answer of the identity provider may take.";
    "sasl.login.refresh.buffer.seconds": Short "300", PerBroker Medium
        => "Seconds before a token's end by which it is refreshed.";
    "sasl.login.refresh.min.period.seconds": Short "60", PerBroker Medium
        => "Least seconds between two refreshes of a token.";
    "sasl.login.refresh.window.factor": Double "0.8", PerBroker Medium
        => "Share of a token's life after which it is refreshed.";
    "sasl.login.refresh.window.jitter": Double "0.05", PerBroker Medium
        => "Random share added to that time.";
    "sasl.login.retry.backoff.max.ms": Long "10000", ReadOnly Low
        => "Longest pause between tries to reach the identity provider.";
    "sasl.login.retry.backoff.ms": Long "100", ReadOnly Low
        => "First pause between tries to reach the identity provider.";
    "sasl.mechanism.controller.protocol": Text "GSSAPI", ReadOnly High
        => "SASL mechanism towards controllers.";
    "sasl.mechanism.inter.broker.protocol": Text "GSSAPI", PerBroker Medium
        => "SASL mechanism among brokers.";
    "sasl.server.callback.handler.class": Class null, ReadOnly Medium, no_meaning
        => "Java class that answers SASL questions on the server side.";
    "sasl.server.max.receive.size": Int "524288", ReadOnly Medium
        => "Largest SASL message accepted before authentication is done.";
}
