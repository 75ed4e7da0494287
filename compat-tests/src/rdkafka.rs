//! Thin builders of librdkafka clients.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ::rdkafka::client::DefaultClientContext;
use ::rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use ::rdkafka::consumer::{BaseConsumer, Consumer};
use ::rdkafka::message::{BorrowedMessage, Message};
use ::rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::DEADLINE;

/// A configuration for the broker at `bootstrap`.
pub fn config(bootstrap: &str, settings: &[(&str, &str)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", bootstrap)
        .set_log_level(RDKafkaLogLevel::Warning);
    config
        .set("broker.address.family", "v4")
        .set("reconnect.backoff.ms", "10")
        .set("reconnect.backoff.max.ms", "50");
    for &(key, value) in settings {
        config.set(key, value);
    }
    config
}

/// A producer with these settings.
pub fn producer(bootstrap: &str, settings: &[(&str, &str)]) -> BaseProducer {
    config(bootstrap, settings)
        .create()
        .expect("settings of librdkafka")
}

/// An admin client.
pub fn admin(bootstrap: &str) -> ::rdkafka::admin::AdminClient<DefaultClientContext> {
    config(bootstrap, &[]).create().expect("settings of librdkafka")
}

/// A consumer that reads from the start and commits only when told.
pub fn consumer(bootstrap: &str, group: &str, settings: &[(&str, &str)]) -> BaseConsumer {
    let mut config = config(bootstrap, settings_of_consumer());
    config.set("group.id", group);
    for &(key, value) in settings {
        config.set(key, value);
    }
    config.create().expect("settings of librdkafka")
}

fn settings_of_consumer() -> &'static [(&'static str, &'static str)] {
    &[
        ("auto.offset.reset", "earliest"),
        ("enable.auto.commit", "false"),
        ("session.timeout.ms", "6000"),
        ("heartbeat.interval.ms", "200"),
        ("topic.metadata.refresh.interval.ms", "500"),
        ("fetch.wait.max.ms", "100"),
    ]
}

/// Hands a record to librdkafka and waits while its queue is full.
#[track_caller]
pub fn send(producer: &BaseProducer, record: BaseRecord<'_, [u8], [u8]>) {
    use ::rdkafka::error::{KafkaError, RDKafkaErrorCode};
    let mut record = record;
    loop {
        match producer.send(record) {
            Ok(()) => return,
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                producer.poll(Duration::from_millis(10));
                record = back;
            }
            Err((error, _)) => panic!("librdkafka takes no record: {error}"),
        }
    }
}

/// Produces texts to one partition and waits for their acknowledgement.
#[track_caller]
pub fn produce_texts(producer: &BaseProducer, topic: &str, partition: i32, texts: &[String]) {
    for text in texts {
        send(
            producer,
            BaseRecord::to(topic)
                .partition(partition)
                .key(&[][..])
                .payload(text.as_bytes()),
        );
    }
    producer.flush(DEADLINE).expect("all acknowledged");
}

/// Polls until `enough` says so, which is told each message.
#[track_caller]
pub fn poll_until(consumer: &BaseConsumer, mut enough: impl FnMut(&BorrowedMessage<'_>) -> bool) {
    let deadline = Instant::now() + DEADLINE;
    loop {
        assert!(
            Instant::now() < deadline,
            "the consumer waits for records that do not come"
        );
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) if enough(&message) => return,
            Some(Err(error)) if error.rdkafka_error_code().is_none_or(is_fatal) => {
                panic!("consumer: {error}")
            }
            _ => {}
        }
    }
}

/// Errors that librdkafka does not mend by itself while a broker restarts.
fn is_fatal(code: ::rdkafka::error::RDKafkaErrorCode) -> bool {
    use ::rdkafka::error::RDKafkaErrorCode as Code;
    !matches!(
        code,
        Code::AllBrokersDown
            | Code::BrokerTransportFailure
            | Code::UnknownTopicOrPartition
            | Code::OperationTimedOut
            | Code::Resolve
    )
}

/// Reads `count` texts by the group's assignment, in arrival order, with partition and offset.
#[track_caller]
pub fn read_texts(consumer: &BaseConsumer, count: usize) -> Vec<(i32, i64, String)> {
    let mut texts = Vec::new();
    if count > 0 {
        poll_until(consumer, |message| {
            let text = String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned();
            texts.push((message.partition(), message.offset(), text));
            texts.len() == count
        });
    }
    texts
}

/// Polls several members until every one holds a share and together they hold `partitions` partitions, each once.
/// What each holds comes back; messages that arrive meanwhile go to `seen`.
#[track_caller]
pub fn settle(
    members: &[&BaseConsumer],
    partitions: usize,
    mut seen: impl FnMut(&BaseConsumer, &BorrowedMessage<'_>),
) -> Vec<Vec<i32>> {
    crate::eventually_some("a balanced group", || {
        let mut held = Vec::new();
        let mut owners: BTreeMap<(String, i32), usize> = BTreeMap::new();
        for member in members {
            if let Some(Ok(message)) = member.poll(Duration::from_millis(20)) {
                seen(member, &message);
            }
            let assignment = member.assignment().expect("a local question");
            let elements = assignment.elements();
            held.push(elements.iter().map(|e| e.partition()).collect::<Vec<_>>());
            for element in elements {
                *owners
                    .entry((element.topic().to_owned(), element.partition()))
                    .or_default() += 1;
            }
        }
        let each_once = owners.len() == partitions && owners.values().all(|&n| n == 1);
        let fair = held.iter().all(|share| !share.is_empty()) || members.len() > partitions;
        (each_once && fair).then_some(held)
    })
}
