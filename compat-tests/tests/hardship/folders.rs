//! A data folder that goes away under a running broker takes its own partitions along and nothing else.

use std::fs;
use std::time::Duration;

use compat_tests::batch::Batch;
use compat_tests::errors::{KAFKA_STORAGE_ERROR, NONE};
use compat_tests::log_dirs::{TwoFolders, describe, folder, place};
use compat_tests::ops::{create_topic, fetch_values, produce_values, try_produce};
use compat_tests::rdkafka::{consumer, poll_until, produce_texts, producer, read_texts};
use compat_tests::wire::Client;
use compat_tests::{DEADLINE, eventually};
use rdkafka::Message;
use rdkafka::consumer::Consumer;
use rdkafka::producer::{BaseRecord, Producer};

/// Writes into partition 1 until it is refused; what was acknowledged comes back.
fn write_until_refused(client: &mut Client) -> Vec<String> {
    let mut acknowledged = Vec::new();
    loop {
        let text = format!("{} {}", acknowledged.len(), "x".repeat(50_000));
        let answer = try_produce(client, "t", 1, Batch::of(&[&text]).bytes());
        if answer["error_code"] != NONE {
            assert_eq!(answer["error_code"], KAFKA_STORAGE_ERROR, "{answer:?}");
            return acknowledged;
        }
        acknowledged.push(text);
        assert!(acknowledged.len() < 100, "the next segment needs the folder");
    }
}

#[test]
fn a_folder_that_went_away_is_not_made_again_by_a_first_record() {
    // Renamed away, and as behind an unmounted disk with an empty mount point in its place.
    for mount_point in [false, true] {
        let folders = TwoFolders::new();
        let Some(broker) = folders.options().start() else {
            return;
        };
        let mut client = broker.client();
        create_topic(&mut client, "t", 2, &[]);
        assert_eq!(place(&mut client, "t", 1), (folders.b(), None));
        let away = folders.b().with_extension("away");
        fs::rename(folders.b(), &away).unwrap();
        if mount_point {
            fs::create_dir(folders.b()).unwrap();
        }
        let answer = try_produce(&mut client, "t", 1, Batch::of(&["first"]).bytes());
        assert_eq!(answer["error_code"], KAFKA_STORAGE_ERROR, "{answer:?}");
        let made = fs::read_dir(folders.b()).map_or(0, |entries| entries.count());
        assert_eq!((folders.b().exists(), made), (mount_point, 0));
        eventually("the folder that went away is told", || {
            folder(&describe(&mut client), &folders.b())["error_code"] == KAFKA_STORAGE_ERROR
        });
        produce_values(&mut client, "t", 0, &["the other folder serves"]);
    }
}

fn texts(from: usize) -> Vec<String> {
    (from..from + 100).map(|number| number.to_string()).collect()
}

#[test]
fn a_folder_that_goes_away_takes_only_its_partitions() {
    let folders = TwoFolders::new();
    let Some(mut broker) = folders.options().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 2, &[("segment.bytes", "1048576")]);
    let settings = [("enable.idempotence", "true"), ("message.timeout.ms", "60000")];
    let producer = producer(&broker.bootstrap(), &settings);
    let reader = consumer(&broker.bootstrap(), "g", &[]);
    reader.subscribe(&["t"]).unwrap();
    produce_texts(&producer, "t", 0, &texts(0));
    assert_eq!(read_texts(&reader, 100).len(), 100);

    produce_values(&mut client, "t", 1, &["first"]);
    let away = folders.b().with_extension("away");
    fs::rename(folders.b(), &away).unwrap();
    let acknowledged = write_until_refused(&mut client);
    eventually("the failed folder is told", || {
        let answer = describe(&mut client);
        let sound = folder(&answer, &folders.a());
        assert_eq!(sound["error_code"], NONE);
        folder(&answer, &folders.b())["error_code"] == KAFKA_STORAGE_ERROR
    });
    let metadata = producer.client().fetch_metadata(Some("t"), DEADLINE).unwrap();
    let leaders: Vec<i32> = metadata.topics()[0]
        .partitions()
        .iter()
        .map(|p| p.leader())
        .collect();
    assert_eq!(leaders, [1, -1]);

    // The same clients go on with the other partition.
    produce_texts(&producer, "t", 0, &texts(100));
    let mut seen = Vec::new();
    poll_until(&reader, |message| {
        if message.partition() == 0 {
            seen.push(String::from_utf8_lossy(message.payload().unwrap()).into_owned());
        }
        seen.len() == 100
    });
    assert_eq!(seen, texts(100));
    create_topic(&mut client, "u", 2, &[]);
    assert!((0..2).all(|p| place(&mut client, "u", p) == (folders.a(), None)));
    // What librdkafka holds for the lost partition waits until it is back.
    producer
        .send(BaseRecord::<(), str>::to("t").partition(1).payload("patient"))
        .unwrap();
    producer.poll(Duration::ZERO);

    broker.end(true);
    fs::rename(&away, folders.b()).unwrap();
    broker.start_again();
    producer
        .flush(DEADLINE)
        .expect("the patient record is acknowledged");
    let mut client = broker.client();
    produce_values(&mut client, "t", 1, &["last"]);
    let mut wanted = vec!["first".to_owned()];
    wanted.extend(acknowledged);
    wanted.extend(["patient".into(), "last".into()]);
    assert!(
        fetch_values(&mut client, "t", 1) == wanted,
        "all that was acknowledged, once"
    );
    assert_eq!(fetch_values(&mut client, "t", 0).len(), 200);
}
