//! TLS.

use crate::config::row::rows;

rows! { Broker;
    "ssl.allow.dn.changes": Bool "false", ReadOnly Low
        => "";
    "ssl.allow.san.changes": Bool "false", ReadOnly Low
        => "";
    "ssl.cipher.suites": List "", PerBroker Medium
        => "";
    "ssl.client.auth": Text "none", PerBroker Medium, one_of(&["required", "requested", "none"])
        => "";
    "ssl.enabled.protocols": List "TLSv1.2,TLSv1.3", PerBroker Medium
        => "";
    "ssl.endpoint.identification.algorithm": Text "https", PerBroker Low
        => "";
    "ssl.engine.factory.class": Class null, PerBroker Low
        => "";
    "ssl.key.password": Password null, PerBroker Medium
        => "";
    "ssl.keymanager.algorithm": Text "SunX509", PerBroker Medium
        => "";
    "ssl.keystore.certificate.chain": Password null, PerBroker Medium
        => "";
    "ssl.keystore.key": Password null, PerBroker Medium
        => "";
    "ssl.keystore.location": Text null, PerBroker Medium
        => "";
    "ssl.keystore.password": Password null, PerBroker Medium
        => "";
    "ssl.keystore.type": Text "JKS", PerBroker Medium
        => "";
    "ssl.principal.mapping.rules": Text "DEFAULT", ReadOnly Low
        => "";
    "ssl.protocol": Text "TLSv1.3", PerBroker Medium
        => "";
    "ssl.provider": Text null, PerBroker Medium
        => "";
    "ssl.secure.random.implementation": Text null, PerBroker Low
        => "";
    "ssl.trustmanager.algorithm": Text "PKIX", PerBroker Medium
        => "";
    "ssl.truststore.certificates": Password null, PerBroker Medium
        => "";
    "ssl.truststore.location": Text null, PerBroker Medium
        => "";
    "ssl.truststore.password": Password null, PerBroker Medium
        => "";
    "ssl.truststore.type": Text "JKS", PerBroker Medium
        => "";
}
