//! Both commands over folders of real files.

use std::path::{Path, PathBuf};

use storage::{
    BatchBuilder, CheckpointEntry, DataFolder, FileSystem as _, FolderIds, Log, LogOptions, RealFs,
};
use uuid::Uuid;

use super::{DumpArgs, LogCommand, VerifyArgs};
use crate::records::groups::{GroupRecord, OffsetCommitValue};

/// A folder with a topic and an offsets topic, closed cleanly.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let ids = FolderIds {
        cluster_id: None,
        node_id: 1,
        fresh_cluster_id: Uuid::from_u128(5),
        fresh_directory_id: Uuid::from_u128(6),
    };
    let folder = DataFolder::open(std::sync::Arc::new(RealFs), dir.path(), &ids, 8).unwrap();
    let commit = GroupRecord::Offset {
        group: "readers".into(),
        topic: "words".into(),
        partition: 0,
        value: Some(OffsetCommitValue {
            offset: 7,
            leader_epoch: 0,
            metadata: "m".into(),
            commit_timestamp: 1000,
            expire_timestamp: -1,
            topic_id: Uuid::nil(),
        }),
    };
    let commit = commit.encode();
    let mut entries = Vec::new();
    for (name, key, value) in [
        ("words-0", b"key".to_vec(), b"value".to_vec()),
        ("__consumer_offsets-0", commit.key.unwrap(), commit.value.unwrap()),
    ] {
        let options = LogOptions {
            segment_bytes: 1000,
            index_interval_bytes: 100,
            ..LogOptions::default()
        };
        let mut log = Log::create(&folder, name, Uuid::from_u128(9), options).unwrap();
        for i in 0..20i32 {
            let mut builder = BatchBuilder::new(i64::from(i)).producer(4, 0, i);
            builder.push(
                i64::from(i),
                Some(&key),
                Some(&value),
                &[(b"h".as_slice(), Some(b"x".as_slice()))],
            );
            log.append(&builder.build(), 0, 0).unwrap();
        }
        log.close().unwrap();
        entries.push(CheckpointEntry {
            dir_name: name.into(),
            recovery_point: 20,
            log_start_offset: 0,
            high_watermark: 20,
        });
    }
    folder.finish_clean(&entries).unwrap();
    drop(folder);
    dir
}

fn run(command: &LogCommand) -> (bool, String) {
    let mut out = Vec::new();
    let sound = command.run(&mut out).unwrap();
    (sound, String::from_utf8(out).unwrap())
}

fn verify(dir: &Path) -> (bool, String) {
    run(&LogCommand::Verify(VerifyArgs {
        dir: dir.to_owned(),
        quiet: false,
    }))
}

fn dump(file: PathBuf, limit: Option<usize>) -> (bool, String) {
    run(&LogCommand::Dump(DumpArgs {
        file,
        records: true,
        limit,
    }))
}

#[test]
fn verify_tells_what_is_there_and_what_is_wrong() {
    let dir = folder();
    let (sound, text) = verify(dir.path());
    assert!(sound, "{text}");
    assert!(
        text.contains("words-0 ") && text.contains("2 partitions: 0 damaged; 40 batches, 40 records"),
        "{text}"
    );
    let log = dir.path().join("words-0/00000000000000000000.log");
    let mut bytes = RealFs.read(&log).unwrap();
    bytes[63] ^= 1;
    RealFs.write_unsynced(&log, &bytes).unwrap();
    let (sound, text) = verify(dir.path());
    assert!(!sound);
    let told = format!(
        "DAMAGE {}, byte 0: the batch at offset 0 has a wrong checksum",
        log.display()
    );
    assert!(
        text.contains(&told) && text.contains("2 partitions: 1 damaged"),
        "{text}"
    );
    let nothing = LogCommand::Verify(VerifyArgs {
        dir: "/no/such".into(),
        quiet: true,
    });
    assert_eq!(
        nothing.run(&mut Vec::new()).unwrap_err().to_string(),
        "/no/such does not exist."
    );
}

#[test]
fn dump_shows_every_kind_of_file() {
    let dir = folder();
    let words = dir.path().join("words-0");
    let (sound, text) = dump(words.join("00000000000000000000.log"), Some(2));
    assert!(sound && text.lines().count() == 6, "{text}");
    assert!(
        text.contains("key \"key\" value \"value\" headers h=\"x\""),
        "{text}"
    );
    let (_, text) = dump(
        dir.path().join("__consumer_offsets-0/00000000000000000000.log"),
        Some(1),
    );
    assert!(
        text.contains("offset of group \"readers\" in words-0: 7 epoch 0 committed"),
        "{text}"
    );
    let listed = RealFs
        .list(&words)
        .unwrap()
        .into_iter()
        .map(|entry| words.join(entry.name));
    let folder = [
        "recovery-point-offset-checkpoint",
        "meta.properties",
        ".kafka_cleanshutdown",
    ];
    for file in listed.chain(folder.iter().map(|name| dir.path().join(name))) {
        let (sound, text) = dump(file, None);
        assert!(sound && text.lines().count() > 1, "{text}");
    }
}

/// Every file of the folder, each damaged in every way many times: shown as far as it can be, never a panic.
#[test]
fn dump_of_noise_never_panics() {
    let dir = folder();
    let words = dir.path().join("words-0");
    let inner = RealFs
        .list(&words)
        .unwrap()
        .into_iter()
        .map(|e| words.join(e.name));
    let outer = RealFs.list(dir.path()).unwrap().into_iter().filter(|e| !e.is_dir);
    let files: Vec<PathBuf> = inner.chain(outer.map(|e| dir.path().join(e.name))).collect();
    let contents: Vec<Vec<u8>> = files.iter().map(|file| RealFs.read(file).unwrap()).collect();
    let mut noise = 88172645463325252u64;
    let mut chance = |below: usize| {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        noise as usize % below.max(1)
    };
    let out = tempfile::tempdir().unwrap();
    for (file, content) in files.iter().zip(&contents) {
        for _ in 0..60 {
            let mut bytes = content.clone();
            let at = chance(bytes.len());
            match chance(6) {
                0 => bytes.truncate(at),
                1 => bytes.iter_mut().skip(at).take(40).for_each(|byte| *byte = 0),
                2 => bytes.extend((0..90).map(|_| chance(256) as u8)),
                3 => bytes.clone_from(&contents[chance(contents.len())]),
                _ => bytes
                    .iter_mut()
                    .skip(at)
                    .take(1 + chance(8))
                    .for_each(|byte| *byte = chance(256) as u8),
            }
            let damaged = out.path().join(file.file_name().unwrap());
            RealFs.write_unsynced(&damaged, &bytes).unwrap();
            dump(damaged, None);
        }
    }
}
