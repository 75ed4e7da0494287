use std::thread;

use compat_tests::ops::{broker_and_topic, fetch_values};
use compat_tests::rdkafka::{consumer, produce_texts, producer, read_texts};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::Client;
use compat_tests::{obj, unique};
use rdkafka::consumer::Consumer;

#[test]
fn many_producers_and_consumers_at_once() {
    const WRITERS: usize = 20;
    const RECORDS: usize = 200;
    let (broker, mut client, topic) = broker_and_topic(4);
    let bootstrap = broker.bootstrap();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (bootstrap, topic) = (&bootstrap, &topic);
            scope.spawn(move || {
                let texts: Vec<String> = (0..RECORDS).map(|n| format!("{writer} {n}")).collect();
                produce_texts(&producer(bootstrap, &[]), topic, (writer % 4) as i32, &texts);
            });
        }
        for _ in 0..5 {
            let (bootstrap, topic) = (&bootstrap, &topic);
            scope.spawn(move || {
                let reader = consumer(bootstrap, &unique("g"), &[]);
                reader.subscribe(&[topic]).unwrap();
                read_texts(&reader, WRITERS * RECORDS);
            });
        }
    });
    for partition in 0..4 {
        let values = fetch_values(&mut client, &topic, partition);
        for writer in (0..WRITERS).filter(|w| *w as i32 % 4 == partition) {
            let mine: Vec<&str> = values
                .iter()
                .filter_map(|v| v.strip_prefix(&format!("{writer} ")))
                .collect();
            let wanted: Vec<String> = (0..RECORDS).map(|n| n.to_string()).collect();
            assert_eq!(mine, wanted, "each writer's records once and in order");
        }
    }
}

#[test]
fn a_thousand_raw_connections_are_all_answered() {
    let broker = Broker::start();
    let mut clients: Vec<Client> = (0..1000).map(|_| broker.client()).collect();
    for client in &mut clients {
        client.send("ApiVersions", 0, obj! {});
    }
    for client in &mut clients {
        assert_eq!(client.recv("ApiVersions", 0).1["error_code"], 0);
    }
}

#[test]
fn connections_per_address_have_a_limit() {
    let Some(broker) = Options::new().set("max.connections.per.ip", 5).start() else {
        return;
    };
    let mut clients: Vec<Client> = (0..5).map(|_| broker.client()).collect();
    for client in &mut clients {
        client.call("ApiVersions", 0, obj! {});
    }
    broker.client().expect_closed();
    clients.pop();
    compat_tests::eventually("a place is free again", || {
        let mut client = broker.client();
        client.stream().set_nodelay(true).is_ok()
            && std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                client.call("ApiVersions", 0, obj! {})
            }))
            .is_ok()
    });
}

#[test]
fn idle_connections_are_closed() {
    let Some(broker) = Options::new().set("connections.max.idle.ms", 300).start() else {
        return;
    };
    let mut client = broker.client();
    client.call("ApiVersions", 0, obj! {});
    client.expect_closed();
}
