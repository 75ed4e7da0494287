use compat_tests::errors::{
    FENCED_MEMBER_EPOCH, INVALID_REGULAR_EXPRESSION, INVALID_REQUEST, NONE, UNKNOWN_MEMBER_ID,
    UNRELEASED_INSTANCE_ID, UNSUPPORTED_ASSIGNOR,
};
use compat_tests::eventually;
use compat_tests::groups::await_coordinator;
use compat_tests::ops::{broker_and_topic, topic_id};
use compat_tests::rdkafka::{config, producer};
use compat_tests::server::Broker;
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj, unique};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, Producer};
use std::time::Duration;

fn join(group: &str, member: &str, topic: &str) -> Value {
    obj! {
        group_id: group, member_id: member, member_epoch: 0, rebalance_timeout_ms: 45_000,
        subscribed_topic_names: list![topic], topic_partitions: list![],
    }
}

fn code(client: &mut Client, request: Value) -> i16 {
    client.call("ConsumerGroupHeartbeat", 1, request)["error_code"].int() as i16
}

#[test]
fn every_version_joins_lives_and_leaves() {
    let (_broker, mut client, topic) = broker_and_topic(3);
    let id = topic_id(&mut client, &topic);
    for version in versions("ConsumerGroupHeartbeat") {
        let group = unique("g");
        await_coordinator(&mut client, &group);
        let joined = client.call("ConsumerGroupHeartbeat", version, join(&group, "m", &topic));
        assert_eq!(joined["error_code"], NONE, "v{version}");
        assert_eq!(joined["member_id"], "m");
        let epoch = joined["member_epoch"].int();
        let row = &joined["assignment"]["topic_partitions"][0];
        assert_eq!(row["topic_id"].uuid(), id);
        assert_eq!(row["partitions"].list().len(), 3);
        let beat = obj! { group_id: &group, member_id: "m", member_epoch: epoch };
        let lives = client.call("ConsumerGroupHeartbeat", version, beat);
        assert_eq!(lives["error_code"], NONE, "v{version}");
        assert!(lives["assignment"].is_null(), "nothing new");
        let leave = obj! { group_id: &group, member_id: "m", member_epoch: -1 };
        let left = client.call("ConsumerGroupHeartbeat", version, leave);
        assert_eq!((left["error_code"].int(), left["member_epoch"].int()), (0, -1));
    }
}

#[test]
fn refusals_are_kafkas() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let group = unique("g");
    await_coordinator(&mut client, &group);
    assert_eq!(code(&mut client, join(&group, "m", &topic)), NONE);
    let beat = |member: &str, epoch: i32| obj! { group_id: &group, member_id: member, member_epoch: epoch };
    assert_eq!(code(&mut client, beat("m", 99)), FENCED_MEMBER_EPOCH);
    assert_eq!(code(&mut client, beat("other", 1)), UNKNOWN_MEMBER_ID);
    assert_eq!(code(&mut client, beat("", 1)), INVALID_REQUEST);
    assert_eq!(code(&mut client, beat("m", 0)), INVALID_REQUEST);
    assert_eq!(code(&mut client, beat("m", -3)), INVALID_REQUEST);
    let first = |more: Value| {
        let mut fields = join(&group, "n", &topic);
        if let (Value::Struct(fields), Value::Struct(more)) = (&mut fields, more) {
            fields.extend(more);
        }
        fields
    };
    let bad = first(obj! { server_assignor: "nonsense" });
    assert_eq!(code(&mut client, bad), UNSUPPORTED_ASSIGNOR);
    let bad = first(obj! { subscribed_topic_regex: "[" });
    assert_eq!(code(&mut client, bad), INVALID_REGULAR_EXPRESSION);
    let holder = first(obj! { instance_id: "i" });
    assert_eq!(code(&mut client, holder.clone()), NONE);
    let mut second = holder;
    if let Value::Struct(fields) = &mut second {
        fields.retain(|(name, _)| name != "member_id");
        fields.push(("member_id".to_owned(), "p".into()));
    }
    assert_eq!(code(&mut client, second), UNRELEASED_INSTANCE_ID);
}

fn consumer(broker: &Broker, group: &str, topic: &str) -> BaseConsumer {
    let settings = [
        ("group.protocol", "consumer"),
        ("group.id", group),
        ("auto.offset.reset", "earliest"),
    ];
    let consumer: BaseConsumer = config(&broker.bootstrap(), &settings).create().unwrap();
    consumer.subscribe(&[topic]).unwrap();
    consumer
}

/// librdkafka on the newer protocol shares a topic out, and takes over what a member leaves behind.
#[test]
fn librdkafka_consumes_shares_and_takes_over() {
    let (broker, _client, topic) = broker_and_topic(4);
    let group = unique("g");
    let producer = producer(&broker.bootstrap(), &[]);
    for n in 0..40 {
        let value = n.to_string();
        let record = BaseRecord::<(), str>::to(&topic).partition(n % 4).payload(&value);
        producer.send(record).unwrap();
    }
    producer.flush(Duration::from_secs(10)).unwrap();
    let one = consumer(&broker, &group, &topic);
    let mut seen = 0;
    eventually("all are consumed", || {
        if let Some(message) = one.poll(Duration::from_millis(50)) {
            seen += usize::from(message.unwrap().payload().is_some());
        }
        seen == 40
    });
    let two = consumer(&broker, &group, &topic);
    let counts = |consumers: [&BaseConsumer; 2]| {
        consumers.map(|c| {
            c.poll(Duration::from_millis(20));
            c.assignment().unwrap().count()
        })
    };
    eventually("both have two", || counts([&one, &two]) == [2, 2]);
    drop(two);
    eventually("one has all again", || {
        one.poll(Duration::from_millis(20));
        one.assignment().unwrap().count() == 4
    });
}
