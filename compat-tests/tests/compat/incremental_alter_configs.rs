use compat_tests::batch::Batch;
use compat_tests::configs::{self, APPEND, DELETE, SET, SUBTRACT, change};
use compat_tests::errors::{
    INVALID_CONFIG, INVALID_REQUEST, INVALID_TOPIC_EXCEPTION, MESSAGE_TOO_LARGE, NONE,
    UNKNOWN_TOPIC_OR_PARTITION,
};
use compat_tests::ops::{alter_topic, broker_and_topic, create_topic, try_produce};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{eventually, list};

fn alter(client: &mut Client, version: i16, kind: i8, name: &str, changes: Value) -> Value {
    configs::alter(client, version, (kind, name), changes, false)
}

/// The value and source that DescribeConfigs tells.
fn described(client: &mut Client, kind: i8, resource: &str, key: &str) -> (Value, i64) {
    configs::described(client, (kind, resource), key)
}

#[track_caller]
fn expect(client: &mut Client, topic: &str, key: &str, value: &str) {
    eventually(&format!("{key} = {value}"), || {
        described(client, 2, topic, key).0 == value
    });
}

#[test]
fn every_version_sets_and_deletes() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    for version in versions("IncrementalAlterConfigs") {
        let set = alter(
            &mut client,
            version,
            2,
            &topic,
            list![change("retention.ms", SET, "777")],
        );
        assert_eq!(set["error_code"], NONE, "v{version}");
        assert!(set["error_message"].is_null() || set["error_message"].str().is_empty());
        assert_eq!(
            (set["resource_type"].int(), set["resource_name"].str()),
            (2, topic.as_str())
        );
        expect(&mut client, &topic, "retention.ms", "777");
        let unset = change("retention.ms", DELETE, Value::Null);
        assert_eq!(
            alter(&mut client, version, 2, &topic, list![unset])["error_code"],
            NONE
        );
        expect(&mut client, &topic, "retention.ms", "604800000");
    }
}

#[test]
fn pools_of_threads_grow_to_double_at_once() {
    let broker = Broker::start();
    let mut client = broker.client();
    let node = configs::node(&mut client);
    let (now, _) = described(&mut client, 4, &node, "num.io.threads");
    let now: i32 = now.str().parse().unwrap();
    for (threads, part) in [
        (2 * now + 1, "should not be greater than double the current value"),
        (now / 2 - 1, "should be at least half the current value"),
    ] {
        let set = list![change("num.io.threads", SET, threads.to_string())];
        let answer = alter(&mut client, 1, 4, "", set);
        assert_eq!(answer["error_code"], INVALID_REQUEST, "{threads}: {answer:?}");
        assert!(answer["error_message"].str().contains(part), "{answer:?}");
    }
}

#[test]
fn lists_grow_and_shrink() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let append = alter(
        &mut client,
        1,
        2,
        &topic,
        list![change("cleanup.policy", APPEND, "compact")],
    );
    assert_eq!(append["error_code"], NONE, "{append:?}");
    expect(&mut client, &topic, "cleanup.policy", "delete,compact");
    alter(
        &mut client,
        1,
        2,
        &topic,
        list![change("cleanup.policy", SUBTRACT, "delete")],
    );
    expect(&mut client, &topic, "cleanup.policy", "compact");
    let wrong = alter(
        &mut client,
        1,
        2,
        &topic,
        list![change("retention.ms", APPEND, "1")],
    );
    assert_eq!(wrong["error_code"], INVALID_CONFIG, "{wrong:?}");
}

#[test]
fn wrong_changes_are_refused_and_change_nothing() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    for (changes, code) in [
        (list![change("no.such", SET, "1")], INVALID_CONFIG),
        (list![change("retention.ms", SET, "x")], INVALID_CONFIG),
        (
            list![change("segment.ms", SET, "5"), change("segment.bytes", SET, "-1")],
            INVALID_CONFIG,
        ),
        (list![change("retention.ms", SET, Value::Null)], INVALID_REQUEST),
        (
            list![change("retention.ms", SET, "1"), change("retention.ms", SET, "2")],
            INVALID_REQUEST,
        ),
    ] {
        let answer = alter(&mut client, 1, 2, &topic, changes.clone());
        assert_eq!(answer["error_code"], code, "{changes:?}: {answer:?}");
        assert!(!answer["error_message"].is_null());
    }
    assert_eq!(
        described(&mut client, 2, &topic, "segment.ms"),
        ("604800000".into(), 5)
    );
    let absent = alter(
        &mut client,
        1,
        2,
        "no-such-topic",
        list![change("retention.ms", SET, "1")],
    );
    assert_eq!(absent["error_code"], UNKNOWN_TOPIC_OR_PARTITION);
    for version in versions("IncrementalAlterConfigs") {
        let wrong = list![change("retention.ms", SET, "1")];
        let answer = alter(&mut client, version, 2, "bad name", wrong);
        assert_eq!(answer["error_code"], INVALID_TOPIC_EXCEPTION, "v{version}");
    }
    let kind = alter(&mut client, 1, 77, "x", list![change("retention.ms", SET, "1")]);
    assert_eq!(kind["error_code"], INVALID_REQUEST, "{kind:?}");
}

#[test]
fn validate_only_changes_nothing() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let changes = list![change("retention.ms", SET, "9")];
    let answer = configs::alter(&mut client, 1, (configs::TOPIC, &topic), changes, true);
    assert_eq!(answer["error_code"], NONE);
    assert_eq!(described(&mut client, 2, &topic, "retention.ms").0, "604800000");
}

#[test]
fn a_changed_limit_counts_at_once() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let batch = || Batch::of(&[&"x".repeat(5000)]).bytes();
    assert_eq!(try_produce(&mut client, &topic, 0, batch())["error_code"], NONE);
    alter_topic(&mut client, &topic, &[("max.message.bytes", "1000")]);
    expect(&mut client, &topic, "max.message.bytes", "1000");
    eventually("the new limit", || {
        try_produce(&mut client, &topic, 0, batch())["error_code"] == MESSAGE_TOO_LARGE
    });
}

#[test]
fn broker_configs_change_for_one_and_for_all() {
    let broker = Broker::start();
    let mut client = broker.client();
    let node = configs::node(&mut client);
    let refused = alter(&mut client, 1, 4, &node, list![change("node.id", SET, "7")]);
    assert_eq!(refused["error_code"], INVALID_REQUEST, "read only: {refused:?}");
    let key = "log.cleaner.backoff.ms";
    let set = alter(&mut client, 1, 4, "", list![change(key, SET, "16001")]);
    assert_eq!(set["error_code"], NONE, "{set:?}");
    eventually("the cluster's default", || {
        described(&mut client, 4, &node, key) == ("16001".into(), 3)
    });
    alter(&mut client, 1, 4, &node, list![change(key, SET, "16002")]);
    eventually("its own", || {
        described(&mut client, 4, &node, key) == ("16002".into(), 2)
    });
    alter(&mut client, 1, 4, &node, list![change(key, DELETE, Value::Null)]);
    alter(&mut client, 1, 4, "", list![change(key, DELETE, Value::Null)]);
    eventually("the default", || {
        described(&mut client, 4, &node, key) == ("15000".into(), 5)
    });
}

#[test]
fn changes_survive_a_crash() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[("retention.ms", "1000")]);
    alter_topic(
        &mut client,
        "t",
        &[("retention.ms", "2000"), ("max.message.bytes", "3000")],
    );
    broker.crash();
    let mut client = broker.client();
    assert_eq!(described(&mut client, 2, "t", "retention.ms"), ("2000".into(), 1));
    assert_eq!(
        described(&mut client, 2, "t", "max.message.bytes"),
        ("3000".into(), 1)
    );
}
