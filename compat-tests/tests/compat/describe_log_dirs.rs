use std::fs;

use compat_tests::batch::Batch;
use compat_tests::errors::{
    INVALID_REPLICATION_FACTOR, INVALID_REQUEST, KAFKA_STORAGE_ERROR, NONE, UNKNOWN_TOPIC_OR_PARTITION,
};
use compat_tests::log_dirs::{TwoFolders, cordon, describe, folder, place, rows};
use compat_tests::ops::{
    broker_and_topic, create_topic, fetch_values, metadata, produce_values, try_produce,
};
use compat_tests::server::Options;
use compat_tests::wire::{Client, Value, range, versions};
use compat_tests::{list, obj};

#[test]
fn every_version_tells_sizes() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    produce_values(&mut client, &topic, 0, &["a", "b"]);
    for version in versions("DescribeLogDirs") {
        let answer = client.call("DescribeLogDirs", version, obj! { topics: Value::Null });
        assert_eq!(answer.get("error_code").is_some(), version >= 3, "v{version}");
        let results = answer["results"].list();
        assert!(results.iter().all(|folder| folder["error_code"] == NONE));
        let found = rows(&answer, &topic, 0);
        assert_eq!(found.len(), 1, "v{version}: {answer:?}");
        assert!(found[0].1["partition_size"].int() > 60, "{found:?}");
        assert_eq!(found[0].1["offset_lag"], 0);
        assert!(!found[0].1["is_future_key"].bool());
        assert_eq!(rows(&answer, &topic, 1)[0].1["partition_size"], 0);
        if version >= 4 {
            let (total, usable) = (results[0]["total_bytes"].int(), results[0]["usable_bytes"].int());
            assert!(0 < usable && usable <= total, "v{version}: {usable} of {total}");
        }
        if version >= 5 {
            assert!(!results[0]["is_cordoned"].bool());
        }
    }
}

#[test]
fn only_what_was_asked_for() {
    let (_broker, mut client, topic) = broker_and_topic(3);
    let asked = list![
        obj! { topic: topic.as_str(), partitions: list![1, 7] },
        obj! { topic: "no-such-topic", partitions: list![0] },
    ];
    for topics in [asked, list![]] {
        let wanted = topics.list().len().min(1);
        let answer = client.call(
            "DescribeLogDirs",
            range("DescribeLogDirs").max,
            obj! { topics: topics },
        );
        assert_eq!(answer["error_code"], NONE);
        let told: Vec<i64> = answer["results"]
            .list()
            .iter()
            .flat_map(|folder| folder["topics"].list())
            .flat_map(|topic| topic["partitions"].list())
            .map(|row| row["partition_index"].int())
            .collect();
        assert_eq!(told, vec![1; wanted], "{answer:?}");
    }
}

#[test]
fn memory_is_one_folder_without_a_volume() {
    let Some(broker) = Options::new().memory().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 2, &[]);
    produce_values(&mut client, "t", 1, &["a"]);
    let answer = describe(&mut client);
    let folders = answer["results"].list();
    assert_eq!(folders.len(), 1, "clients take no folder at all for a refusal");
    assert_eq!(folders[0]["error_code"], NONE);
    assert_eq!(folders[0]["log_dir"], "memory");
    assert_eq!(
        (folders[0]["total_bytes"].int(), folders[0]["usable_bytes"].int()),
        (-1, -1)
    );
    assert_eq!(rows(&answer, "t", 0)[0].1["partition_size"], 0);
    assert!(rows(&answer, "t", 1)[0].1["partition_size"].int() > 60);
}

#[test]
fn partitions_go_where_the_fewest_are() {
    let folders = TwoFolders::new();
    let Some(mut broker) = folders.options().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 3, &[]);
    create_topic(&mut client, "u", 1, &[]);
    let wanted = [
        ("t", 0, folders.a()),
        ("t", 1, folders.b()),
        ("t", 2, folders.a()),
        ("u", 0, folders.b()),
    ];
    for (topic, partition, path) in &wanted {
        produce_values(&mut client, topic, *partition, &["v"]);
        assert_eq!(place(&mut client, topic, *partition), (path.clone(), None));
        assert!(path.join(format!("{topic}-{partition}")).is_dir());
    }
    broker.crash();
    let mut client = broker.client();
    for (topic, partition, path) in &wanted {
        assert_eq!(place(&mut client, topic, *partition), (path.clone(), None));
        assert_eq!(fetch_values(&mut client, topic, *partition), ["v"]);
    }
}

#[test]
fn a_folder_that_is_unusable_at_the_start_takes_only_its_partitions() {
    let folders = TwoFolders::new();
    let Some(mut broker) = folders.options().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 2, &[]);
    produce_values(&mut client, "t", 0, &["a"]);
    produce_values(&mut client, "t", 1, &["b"]);
    broker.end(true);
    let away = folders.b().with_extension("away");
    fs::rename(folders.b(), &away).unwrap();
    fs::write(folders.b(), "a file in the way").unwrap();
    broker.start_again();
    let mut client = broker.client();
    let answer = describe(&mut client);
    let failed = folder(&answer, &folders.b());
    assert_eq!(failed["error_code"], KAFKA_STORAGE_ERROR);
    assert!(failed["topics"].list().is_empty());
    assert_eq!(folder(&answer, &folders.a())["error_code"], NONE);
    produce_values(&mut client, "t", 0, &["a2"]);
    let refused = try_produce(&mut client, "t", 1, Batch::of(&["b2"]).bytes());
    assert_eq!(refused["error_code"], KAFKA_STORAGE_ERROR);
    create_topic(&mut client, "u", 2, &[]);
    assert!((0..2).all(|p| place(&mut client, "u", p) == (folders.a(), None)));

    broker.end(true);
    fs::remove_file(folders.b()).unwrap();
    fs::rename(&away, folders.b()).unwrap();
    broker.start_again();
    let mut client = broker.client();
    produce_values(&mut client, "t", 1, &["b3"]);
    assert_eq!(fetch_values(&mut client, "t", 0), ["a", "a2"]);
    assert_eq!(fetch_values(&mut client, "t", 1), ["b", "b3"]);
}

/// Error code and text of a new topic; replicas by hand if `manual`.
fn new_topic(client: &mut Client, name: &str, manual: bool) -> (i64, String) {
    let assigned = list![obj! { partition_index: 0, broker_ids: list![1] }];
    let (count, assignments) = if manual { (-1, assigned) } else { (1, list![]) };
    let topic = obj! {
        name: name, num_partitions: count, replication_factor: count, assignments: assignments, configs: list![]
    };
    let answer = client.call(
        "CreateTopics",
        7,
        obj! { topics: list![topic], timeout_ms: 30_000 },
    );
    let answer = &answer["topics"][0];
    let text = if answer["error_message"].is_null() {
        ""
    } else {
        answer["error_message"].str()
    };
    (answer["error_code"].int(), text.to_owned())
}

#[test]
fn cordoned_folders_get_no_new_partitions() {
    let folders = TwoFolders::new();
    let Some(mut broker) = folders.options().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    assert_eq!(
        cordon(&mut client, &folders.a().display().to_string()),
        (0, String::new())
    );
    let answer = describe(&mut client);
    assert!(folder(&answer, &folders.a())["is_cordoned"].bool());
    assert!(!folder(&answer, &folders.b())["is_cordoned"].bool());
    create_topic(&mut client, "u", 3, &[]);
    assert!((0..3).all(|p| place(&mut client, "u", p) == (folders.b(), None)));
    produce_values(&mut client, "t", 0, &["its partitions go on"]);

    broker.crash();
    let mut client = broker.client();
    assert!(
        folder(&describe(&mut client), &folders.a())["is_cordoned"].bool(),
        "it is kept"
    );
    assert_eq!(cordon(&mut client, "*").0, 0);
    let all = "All brokers are currently fenced, or have all their log directories cordoned.";
    let (code, text) = new_topic(&mut client, "v", false);
    let wanted = format!("Unable to replicate the partition 1 time(s): {all}");
    assert_eq!(
        (code, text.as_str()),
        (INVALID_REPLICATION_FACTOR.into(), wanted.as_str())
    );
    assert_eq!(
        metadata(&mut client, "v")["error_code"],
        UNKNOWN_TOPIC_OR_PARTITION
    );
    let more = obj! { name: "t", count: 3, assignments: Value::Null };
    let grown = client.call(
        "CreatePartitions",
        3,
        obj! { topics: list![more], timeout_ms: 30_000 },
    );
    let grown = &grown["results"][0];
    let told = (grown["error_code"].int(), grown["error_message"].str());
    assert_eq!(told, (INVALID_REPLICATION_FACTOR.into(), all));
    assert_eq!(new_topic(&mut client, "by-hand", true).0, 0, "Kafka accepts it");
    produce_values(&mut client, "by-hand", 0, &["v"]);

    assert_eq!(cordon(&mut client, "").0, 0);
    create_topic(&mut client, "w", 1, &[]);
}

#[test]
fn only_own_folders_can_be_cordoned() {
    let folders = TwoFolders::new();
    let Some(broker) = folders.options().start() else {
        return;
    };
    let mut client = broker.client();
    let (a, missing) = (
        folders.a(),
        "All entries in cordoned.log.dirs must be present in log.dirs or log.dir.",
    );
    let both = format!("/nope,{}", a.display());
    let other_name = format!("{}/../a", a.display());
    for (value, text) in [
        ("/nope", format!("{missing} Missing entries : /nope")),
        (&both, format!("{missing} Missing entries : /nope")),
        (&other_name, format!("{missing} Missing entries : {other_name}")),
        (
            "*,/nope",
            "When cordoned.log.dirs is set to *, it must not contain other values".to_owned(),
        ),
    ] {
        let wanted = (i64::from(INVALID_REQUEST), format!("requirement failed: {text}"));
        assert_eq!(cordon(&mut client, value), wanted, "{value}");
    }
    assert!(!folder(&describe(&mut client), &a)["is_cordoned"].bool());
}
