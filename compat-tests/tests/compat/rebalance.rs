//! Members come and go while records flow: none is lost, and a cooperative group reads on.

use std::collections::BTreeMap;

use compat_tests::ops::broker_and_topic;
use compat_tests::rdkafka::{consumer, producer, send, settle};
use compat_tests::unique;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

const PARTITIONS: usize = 6;

/// Writes ten numbered records to each partition.
fn write(writer: &BaseProducer, topic: &str, round: usize) {
    for n in round * 10..(round + 1) * 10 {
        for partition in 0..PARTITIONS {
            let payload = n.to_string();
            let record = BaseRecord::<[u8], [u8]>::to(topic).partition(partition as i32);
            send(writer, record.payload(payload.as_bytes()));
        }
    }
    writer.flush(compat_tests::DEADLINE).unwrap();
}

#[test]
fn nothing_is_lost_while_members_come_and_go() {
    for assignor in ["range", "roundrobin", "cooperative-sticky"] {
        let (broker, _client, topic) = broker_and_topic(PARTITIONS as i32);
        let group = unique("g");
        let writer = producer(&broker.bootstrap(), &[]);
        let join = || {
            let settings = [
                ("partition.assignment.strategy", assignor),
                ("enable.auto.offset.store", "false"),
                ("enable.auto.commit", "true"),
            ];
            let member = consumer(&broker.bootstrap(), &group, &settings);
            member.subscribe(&[&topic]).unwrap();
            member
        };
        let mut seen: BTreeMap<(i32, i64), usize> = BTreeMap::new();
        // What a member was handed but did not note is read again by the next owner.
        let mut count = |member: &BaseConsumer, message: &BorrowedMessage<'_>| {
            let _ = member.store_offset_from_message(message);
            *seen.entry((message.partition(), message.offset())).or_default() += 1;
        };
        let mut members = vec![join()];
        for (round, size) in [1, 2, 3, 2, 4, 1].into_iter().enumerate() {
            while members.len() < size {
                members.push(join());
            }
            members.truncate(size);
            write(&writer, &topic, round);
            settle(&members.iter().collect::<Vec<_>>(), PARTITIONS, &mut count);
        }
        compat_tests::eventually("all records are read", || {
            for member in &members {
                if let Some(Ok(message)) = member.poll(std::time::Duration::from_millis(20)) {
                    *seen.entry((message.partition(), message.offset())).or_default() += 1;
                }
            }
            seen.len() == 60 * PARTITIONS
        });
    }
}
