//! What `ottla config check` says of files.

use super::explain::explain;
use crate::config::{Layers, Profile};

fn check(text: &str) -> (Vec<String>, bool) {
    let layers = Layers {
        profile: Some(Profile::Kafka),
        file: Some(("f".to_owned(), text.to_owned())),
        only_file: true,
        ..Layers::default()
    };
    let (out, is_sound) = explain(&layers);
    let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    (out.lines().map(squeezed).collect(), is_sound)
}

#[test]
fn each_key_is_told_what_it_does() {
    let (lines, is_sound) = check(
        "# single node\nnode.id=1\nnum.io.threads=9\nreplica.fetch.max.bytes=5\nnum.partition=3\nretention.ms=1\n\
         zookeeper.connect=z:2181\nport=9092\nlog.retention.hours= 07\nnum.partitions=1\nlog.dirs=/a\nlog.dirs=/b\n\
         offsets.topic.replication.factor=3\nlistener.name.x.ssl.keystore.type=PEM\nconfluent.magic=1\n",
    );
    let wanted = [
        "2 node.id acts",
        "3 num.io.threads no meaning here",
        "4 replica.fetch.max.bytes kept and shown",
        "5 num.partition unknown; did you mean num.partitions?",
        "6 retention.ms unknown: a config of topics; did you mean log.retention.ms?",
        "7 zookeeper.connect no meaning here: Kafka 4 does not know it any more",
        "8 port no meaning here: Kafka 4 does not know it any more, use listeners",
        "9 log.retention.hours acts, as 7",
        "10 num.partitions acts: the default",
        "11 log.dirs does not count: line 12 gives it again",
        "12 log.dirs acts",
        "13 offsets.topic.replication.factor acts, as 1: there is one broker, and 3 is kept",
        "14 listener.name.x.ssl.keystore.type kept: a config of one listener",
        "15 confluent.magic unknown: passed over with a warning",
        "13 keys: 5 act, 2 kept and shown, 3 without meaning here, 3 unknown; errors: 0",
    ];
    assert_eq!(lines, wanted);
    assert!(is_sound);
}

#[test]
fn every_error_is_told_with_its_line() {
    let (lines, is_sound) = check(
        "num.partitions=many\nnode.id=1\nbroker.id=2\nssl.client.auth=maybe\nlog.retention.ms=0\n\
         authorizer.class.name=x.Y\nlisteners=SASL_SSL://:9092\ncreate.topic.policy.class.name=x.P\n",
    );
    assert!(!is_sound);
    let errors: Vec<&String> = lines.iter().filter(|line| line.starts_with("error: ")).collect();
    let of = |start: &str| {
        let found = errors
            .iter()
            .find(|error| error.starts_with(&format!("error: {start}")));
        found.unwrap_or_else(|| panic!("{start} in {lines:?}")).as_str()
    };
    assert!(of("num.partitions=many").contains(" in f:1 "));
    assert!(of("ssl.client.auth=maybe").contains(" in f:4 "));
    assert!(of("log.retention.ms=0").ends_with("(in f:5)."));
    assert!(of("broker.id=2").ends_with("(in f:3)."));
    assert!(of("authorizer.class.name=x.Y").ends_with("(in f:6)."));
    assert!(of("listeners=SASL_SSL").ends_with("(in f:7)."));
    assert!(of("create.topic.policy.class.name=x.P").contains("ottla.create.topic.policy"));
    assert_eq!(errors.len(), 7, "{lines:?}");
    assert!(
        lines
            .iter()
            .any(|line| line == "1 num.partitions REFUSED, see below")
    );
    assert_eq!(
        check("a=\\u12").0,
        ["error: f:1 has a malformed \\u escape: four hex digits must follow it."]
    );
}

#[test]
fn secrets_are_not_shown() {
    let (lines, _) = check("ssl.key.password=s3cret\nsasl.jaas.config=s3cret\nno.such.password=s3cret\n");
    assert!(!lines.join("\n").contains("s3cret"), "{lines:?}");
}
