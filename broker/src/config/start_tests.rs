//! Layers, listeners and refusals of a start.

use std::collections::BTreeMap;

use super::*;

fn layers(set: &[(&str, &str)]) -> Layers {
    Layers {
        set: set
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        ..Layers::default()
    }
}

fn config(set: &[(&str, &str)]) -> Config {
    layers(set).config().expect("a valid config")
}

fn refusal(set: &[(&str, &str)]) -> String {
    layers(set).config().expect_err("refused").to_string()
}

#[test]
fn later_layers_win() {
    let mut layers = Layers {
        file: Some((
            "server.properties".into(),
            "num.partitions=2\nnode.id=7\nlog.dirs=/a,/b\n".into(),
        )),
        environment: BTreeMap::from([("KAFKA_NUM_PARTITIONS".to_owned(), "3".to_owned())]),
        ..Layers::default()
    };
    assert_eq!(layers.config().expect("valid").num_partitions, 3);
    layers.set.push(("num.partitions".into(), "4".into()));
    layers.flags.push(("--data", "log.dirs", "/c".into()));
    let config = layers.config().expect("valid");
    assert_eq!((config.num_partitions, config.node_id), (4, 7));
    assert_eq!(config.data_dirs, [std::path::PathBuf::from("/c")]);
    assert_eq!(
        config.settings().start_of("num.partitions"),
        Some(("4", &Source::Set))
    );
}

#[test]
fn a_file_chooses_the_kafka_profile_and_a_flag_overrules_it() {
    let file = Some(("f".to_owned(), String::new()));
    let mut layers = Layers {
        file,
        ..Layers::default()
    };
    let of_file = layers.config().expect("valid");
    assert_eq!(of_file.groups.initial_rebalance_delay_ms, 3000);
    assert_eq!(of_file.data_dirs, [std::path::PathBuf::from("/tmp/kafka-logs")]);
    layers.profile = Some(Profile::Dev);
    assert_eq!(
        layers.config().expect("valid").groups.initial_rebalance_delay_ms,
        0
    );
}

#[test]
fn dev_listens_on_localhost_with_data_beside_you() {
    let config = config(&[]);
    assert_eq!(config.profile(), Profile::Dev);
    let [listener] = config.listeners() else {
        panic!("one listener")
    };
    assert_eq!((listener.host.as_str(), listener.port), ("localhost", 9092));
    assert_eq!(listener.bind_addresses().len(), 2);
    assert_eq!(config.advertised("PLAINTEXT"), None);
    assert_eq!((config.node_id, config.cluster_id.clone()), (1, None));
    assert_eq!(config.data_dirs, [std::path::PathBuf::from("./ottla-data")]);
    assert_eq!((config.flush, &config.store), (Flush::Os, &Store::Disk));
    assert_eq!(config.notes(), Vec::<String>::new());
}

#[test]
fn a_broker_id_below_none_is_refused() {
    let layers = Layers {
        set: vec![("broker.id".to_owned(), "-5".to_owned())],
        ..Layers::default()
    };
    let error = layers.config().expect_err("refused").to_string();
    assert_eq!(
        error,
        "broker.id=-5 is not allowed: it must be at least 0, or -1 for what node.id says."
    );
}

#[test]
fn kafkas_single_node_file_starts() {
    let text = "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@localhost:9093\n\
                listeners=PLAINTEXT://:9092,CONTROLLER://:9093\ninter.broker.listener.name=PLAINTEXT\n\
                advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093\n\
                controller.listener.names=CONTROLLER\nnum.network.threads=5\n\
                listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL\n\
                log.dirs=/tmp/kraft-combined-logs\noffsets.topic.replication.factor=1\nconfluent.magic=1\n";
    let layers = Layers {
        file: Some(("server.properties".into(), text.into())),
        ..Layers::default()
    };
    let config = layers.config().expect("valid");
    assert_eq!(config.listeners().len(), 1);
    let controller = config.controller_listeners();
    assert_eq!(controller.len(), 1);
    assert_eq!(
        (controller[0].name.as_str(), controller[0].port),
        ("CONTROLLER", 9093)
    );
    assert_eq!(
        config.advertised("PLAINTEXT").map(|l| (l.host.as_str(), l.port)),
        Some(("localhost", 9092))
    );
    assert_eq!(config.offsets_topic.replication_factor, 1);
    let notes = [
        "without meaning in Ottla, kept and shown: num.network.threads",
        "unknown configs, ignored: confluent.magic",
    ];
    assert_eq!(config.notes(), notes);
}

#[test]
fn a_wrong_value_is_refused_in_one_sentence() {
    let cases: [(&[(&str, &str)], &str); 9] = [
        (
            &[("num.partitions", "many")],
            "num.partitions=many in --set is not allowed: it must be an int of at least 1.",
        ),
        (
            &[("num.partitions", "0")],
            "num.partitions=0 in --set is not allowed: it must be an int of at least 1.",
        ),
        (
            &[("ottla.flush", "never")],
            "ottla.flush=never in --set is not allowed: it must be one of os, fsync.",
        ),
        (
            &[("auto.create.topics.enable", "yes")],
            "auto.create.topics.enable=yes in --set is not allowed: it must be true or false.",
        ),
        (
            &[("process.roles", "controller")],
            "process.roles=controller is not supported: a node of Ottla is broker and controller in one, so use \
             process.roles=broker,controller, or leave it out.",
        ),
        (
            &[("node.id", "1"), ("broker.id", "2")],
            "broker.id=2 is not allowed beside node.id=1: leave broker.id out, or give it the same value.",
        ),
        (
            &[("log.retention.ms", "0")],
            "log.retention.ms=0 is not allowed: it must be at least 1, or -1 for no limit.",
        ),
        (
            &[("max.connections.per.ip.overrides", "host")],
            "max.connections.per.ip.overrides=host is not allowed: host must be HOST:COUNT.",
        ),
        (
            &[("listener.name.plaintext.max.connections", "many")],
            "listener.name.plaintext.max.connections=many in --set is not allowed: it must be an int of at least 0.",
        ),
    ];
    for (set, sentence) in cases {
        assert_eq!(refusal(set), sentence);
    }
}

fn of_file(text: &str) -> Layers {
    Layers {
        file: Some(("server.properties".into(), text.into())),
        ..Layers::default()
    }
}

#[test]
fn a_refusal_names_file_and_line() {
    let cases = [
        (
            "# first\nnum.partitions=many\n",
            "num.partitions=many in server.properties:2 is not allowed: it must be an int of at least 1.",
        ),
        (
            "log.dirs=/a,\\\n /b\n\n num.\\\n   partitions = 0\nnode.id=x",
            "num.partitions=0 in server.properties:4 is not allowed: it must be an int of at least 1.",
        ),
        (
            "node.id=1\nlog.retention.ms=0\n",
            "log.retention.ms=0 is not allowed: it must be at least 1, or -1 for no limit (in server.properties:2).",
        ),
        (
            "a=1\nb=\\u00zz\n",
            "server.properties:2 has a malformed \\u escape: four hex digits must follow it.",
        ),
        (
            "ssl.key.password=${file:/no/such:k}\nconfig.providers=file\n\
             config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider\n",
            "ssl.key.password=${file:/no/such:k} in server.properties:1 is not allowed: \
             Could not read properties from file /no/such.",
        ),
        (
            "config.providers=vault\nconfig.providers.vault.class=com.example.Vault\n",
            "config.providers.vault.class=com.example.Vault is not supported: it must be EnvVarConfigProvider, \
             FileConfigProvider or DirectoryConfigProvider of org.apache.kafka.common.config.provider, for Java classes \
             cannot be loaded (in server.properties:2).",
        ),
    ];
    for (text, sentence) in cases {
        let refused = of_file(text).config().expect_err("refused");
        assert_eq!(refused.to_string(), sentence);
    }
    let mut layers = of_file("num.partitions=many\n");
    layers.environment = BTreeMap::from([("KAFKA_NUM_PARTITIONS".to_owned(), "none".to_owned())]);
    let refused = layers.config().expect_err("refused").to_string();
    assert!(
        refused.starts_with("num.partitions=none in KAFKA_NUM_PARTITIONS is not allowed"),
        "{refused}"
    );
    layers.set.push(("num.partitions".into(), "3".into()));
    assert_eq!(
        layers
            .config()
            .expect("what is overridden does not count")
            .num_partitions,
        3
    );
}

#[test]
fn a_value_given_while_running_is_resolved_too() {
    let provider = "org.apache.kafka.common.config.provider.EnvVarConfigProvider";
    let mut layers = of_file(&format!(
        "config.providers=env\nconfig.providers.env.class={provider}\n"
    ));
    layers.environment = BTreeMap::from([("SIZE".to_owned(), "2000000".to_owned())]);
    let config = layers.config().expect("valid");
    let size = |text: &str| {
        let set = BTreeMap::from([("log.segment.bytes".to_owned(), text.to_owned())]);
        config
            .with_dynamic(&set, &BTreeMap::new())
            .0
            .settings()
            .number("log.segment.bytes")
    };
    assert_eq!(size("${env:SIZE}"), 2_000_000);
    assert_eq!(
        size("${env:NONE}"),
        1_073_741_824,
        "what cannot be read is left out"
    );
}

/// Kafka 4.3.1 refuses all of these, but for the numbers of partitions, of which it would run out of memory.
#[test]
fn what_no_coordinator_and_no_cleaner_can_go_by_is_refused() {
    let kafka = |set: &[(&str, &str)]| {
        let layers = Layers {
            profile: Some(Profile::Kafka),
            ..layers(set)
        };
        layers.config().map(|_| ()).map_err(|error| error.to_string())
    };
    for (name, value, must) in [
        (
            "group.consumer.heartbeat.interval.ms",
            "100000",
            "at most group.consumer.max.heartbeat.interval.ms=15000",
        ),
        (
            "group.consumer.min.session.timeout.ms",
            "70000",
            "at most group.consumer.max.session.timeout.ms=60000",
        ),
        (
            "group.consumer.min.session.timeout.ms",
            "50000",
            "at most group.consumer.session.timeout.ms=45000",
        ),
        (
            "group.share.min.heartbeat.interval.ms",
            "15001",
            "at most group.share.max.heartbeat.interval.ms=15000",
        ),
        (
            "group.streams.assignment.interval.ms",
            "15001",
            "at most group.streams.max.assignment.interval.ms=15000",
        ),
        ("offsets.topic.num.partitions", "100000000", "at most 100000"),
        ("transaction.state.log.num.partitions", "100001", "at most 100000"),
        (
            "log.cleaner.dedupe.buffer.size",
            "1048576",
            "more than 1048576 for each of log.cleaner.threads=1",
        ),
        ("log.roll.jitter.ms", "-1", "at least 0"),
    ] {
        let refused = kafka(&[(name, value)]).expect_err(name);
        assert_eq!(
            refused,
            format!("{name}={value} is not allowed: it must be {must}.")
        );
    }
    for (name, value, what) in [
        ("offsets.topic.compression.codec", "9", "it must be 0 (none)"),
        (
            "group.coordinator.rebalance.protocols",
            "consumer",
            "the classic protocol",
        ),
    ] {
        let refused = kafka(&[(name, value)]).expect_err(name);
        assert!(refused.contains(what), "{refused}");
    }
    let equal = [
        ("group.consumer.min.heartbeat.interval.ms", "1000"),
        ("group.consumer.heartbeat.interval.ms", "6000"),
        ("group.consumer.min.session.timeout.ms", "6000"),
        ("group.consumer.session.timeout.ms", "6000"),
    ];
    assert!(
        kafka(&equal)
            .expect_err("equal")
            .contains("must be below group.consumer.session.timeout.ms=6000")
    );
    // What dev brings of its own is no contradiction to what Kafka brings.
    assert!(
        layers(&[("group.consumer.min.heartbeat.interval.ms", "5000")])
            .config()
            .is_ok()
    );
    assert!(
        kafka(&[("log.cleaner.threads", "0")]).is_ok(),
        "no thread needs no room"
    );
}
