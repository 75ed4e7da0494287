//! Dynamic broker configs of the cluster and of one broker: judged together, as Apache Kafka 4.3.1 does.

use compat_tests::configs::{BROKER, DELETE, SET, alter, change, describe, described, node, outcome, set};
use compat_tests::errors::{INVALID_CONFIG, INVALID_REQUEST, NONE};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Client, Value};
use compat_tests::{eventually, list, obj};

fn try_set(client: &mut Client, resource: &str, name: &str, value: &str) -> (i64, Option<String>) {
    let answer = alter(
        client,
        1,
        (BROKER, resource),
        list![change(name, SET, value)],
        false,
    );
    outcome(&answer)
}

fn unset(client: &mut Client, resource: &str, names: &[&str]) {
    let changes: Vec<Value> = names
        .iter()
        .map(|name| change(name, DELETE, Value::Null))
        .collect();
    let answer = alter(client, 1, (BROKER, resource), changes, false);
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
}

/// Kafka's brokers follow its controller.
#[track_caller]
fn expect(client: &mut Client, node: &str, name: &str, value: &str) {
    eventually(&format!("{name} = {value}"), || {
        described(client, (BROKER, node), name).0 == value
    });
}

#[test]
fn a_pool_that_grew_for_all_holds_up_no_change_of_one() {
    let broker = Broker::start();
    let mut client = broker.client();
    let node = node(&mut client);
    for threads in ["16", "32"] {
        set(&mut client, (BROKER, ""), &[("num.io.threads", threads)]);
        expect(&mut client, &node, "num.io.threads", threads);
    }
    set(&mut client, (BROKER, &node), &[("log.retention.ms", "86400000")]);
    let (code, text) = try_set(&mut client, &node, "num.io.threads", "8");
    assert_eq!(code, i64::from(INVALID_REQUEST));
    let part = "num.io.threads=8, value should be at least half the current value 32";
    assert!(text.as_ref().is_some_and(|text| text.contains(part)), "{text:?}");
    unset(&mut client, &node, &["log.retention.ms"]);
    set(&mut client, (BROKER, ""), &[("num.io.threads", "16")]);
    expect(&mut client, &node, "num.io.threads", "16");
    unset(&mut client, "", &["num.io.threads"]);
}

#[test]
fn what_needs_a_config_of_the_other_level_is_allowed_with_it() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let node = node(&mut client);
    let (limit, overrides) = ("max.connections.per.ip", "max.connections.per.ip.overrides");
    let text = "requirement failed: max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides \
                property is set.";
    let refused = (i64::from(INVALID_REQUEST), Some(text.to_owned()));
    assert_eq!(try_set(&mut client, &node, limit, "0"), refused);
    set(&mut client, (BROKER, ""), &[(overrides, "127.0.0.1:200")]);
    let allowed = alter(
        &mut client,
        1,
        (BROKER, &node),
        list![change(limit, SET, "0")],
        true,
    );
    assert_eq!(allowed["error_code"], NONE, "{allowed:?}");
}

#[test]
fn values_that_contradict_each_other_take_no_others_along() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let node = node(&mut client);
    let (max, min) = (
        "log.cleaner.max.compaction.lag.ms",
        "log.cleaner.min.compaction.lag.ms",
    );
    set(
        &mut client,
        (BROKER, ""),
        &[(max, "1000"), ("message.max.bytes", "2000000")],
    );
    set(&mut client, (BROKER, &node), &[(min, "5000")]);
    for again in [false, true] {
        if again {
            broker.stop();
            broker.start_again();
            client = broker.client();
        }
        for (name, value) in [(max, "1000"), (min, "5000"), ("message.max.bytes", "2000000")] {
            assert_eq!(
                described(&mut client, (BROKER, &node), name).0,
                value,
                "{name}, {again}"
            );
        }
    }
}

#[test]
fn folders_are_cordoned_from_the_level_on_that_knows_it() {
    let Some(broker) = Options::new()
        .set("ottla.features", "metadata.version=29")
        .start()
    else {
        return;
    };
    let mut client = broker.client();
    let node = node(&mut client);
    let name = "cordoned.log.dirs";
    let text = "The cordoned.log.dirs configuration value cannot be set because it requires metadata.version >= 4.3-IV0";
    let refused = (i64::from(INVALID_CONFIG), Some(text.to_owned()));
    for value in ["*", ""] {
        assert_eq!(try_set(&mut client, &node, name, value), refused);
    }
    let delete = list![change(name, DELETE, Value::Null)];
    assert_eq!(
        outcome(&alter(&mut client, 1, (BROKER, &node), delete, false)),
        refused
    );
    let (code, text) = try_set(&mut client, &node, name, "/nope");
    assert_eq!(
        code,
        i64::from(INVALID_REQUEST),
        "values are looked at first: {text:?}"
    );
    let told = describe(&mut client, (BROKER, &node), list![name]);
    assert_eq!(told["configs"].find("name", name)["value"], "");
}

const LISTENER_LIMIT: &str = "listener.name.plaintext.max.connections";

fn ask(client: &mut Client) {
    client.call("ApiVersions", 0, obj! {});
}

#[test]
fn a_full_listener_lets_nobody_in_until_a_place_is_free() {
    let Some(broker) = Options::new().set(LISTENER_LIMIT, 2).start() else {
        return;
    };
    let (mut first, mut second) = (broker.client(), broker.client());
    ask(&mut first);
    ask(&mut second);
    let mut third = broker.client();
    third.send("ApiVersions", 0, obj! {});
    broker.wait_for_log("a connection has to wait: max.connections = 2");
    drop(first);
    assert_eq!(third.recv("ApiVersions", 0).1["error_code"], NONE);
    let mut fourth = broker.client();
    fourth.send("ApiVersions", 0, obj! {});
    set(&mut second, (BROKER, ""), &[(LISTENER_LIMIT, "3")]);
    assert_eq!(fourth.recv("ApiVersions", 0).1["error_code"], NONE);
}

#[test]
fn a_lower_limit_closes_who_was_silent_longest() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut clients: Vec<Client> = (0..3).map(|_| broker.client()).collect();
    clients.iter_mut().for_each(ask);
    let mut last = clients.pop().unwrap();
    set(&mut last, (BROKER, ""), &[("max.connections", "1")]);
    clients.iter_mut().for_each(Client::expect_closed);
    set(&mut last, (BROKER, ""), &[("max.connections", "2")]);
    ask(&mut broker.client());
}

#[test]
fn an_address_may_have_a_limit_of_its_own() {
    let Some(broker) = Options::new().set("max.connections.per.ip", 1).start() else {
        return;
    };
    let mut client = broker.client();
    ask(&mut client);
    broker.client().expect_closed();
    let own = "127.0.0.1:3,[::1]:3";
    set(
        &mut client,
        (BROKER, ""),
        &[("max.connections.per.ip.overrides", own)],
    );
    let mut others = [broker.client(), broker.client()];
    others.iter_mut().for_each(ask);
    broker.client().expect_closed();
}

#[test]
fn what_does_nothing_on_a_listener_is_named_in_the_log() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let node = node(&mut client);
    let store = "listener.name.plaintext.ssl.keystore.location";
    set(
        &mut client,
        (BROKER, &node),
        &[(LISTENER_LIMIT, "50"), (store, "/tmp/a.jks")],
    );
    broker.wait_for_log(store);
    let log = broker.log();
    assert!(
        log.contains("not acted upon in this release") && !log.contains(LISTENER_LIMIT),
        "{log}"
    );
}
