//! TLS.

use crate::config::row::rows;

rows! { Broker;
    "ssl.allow.dn.changes": Bool "false", ReadOnly Low
        => "Allow a new certificate to have another distinguished name.";
    "ssl.allow.san.changes": Bool "false", ReadOnly Low
        => "Allow a new certificate to have other alternative names.";
    "ssl.cipher.suites": List "", PerBroker Medium
        => "TLS cipher suites to allow; empty for the usual ones.";
    "ssl.client.auth": Text "none", PerBroker Medium, one_of(&["required", "requested", "none"])
        => "Whether TLS clients must, may or need not show a certificate.";
    "ssl.enabled.protocols": List "TLSv1.2,TLSv1.3", PerBroker Medium
        => "TLS versions to allow.";
    "ssl.endpoint.identification.algorithm": Text "https", PerBroker Low
        => "How the name in a server's certificate is checked; empty for not at all.";
    "ssl.engine.factory.class": Class null, PerBroker Low, no_meaning
        => "Java class that makes TLS engines.";
    "ssl.key.password": Password null, PerBroker Medium
        => "Password of the private key.";
    "ssl.keymanager.algorithm": Text "SunX509", PerBroker Medium, no_meaning
        => "Java algorithm of key managers.";
    "ssl.keystore.certificate.chain": Password null, PerBroker Medium
        => "Certificate chain in PEM.";
    "ssl.keystore.key": Password null, PerBroker Medium
        => "Private key in PEM.";
    "ssl.keystore.location": Text null, PerBroker Medium
        => "Key store file.";
    "ssl.keystore.password": Password null, PerBroker Medium
        => "Password of the key store.";
    "ssl.keystore.type": Text "JKS", PerBroker Medium
        => "Format of the key store.";
    "ssl.principal.mapping.rules": Text "DEFAULT", ReadOnly Low
        => "Rules that turn a certificate's distinguished name into a user name.";
    "ssl.protocol": Text "TLSv1.3", PerBroker Medium, no_meaning
        => "TLS version that Java contexts are made for.";
    "ssl.provider": Text null, PerBroker Medium, no_meaning
        => "Java security provider for TLS.";
    "ssl.secure.random.implementation": Text null, PerBroker Low, no_meaning
        => "Java source of randomness for TLS.";
    "ssl.trustmanager.algorithm": Text "PKIX", PerBroker Medium, no_meaning
        => "Java algorithm of trust managers.";
    "ssl.truststore.certificates": Password null, PerBroker Medium
        => "Trusted certificates in PEM.";
    "ssl.truststore.location": Text null, PerBroker Medium
        => "Trust store file.";
    "ssl.truststore.password": Password null, PerBroker Medium
        => "Password of the trust store.";
    "ssl.truststore.type": Text "JKS", PerBroker Medium
        => "Format of the trust store.";
}
