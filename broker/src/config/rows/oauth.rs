//! SASL/OAUTHBEARER.

use crate::config::row::rows;

rows! { Broker;
    "sasl.oauthbearer.assertion.algorithm": Text "RS256", ReadOnly Medium, one_of_any_case(&["ES256", "RS256"])
        => "Algorithm that client assertions are signed with.";
    "sasl.oauthbearer.assertion.claim.aud": Text null, ReadOnly Medium
        => "Audience claim of client assertions.";
    "sasl.oauthbearer.assertion.claim.exp.seconds": Int "300", ReadOnly Low, between(0, 86_400)
        => "Seconds after which a client assertion expires.";
    "sasl.oauthbearer.assertion.claim.iss": Text null, ReadOnly Medium
        => "Issuer claim of client assertions.";
    "sasl.oauthbearer.assertion.claim.jti.include": Bool "false", ReadOnly Medium
        => "Give each client assertion an id of its own.";
    "sasl.oauthbearer.assertion.claim.nbf.seconds": Int "60", ReadOnly Low, between(0, 3600)
        => "Seconds before now from which a client assertion is valid.";
    "sasl.oauthbearer.assertion.claim.sub": Text null, ReadOnly Medium
        => "Subject claim of client assertions.";
    "sasl.oauthbearer.assertion.file": Text null, ReadOnly Medium
        => "File with a ready-made client assertion.";
    "sasl.oauthbearer.assertion.private.key.file": Text null, ReadOnly Medium
        => "File with the private key that signs client assertions.";
    "sasl.oauthbearer.assertion.private.key.passphrase": Password null, ReadOnly Medium
        => "Passphrase of that key.";
    "sasl.oauthbearer.assertion.template.file": Text null, ReadOnly Medium
        => "File with headers and claims for client assertions.";
    "sasl.oauthbearer.client.credentials.client.id": Text null, ReadOnly Medium
        => "Client id for the client credentials grant.";
    "sasl.oauthbearer.client.credentials.client.secret": Password null, ReadOnly Medium
        => "Client secret for the client credentials grant.";
    "sasl.oauthbearer.clock.skew.seconds": Int "30", ReadOnly Low
        => "Seconds by which clocks of identity provider and broker may differ.";
    "sasl.oauthbearer.expected.audience": List "", ReadOnly High
        => "Audiences that a token must name one of.";
    "sasl.oauthbearer.expected.issuer": Text null, ReadOnly High
        => "Issuer that a token must name.";
    "sasl.oauthbearer.jwks.endpoint.refresh.ms": Long "3600000", ReadOnly Low
        => "How often the key set of the identity provider is fetched again.";
    "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms": Long "10000", ReadOnly Low
        => "Longest pause between tries to fetch the key set.";
    "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms": Long "100", ReadOnly Low
        => "First pause between tries to fetch the key set.";
    "sasl.oauthbearer.jwks.endpoint.url": Text null, ReadOnly Medium
        => "Where the key set of the identity provider is found.";
    "sasl.oauthbearer.jwt.retriever.class": Class "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever", ReadOnly Medium, no_meaning
        => "Java class that gets tokens.";
    "sasl.oauthbearer.jwt.validator.class": Class "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator", ReadOnly Medium, no_meaning
        => "Java class that checks tokens.";
    "sasl.oauthbearer.scope": Text null, ReadOnly Medium
        => "Scope asked for in the client credentials grant.";
    "sasl.oauthbearer.scope.claim.name": Text "scope", ReadOnly Low
        => "Claim that carries the scope.";
    "sasl.oauthbearer.sub.claim.name": Text "sub", ReadOnly Low
        => "Claim that carries the subject.";
    "sasl.oauthbearer.token.endpoint.url": Text null, ReadOnly Medium
        => "Where the identity provider hands out tokens.";
}
