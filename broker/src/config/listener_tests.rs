//! Listeners, roles and quorum of a start: what is taken, and what is refused as Kafka refuses it.

use super::{Config, Layers, Profile};

/// A combined node, as Kafka's own example has it.
const NODE: [(&str, &str); 4] = [
    ("process.roles", "broker,controller"),
    ("controller.quorum.voters", "1@localhost:9093"),
    ("controller.listener.names", "CONTROLLER"),
    (
        "listeners",
        "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093",
    ),
];
const MAP: (&str, &str) = (
    "listener.security.protocol.map",
    "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,EXT:PLAINTEXT",
);

fn layers(set: &[(&str, &str)]) -> Layers {
    Layers {
        profile: Some(Profile::Kafka),
        set: set
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        ..Layers::default()
    }
}

/// The node with these keys on top.
fn node(set: &[(&str, &str)]) -> Result<Config, String> {
    let all: Vec<_> = NODE.iter().chain(set).copied().collect();
    layers(&all).config().map_err(|error| error.to_string())
}

#[track_caller]
fn refusal(set: &[(&str, &str)]) -> String {
    let sentence = node(set).expect_err("it is refused");
    assert!(sentence.ends_with('.') && !sentence.contains('\n'), "{sentence}");
    sentence
}

#[test]
fn a_combined_node_has_listeners_of_both_kinds() {
    let config = node(&[]).expect("valid");
    let names = |list: &[super::Listener]| list.iter().map(|l| l.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(config.listeners()), ["PLAINTEXT"]);
    assert_eq!(names(config.controller_listeners()), ["CONTROLLER"]);
    // Names in any case, a wildcard without an advertised address, a free port twice.
    for listeners in [
        "plaintext://localhost:9092,controller://:9093",
        "PLAINTEXT://0.0.0.0:9092,CONTROLLER://[::]:9093",
        "PLAINTEXT://:0,CONTROLLER://:0",
    ] {
        node(&[("listeners", listeners)]).expect(listeners);
    }
    let told = "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093";
    let config = node(&[("advertised.listeners", told)]).expect("valid");
    assert_eq!(config.advertised("CONTROLLER").map(|l| l.port), Some(9093));
    let quorum = ("controller.quorum.bootstrap.servers", "localhost:9093");
    node(&[quorum, ("controller.quorum.voters", "")]).expect("bootstrap servers in place of voters");
    node(&[("inter.broker.listener.name", "plaintext")]).expect("in any case");
    node(&[("early.start.listeners", "CONTROLLER")]).expect("it is there");
}

#[test]
fn without_roles_and_quorum_a_node_is_both() {
    let config = layers(&[("listeners", "PLAINTEXT://:9092")])
        .config()
        .expect("valid");
    assert!(config.controller_listeners().is_empty());
    let zookeeper = [
        ("listeners", "PLAINTEXT://:9092"),
        ("controller.listener.names", "CONTROLLER"),
    ];
    layers(&zookeeper).config().expect("a name alone opens nothing");
}

#[test]
fn a_listener_given_by_flag_stands_in_for_those_of_the_file() {
    let mut given = layers(&NODE);
    given
        .set
        .push(("advertised.listeners".into(), "EXT://a:1,CONTROLLER://a:2".into()));
    given.set.push((MAP.0.into(), MAP.1.into()));
    given
        .set
        .push(("inter.broker.listener.name".into(), "EXT".into()));
    given.listen(&["localhost:7".to_owned()]).expect("an address");
    let config = given.config().expect("valid");
    assert_eq!(
        (config.listeners()[0].port, config.controller_listeners().len()),
        (7, 0)
    );
    assert_eq!(config.advertised("PLAINTEXT"), None);
}

#[test]
fn listeners_that_kafka_refuses_are_refused() {
    let cases: [(&[(&str, &str)], &str); 19] = [
        (
            &[("listeners", "PLAINTEXT://:9092")],
            "controller.listener.names=CONTROLLER names CONTROLLER, which listeners does not have: add CONTROLLER://localhost:9093 to listeners, or leave the name out.",
        ),
        (
            &[("listeners", "CONTROLLER://:9093")],
            "listeners has no listener for clients: add one, such as PLAINTEXT://localhost:9092.",
        ),
        (
            &[("listeners", "PLAINTEXT://:1,PLAINTEXT://:2,CONTROLLER://:3")],
            "listeners has two listeners named PLAINTEXT: each needs its own name.",
        ),
        (
            &[("listeners", "PLAINTEXT://:1,CONTROLLER://:1")],
            "listeners uses port 1 twice: each listener needs its own port, save for one IPv4 and one IPv6 address.",
        ),
        (
            &[("listeners", "PLAINTEXT://:1,CONTROLLER://:2,EXT://:3")],
            "listeners=EXT://:3 has no protocol: add EXT:PLAINTEXT to listener.security.protocol.map.",
        ),
        (
            &[("listeners", "PLAINTEXT://:1,SSL://:2,CONTROLLER://:3")],
            "listeners=SSL://:2 is not supported yet: its protocol is SSL, and Ottla speaks PLAINTEXT only.",
        ),
        (
            &[(
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
            )],
            "listeners=CONTROLLER://localhost:9093 is not supported yet: its protocol is SASL_PLAINTEXT, and Ottla speaks PLAINTEXT only.",
        ),
        (
            &[(
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,CONTROLLER:FOO",
            )],
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:FOO is not allowed: FOO must be one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL.",
        ),
        (
            &[("listener.security.protocol.map", "PLAINTEXT")],
            "listener.security.protocol.map=PLAINTEXT is not allowed: PLAINTEXT must be NAME:PROTOCOL.",
        ),
        (
            &[("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT")],
            "listeners=CONTROLLER://localhost:9093 has no protocol: add CONTROLLER:PLAINTEXT to listener.security.protocol.map.",
        ),
        (
            &[MAP, ("advertised.listeners", "PLAINTEXT://a:1,EXT://a:2")],
            "advertised.listeners names EXT, which listeners does not have: use one of PLAINTEXT, CONTROLLER.",
        ),
        (
            &[("advertised.listeners", "PLAINTEXT://a:1,PLAINTEXT://b:2")],
            "advertised.listeners has two listeners named PLAINTEXT: each needs its own name.",
        ),
        (
            &[("advertised.listeners", "CONTROLLER://a:1")],
            "advertised.listeners has no listener for clients: add one, such as PLAINTEXT://localhost:9092.",
        ),
        (
            &[("advertised.listeners", "PLAINTEXT://0.0.0.0:1")],
            "advertised.listeners=PLAINTEXT://0.0.0.0:1 is no address that a client can dial: name a host.",
        ),
        (
            &[("inter.broker.listener.name", "FOO")],
            "inter.broker.listener.name=FOO has no protocol: add FOO:PLAINTEXT to listener.security.protocol.map.",
        ),
        (
            &[("inter.broker.listener.name", "CONTROLLER")],
            "inter.broker.listener.name=CONTROLLER is not allowed: it must be a listener that clients are told of, one of PLAINTEXT.",
        ),
        (
            &[
                ("inter.broker.listener.name", "PLAINTEXT"),
                ("security.inter.broker.protocol", "PLAINTEXT"),
            ],
            "inter.broker.listener.name=PLAINTEXT is not allowed beside security.inter.broker.protocol=PLAINTEXT: set only one of them.",
        ),
        (
            &[MAP, ("listeners", "EXT://:1,CONTROLLER://:2")],
            "inter.broker.listener.name=PLAINTEXT, its default, is not allowed: it must be a listener that clients are told of, one of EXT.",
        ),
        (
            &[("early.start.listeners", "FOO")],
            "early.start.listeners=FOO names FOO, which listeners does not have: use one of PLAINTEXT, CONTROLLER.",
        ),
    ];
    for (set, sentence) in cases {
        assert_eq!(refusal(set), sentence);
    }
}

#[test]
fn whatever_asks_for_security_refuses_the_start() {
    let cases = [
        (
            "listeners",
            "SASL_SSL://:9093",
            "listeners=SASL_SSL://:9093 is not supported yet: its protocol is SASL_SSL, and Ottla speaks PLAINTEXT only.",
        ),
        (
            "security.inter.broker.protocol",
            "SASL_PLAINTEXT",
            "security.inter.broker.protocol=SASL_PLAINTEXT is not supported yet: Ottla speaks PLAINTEXT only.",
        ),
        (
            "authorizer.class.name",
            "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer is not supported yet: Ottla allows everything to everyone, so it does not start where rules are wanted; leave it empty.",
        ),
    ];
    for (key, value, sentence) in cases {
        assert_eq!(refusal(&[(key, value)]), sentence);
        // In every profile.
        let mut dev = layers(&[(key, value)]);
        dev.profile = Some(Profile::Dev);
        assert_eq!(dev.config().expect_err("refused").to_string(), sentence);
    }
}

#[test]
fn a_quorum_is_this_node_alone() {
    let voters = "controller.quorum.voters";
    let cases: [(&[(&str, &str)], &str); 9] = [
        (
            &[(voters, "2@h:1")],
            "controller.quorum.voters=2@h:1 is not allowed: a controller is a voter itself, so it must name node.id=1.",
        ),
        (
            &[(voters, "1@h:1,2@h:1")],
            "controller.quorum.voters=1@h:1,2@h:1 is not supported: this release is a cluster of one node, so only node.id=1 may vote.",
        ),
        (
            &[(voters, "1@h")],
            "controller.quorum.voters=1@h is not allowed: 1@h must be ID@HOST:PORT.",
        ),
        (
            &[(voters, "one@h:1")],
            "controller.quorum.voters=one@h:1 is not allowed: one@h:1 must be ID@HOST:PORT.",
        ),
        (
            &[(voters, "nonsense")],
            "controller.quorum.voters=nonsense is not allowed: nonsense must be ID@HOST:PORT.",
        ),
        (
            &[("controller.quorum.bootstrap.servers", "h")],
            "controller.quorum.bootstrap.servers=h is not allowed: h must be HOST:PORT.",
        ),
        (
            &[("process.roles", "controller")],
            "process.roles=controller is not supported: a node of Ottla is broker and controller in one, so use process.roles=broker,controller, or leave it out.",
        ),
        (
            &[
                ("process.roles", "broker"),
                ("listeners", "PLAINTEXT://:1"),
                (voters, "2@h:1"),
            ],
            "process.roles=broker is not supported beside controller.quorum.voters=2@h:1: a node of Ottla is its own controller, so use process.roles=broker,controller, or leave controller.quorum.voters out.",
        ),
        (
            &[("process.roles", "broker"), (voters, "")],
            "controller.listener.names=CONTROLLER is not allowed to name CONTROLLER of listeners while process.roles=broker: use process.roles=broker,controller, or leave the listener out.",
        ),
    ];
    for (set, sentence) in cases {
        assert_eq!(refusal(set), sentence);
    }
    let alone = [
        ("process.roles", "broker"),
        (voters, ""),
        ("listeners", "PLAINTEXT://:1"),
    ];
    node(&alone).expect("a broker that is its own controller");
}

#[test]
fn keys_of_one_listener_are_known() {
    let keys = [
        ("listener.name.plaintext.max.connections", "5"),
        ("listener.name.ext.ssl.keystore.location", "/k"),
        ("listener.name.ext.scram-sha-256.sasl.jaas.config", "secret"),
        ("listener.name.ext.wrong", "1"),
    ];
    let config = node(&keys).expect("valid");
    assert_eq!(config.settings().per_listener().count(), 3);
    assert!(config.settings().unknown().eq(["listener.name.ext.wrong"]));
}

#[test]
fn malformed_listeners_are_refused_in_one_sentence() {
    let form = "it must be NAME://HOST:PORT with a port up to 65535.";
    let host = "the host must be a name, an IPv4 address, or an IPv6 address in brackets.";
    for (listeners, allowed) in [
        ("nonsense", form),
        ("PLAINTEXT://h", form),
        ("PLAINTEXT://h:70000", form),
        ("PLAINTEXT://h:-1", form),
        ("PLAINTEXT://a b:1", host),
        ("PLAINTEXT://::1:1", host),
    ] {
        assert_eq!(
            refusal(&[("listeners", listeners)]),
            format!("listeners={listeners} is not allowed: {allowed}")
        );
    }
    let both = "PLAINTEXT://127.0.0.1:1,EXT://[::1]:1,CONTROLLER://:2";
    assert_eq!(
        node(&[MAP, ("listeners", both)])
            .expect("one of each family")
            .listeners()
            .len(),
        2
    );
    for one in [
        "PLAINTEXT://localhost:1,EXT://[::1]:1,CONTROLLER://:2",
        "PLAINTEXT://127.0.0.1:1,EXT://127.0.0.2:1",
    ] {
        assert!(refusal(&[MAP, ("listeners", one)]).starts_with("listeners uses port 1 twice"));
    }
}
