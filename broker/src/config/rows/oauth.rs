//! SASL/OAUTHBEARER.

use crate::config::row::rows;

rows! { Broker;
    "sasl.oauthbearer.assertion.algorithm": Text "RS256", ReadOnly Medium, one_of_any_case(&["ES256", "RS256"])
        => "";
    "sasl.oauthbearer.assertion.claim.aud": Text null, ReadOnly Medium
        => "";
    "sasl.oauthbearer.assertion.claim.exp.seconds": Int "300", ReadOnly Low, between(0, 86_400)
        => "";
    "sasl.oauthbearer.assertion.claim.iss": Text null, ReadOnly Medium
        => "";
    "sasl.oauthbearer.assertion.claim.jti.include": Bool "false", ReadOnly Medium
        => "";
    "sasl.oauthbearer.assertion.claim.nbf.seconds": Int "60", ReadOnly Low, between(0, 3600)
        => "";
    "sasl.oauthbearer.assertion.claim.sub": Text null, ReadOnly Medium
        => "";
    "sasl.oauthbearer.assertion.file": Text null, ReadOnly Medium
        => "";
    "sasl.oauthbearer.assertion.private.key.file": Text null, ReadOnly Medium
        => "";
    "sasl.oauthbearer.assertion.private.key.passphrase": Password null, ReadOnly Medium
        => "";
    "sasl.oauthbearer.assertion.template.file": Text null, ReadOnly Medium
        => "";
    "sasl.oauthbearer.client.credentials.client.id": Text null, ReadOnly Medium
        => "";
    "sasl.oauthbearer.client.credentials.client.secret": Password null, ReadOnly Medium
        => "";
    "sasl.oauthbearer.clock.skew.seconds": Int "30", ReadOnly Low
        => "";
    "sasl.oauthbearer.expected.audience": List "", ReadOnly High
        => "";
    "sasl.oauthbearer.expected.issuer": Text null, ReadOnly High
        => "";
    "sasl.oauthbearer.jwks.endpoint.refresh.ms": Long "3600000", ReadOnly Low
        => "";
    "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms": Long "10000", ReadOnly Low
        => "";
    "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms": Long "100", ReadOnly Low
        => "";
    "sasl.oauthbearer.jwks.endpoint.url": Text null, ReadOnly Medium
        => "";
    "sasl.oauthbearer.jwt.retriever.class": Class "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever", ReadOnly Medium
        => "";
    "sasl.oauthbearer.jwt.validator.class": Class "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator", ReadOnly Medium
        => "";
    "sasl.oauthbearer.scope": Text null, ReadOnly Medium
        => "";
    "sasl.oauthbearer.scope.claim.name": Text "scope", ReadOnly Low
        => "";
    "sasl.oauthbearer.sub.claim.name": Text "sub", ReadOnly Low
        => "";
    "sasl.oauthbearer.token.endpoint.url": Text null, ReadOnly Medium
        => "";
}
