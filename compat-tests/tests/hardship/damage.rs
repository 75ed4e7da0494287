//! Files that were torn or damaged between a stop and a start.

use std::fs;
use std::path::{Path, PathBuf};

use compat_tests::batch::{Batch, Codec, Record, now_ms};
use compat_tests::errors::{KAFKA_STORAGE_ERROR, NONE, NOT_LEADER_OR_FOLLOWER};
use compat_tests::groups::{await_coordinator, commit, committed};
use compat_tests::ops::{
    LATEST, create_topic, fetch_values, init_producer_id, list_offset, metadata, produce, produce_values,
    try_fetch, try_produce,
};
use compat_tests::server::{Broker, Options};

/// A broker with topic `t` of ten batches in partition 0, and a second topic to prove that others serve.
fn filled() -> Option<Broker> {
    let broker = Options::new().start()?;
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    create_topic(&mut client, "other", 1, &[]);
    for n in 0..10 {
        produce_values(&mut client, "t", 0, &[&format!("value {n}")]);
    }
    produce_values(&mut client, "other", 0, &["untouched"]);
    Some(broker)
}

fn values(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("value {n}")).collect()
}

/// The files of a folder with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = entries
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    paths.sort();
    paths
}

fn segment(broker: &Broker) -> PathBuf {
    broker.data().join("t-0/00000000000000000000.log")
}

#[test]
fn bytes_behind_the_last_batch_are_cut() {
    for tail in [
        &b"garbage that is no batch at all, long enough for a header and more than that"[..],
        &[0; 5000],
    ] {
        let Some(mut broker) = filled() else { return };
        broker.kill();
        let mut bytes = fs::read(segment(&broker)).unwrap();
        bytes.extend(tail);
        fs::write(segment(&broker), bytes).unwrap();
        broker.start_again();
        let mut client = broker.client();
        assert_eq!(fetch_values(&mut client, "t", 0), values(10));
        assert_eq!(produce_values(&mut client, "t", 0, &["value 10"]), 10);
        assert_eq!(fetch_values(&mut client, "t", 0), values(11));
    }
}

#[test]
fn a_torn_last_batch_is_cut_at_every_length() {
    for lost in [1, 10, 40, 70] {
        let Some(mut broker) = filled() else { return };
        broker.kill();
        let bytes = fs::read(segment(&broker)).unwrap();
        fs::write(segment(&broker), &bytes[..bytes.len() - lost]).unwrap();
        broker.start_again();
        let mut client = broker.client();
        assert_eq!(fetch_values(&mut client, "t", 0), values(9), "{lost} bytes lost");
        assert_eq!(produce_values(&mut client, "t", 0, &["value 9"]), 9);
        broker.crash();
        assert_eq!(fetch_values(&mut broker.client(), "t", 0), values(10));
    }
}

#[test]
fn damage_in_the_last_batch_cuts_it() {
    let Some(mut broker) = filled() else { return };
    broker.kill();
    let mut bytes = fs::read(segment(&broker)).unwrap();
    *bytes.last_mut().unwrap() ^= 0x40;
    fs::write(segment(&broker), bytes).unwrap();
    broker.start_again();
    assert_eq!(fetch_values(&mut broker.client(), "t", 0), values(9));
}

#[test]
fn damage_before_whole_batches_refuses_the_partition_but_not_the_broker() {
    let Some(mut broker) = filled() else { return };
    broker.kill();
    let mut bytes = fs::read(segment(&broker)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(segment(&broker), &bytes).unwrap();
    broker.start_again();
    let mut client = broker.client();
    assert_eq!(fetch_values(&mut client, "other", 0), ["untouched"]);
    let refused = [KAFKA_STORAGE_ERROR, NOT_LEADER_OR_FOLLOWER];
    let read = try_fetch(&mut client, "t", 0, 0)["error_code"].int() as i16;
    let written = try_produce(&mut client, "t", 0, Batch::of(&["x"]).bytes())["error_code"].int() as i16;
    assert!(
        refused.contains(&read) && refused.contains(&written),
        "read {read}, write {written}"
    );
    broker.wait_for_log("t-0");
    broker.stop();
    assert_eq!(
        fs::read(segment(&broker)).unwrap(),
        bytes,
        "what cannot be understood is left as it is"
    );
}

/// A file of `t` and what becomes of it: gone, empty, or with a bit flipped in its middle.
fn harm(path: &Path, how: &str) {
    let mut bytes = fs::read(path).unwrap();
    match how {
        "missing" => return fs::remove_file(path).unwrap(),
        "empty" => bytes.clear(),
        _ => {
            let middle = bytes.len() / 2;
            if let Some(byte) = bytes.get_mut(middle) {
                *byte ^= 0x10;
            }
        }
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn whatever_happens_to_a_file_of_one_partition_the_others_serve() {
    for clean in [true, false] {
        let Some(mut broker) = filled() else { return };
        broker.end(clean);
        let folder = broker.data().join("t-0");
        let whole: Vec<(PathBuf, Vec<u8>)> = files(&folder, "")
            .into_iter()
            .map(|path| (path.clone(), fs::read(&path).unwrap()))
            .collect();
        for (path, _) in &whole {
            for how in ["missing", "empty", "flipped"] {
                harm(path, how);
                broker.start_again();
                let mut client = broker.client();
                let case = format!("{} {how}, clean stop: {clean}", path.display());
                assert_eq!(fetch_values(&mut client, "other", 0), ["untouched"], "{case}");
                let code = try_fetch(&mut client, "t", 0, 0)["error_code"].int() as i16;
                let is_log = path.extension().is_some_and(|e| e == "log");
                if code != NONE {
                    let name = path.file_name().unwrap().to_str().unwrap();
                    assert!(is_log || name == "partition.metadata", "{case}: error {code}");
                    broker.wait_for_log("cannot be opened");
                    assert!(broker.log().contains(&folder.display().to_string()), "{case}");
                } else if !is_log {
                    assert_eq!(fetch_values(&mut client, "t", 0), values(10), "{case}");
                }
                broker.end(clean);
                fs::remove_dir_all(&folder).unwrap();
                fs::create_dir(&folder).unwrap();
                for (path, bytes) in &whole {
                    fs::write(path, bytes).unwrap();
                }
            }
        }
    }
}

#[test]
fn indexes_that_are_missing_or_damaged_are_rebuilt() {
    for clean in [true, false] {
        for damage in ["missing", "empty", "garbage"] {
            let Some(mut broker) = Options::new().set("log.index.interval.bytes", 100).start() else {
                return;
            };
            let mut client = broker.client();
            create_topic(&mut client, "t", 1, &[]);
            let start = now_ms() - 1_000_000;
            for n in 0..50 {
                let record = Record::of(format!("value {n}")).at(start + n * 1000);
                produce(&mut client, "t", 0, &Batch::new(Codec::None, &[record]));
            }
            broker.end(clean);
            let folder = broker.data().join("t-0");
            for path in [files(&folder, ".index"), files(&folder, ".timeindex")].concat() {
                match damage {
                    "missing" => fs::remove_file(path).unwrap(),
                    "empty" => fs::write(path, "").unwrap(),
                    _ => fs::write(path, [0x5a; 240]).unwrap(),
                }
            }
            broker.start_again();
            let mut client = broker.client();
            assert_eq!(fetch_values(&mut client, "t", 0), values(50), "{clean} {damage}");
            assert_eq!(
                list_offset(&mut client, "t", 0, start + 29_500),
                30,
                "{clean} {damage}"
            );
            let far = try_fetch(&mut client, "t", 0, 45);
            assert!(!far["records"].bytes().is_empty());
        }
    }
}

#[test]
fn checkpoints_that_are_damaged_or_missing_lose_nothing() {
    for clean in [true, false] {
        for garbage in [None, Some(&b"version one\nlines: many\n\xff\xfe"[..]), Some(b"")] {
            let Some(mut broker) = filled() else { return };
            broker.end(clean);
            let mut paths = files(&broker.data(), "-checkpoint");
            paths.extend(files(&broker.data().join("t-0"), "-checkpoint"));
            for path in paths {
                match garbage {
                    None => fs::remove_file(path).unwrap(),
                    Some(bytes) => fs::write(path, bytes).unwrap(),
                }
            }
            broker.start_again();
            let mut client = broker.client();
            assert_eq!(fetch_values(&mut client, "t", 0), values(10));
            assert_eq!(fetch_values(&mut client, "other", 0), ["untouched"]);
            assert_eq!(produce_values(&mut client, "t", 0, &["value 10"]), 10);
        }
    }
}

#[test]
fn producer_snapshots_that_are_damaged_are_rebuilt_from_the_log() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    let (id, epoch) = init_producer_id(&mut client);
    for sequence in 0..3 {
        produce(&mut client, "t", 0, &Batch::of(&["x"]).by(id, epoch, sequence));
    }
    broker.stop();
    let snapshots = files(&broker.data().join("t-0"), ".snapshot");
    for path in &snapshots {
        fs::write(path, [0x5a; 77]).unwrap();
    }
    broker.start_again();
    let mut client = broker.client();
    assert_eq!(
        produce(&mut client, "t", 0, &Batch::of(&["x"]).by(id, epoch, 2)),
        2,
        "a duplicate is known"
    );
    assert_eq!(
        produce(&mut client, "t", 0, &Batch::of(&["x"]).by(id, epoch, 3)),
        3
    );
}

#[test]
fn a_torn_metadata_log_keeps_what_was_whole() {
    let Some(mut broker) = filled() else { return };
    broker.kill();
    let folder = broker.data().join("__cluster_metadata-0");
    let log = files(&folder, ".log").pop().unwrap();
    let mut bytes = fs::read(&log).unwrap();
    bytes.extend([0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 1]);
    fs::write(&log, bytes).unwrap();
    broker.start_again();
    let mut client = broker.client();
    assert_eq!(fetch_values(&mut client, "t", 0), values(10));
    create_topic(&mut client, "new", 1, &[]);
    broker.crash();
    assert_eq!(metadata(&mut broker.client(), "new")["error_code"], NONE);
}

#[test]
fn a_damaged_metadata_log_refuses_the_start_and_deletes_nothing() {
    let Some(mut broker) = filled() else { return };
    broker.kill();
    let folder = broker.data().join("__cluster_metadata-0");
    let log = files(&folder, ".log").pop().unwrap();
    let whole = fs::read(&log).unwrap();
    let mut bytes = whole.clone();
    bytes[whole.len() / 3] ^= 0x40;
    fs::write(&log, &bytes).unwrap();
    let failed = broker
        .try_start_again()
        .expect_err("it must not guess which topics there are");
    assert!(failed.log.contains("__cluster_metadata-0"), "{failed:?}");
    assert!(segment(&broker).exists());
    fs::write(&log, &whole).unwrap();
    broker.start_again();
    assert_eq!(fetch_values(&mut broker.client(), "t", 0), values(10));
}

#[test]
fn a_torn_offsets_log_keeps_earlier_commits() {
    let Some(mut broker) = filled() else { return };
    let mut client = broker.client();
    for offset in 0..5 {
        assert_eq!(commit(&mut client, "g", "t", 0, offset), NONE);
    }
    broker.kill();
    let folders = fs::read_dir(broker.data())
        .unwrap()
        .flatten()
        .map(|entry| entry.path());
    let logs: Vec<PathBuf> = folders
        .filter(|path| path.to_string_lossy().contains("__consumer_offsets-"))
        .flat_map(|path| files(&path, ".log"))
        .filter(|path| fs::metadata(path).unwrap().len() > 0)
        .collect();
    assert_eq!(logs.len(), 1, "one partition holds the group");
    let bytes = fs::read(&logs[0]).unwrap();
    fs::write(&logs[0], &bytes[..bytes.len() - 3]).unwrap();
    broker.start_again();
    let mut client = broker.client();
    await_coordinator(&mut client, "g");
    assert_eq!(
        committed(&mut client, "g", "t", 0),
        3,
        "only the torn commit is gone"
    );
    assert_eq!(commit(&mut client, "g", "t", 0, 9), NONE);
    assert_eq!(list_offset(&mut client, "t", 0, LATEST), 10);
}
