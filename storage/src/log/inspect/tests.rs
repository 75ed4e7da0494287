//! Good and damaged folders.

use std::path::{Path, PathBuf};

use super::*;
use crate::CheckpointEntry;
use crate::fs::{FileSystem, OpenMode, SimFs, write_all_at};
use crate::log::tests::support::{DIR, batch, disk, folder, idempotent};

const ROOT: &str = "/data";

/// A log of several segments, closed cleanly, its checkpoints written.
fn closed_folder() -> SimFs {
    let fs = SimFs::new(3);
    let mut log = disk(&fs);
    for i in 0..40 {
        log.append(&batch(1_000 + i * 10, 3, b'a', 40), 4, 0).unwrap();
        log.append(&idempotent(9, 0, i as i32 * 2, 2), 4, 0).unwrap();
    }
    log.close().unwrap();
    let end = log.log_end_offset();
    drop(log);
    let folder = folder(&fs);
    let entry = CheckpointEntry {
        dir_name: DIR.into(),
        recovery_point: end,
        log_start_offset: 0,
        high_watermark: end,
    };
    folder.finish_clean(&[entry]).unwrap();
    drop(folder);
    fs
}

fn look(fs: &SimFs) -> (FolderReport, Vec<Finding>) {
    let mut findings = Vec::new();
    let mut report = verify(fs, Path::new(ROOT), &mut |found| {
        findings.extend(found.findings.clone())
    })
    .unwrap();
    findings.append(&mut report.findings);
    (report, findings)
}

fn file(fs: &SimFs, suffix: &str, number: usize) -> PathBuf {
    let dir = Path::new(ROOT).join(DIR);
    let names = fs.list(&dir).unwrap();
    let mut names = names
        .into_iter()
        .map(|e| e.name)
        .filter(|name| name.ends_with(suffix));
    dir.join(names.nth(number).unwrap())
}

fn flip(fs: &SimFs, path: &Path, position: u64) {
    let file = fs.open(path, OpenMode::Write).unwrap();
    let mut byte = [0];
    file.read_at(&mut byte, position).unwrap();
    write_all_at(&*file, &[byte[0] ^ 1], &[], position).unwrap();
}

#[test]
fn a_sound_folder_has_nothing_to_tell() {
    let fs = closed_folder();
    let (report, findings) = look(&fs);
    assert_eq!(findings, []);
    assert!(report.clean && !report.is_damaged());
    assert_eq!((report.partitions, report.batches, report.records), (1, 80, 200));
    let mut one = Vec::new();
    verify(&fs, &Path::new(ROOT).join(DIR), &mut |found| {
        one.push((found.segments, found.log_end))
    })
    .unwrap();
    assert!(one[0].0 > 3 && one[0].1 == 200, "{one:?}");
}

#[test]
fn a_flipped_bit_in_a_log_is_named_with_file_and_byte() {
    for bit_of in [20, 57, 63, 100] {
        let fs = closed_folder();
        let path = file(&fs, ".log", 1);
        flip(&fs, &path, bit_of);
        let (report, findings) = look(&fs);
        assert!(report.is_damaged());
        let told = findings.iter().find(|f| f.path == path).unwrap();
        assert_eq!(
            (told.severity, told.position),
            (Severity::Damage, Some(0)),
            "{findings:?}"
        );
    }
}

#[test]
fn a_torn_end_is_damage_only_when_it_was_durable() {
    let fs = closed_folder();
    let path = file(&fs, ".log", 0);
    let last = {
        let dir = fs.list(&Path::new(ROOT).join(DIR)).unwrap();
        dir.into_iter().rfind(|e| e.name.ends_with(".log")).unwrap()
    };
    assert_ne!(path.file_name().unwrap().to_str(), Some(last.name.as_str()));
    let torn = Path::new(ROOT).join(DIR).join(&last.name);
    fs.open(&torn, OpenMode::Write)
        .unwrap()
        .set_len(last.len - 7)
        .unwrap();
    assert!(look(&fs).0.is_damaged());
    // The same after a crash with nothing durable.
    for name in [".kafka_cleanshutdown", "recovery-point-offset-checkpoint"] {
        fs.remove_file(&Path::new(ROOT).join(name)).unwrap();
    }
    let (report, findings) = look(&fs);
    assert!(!report.is_damaged(), "{findings:?}");
    assert!(
        findings
            .iter()
            .any(|f| f.path == torn && f.what.contains("unfinished end")),
        "{findings:?}"
    );
}

#[test]
fn every_flipped_bit_of_an_index_or_small_file_is_seen() {
    for suffix in [".index", ".timeindex", ".snapshot", "leader-epoch-checkpoint"] {
        let fs = closed_folder();
        let path = file(&fs, suffix, if suffix.starts_with('.') { 1 } else { 0 });
        let len = fs.open(&path, OpenMode::Read).unwrap().len().unwrap();
        let mut unseen = Vec::new();
        for position in 0..len {
            flip(&fs, &path, position);
            if !look(&fs)
                .1
                .iter()
                .any(|finding| finding.severity == Severity::Damage)
            {
                unseen.push(position);
            }
            flip(&fs, &path, position);
        }
        // The last digit of an epoch's end offset, or an offset that is still within its batch, mislead nobody.
        assert!(
            unseen.len() as u64 <= len / 3,
            "{suffix} of {len} bytes: {unseen:?}"
        );
        assert_eq!(look(&fs).1, []);
    }
}

#[test]
fn missing_and_left_over_files_are_notes() {
    let fs = closed_folder();
    fs.remove_file(&file(&fs, ".index", 0)).unwrap();
    for name in [
        "00000000000000000000.log.deleted",
        "00000000000000000007.log.cleaned",
        "x.tmp",
    ] {
        let path = Path::new(ROOT).join(DIR).join(name);
        fs.open(&path, OpenMode::CreateNew).unwrap();
    }
    let (report, findings) = look(&fs);
    assert!(!report.is_damaged());
    assert_eq!(findings.len(), 4, "{findings:?}");
}

#[test]
fn zeros_behind_the_last_batch_are_kept_room() {
    let fs = closed_folder();
    for number in [0, 1] {
        let path = file(&fs, ".log", number);
        let log = fs.open(&path, OpenMode::Write).unwrap();
        log.set_len(log.len().unwrap() + 4096).unwrap();
    }
    let (report, findings) = look(&fs);
    assert!(!report.is_damaged() && findings.len() == 2, "{findings:?}");
    let log = fs.open(&file(&fs, ".log", 1), OpenMode::Write).unwrap();
    write_all_at(&*log, &[0; 70], &[], log.len().unwrap() - 5000).unwrap();
    assert!(look(&fs).0.is_damaged());
}

#[test]
fn a_running_broker_is_not_disturbed() {
    let fs = closed_folder();
    let running = folder(&fs);
    let (report, findings) = look(&fs);
    assert_eq!(report.holder.as_deref(), Some("another process"));
    assert_eq!((report.clean, findings), (false, vec![]));
    drop(running);
    assert!(verify(&fs, Path::new("/elsewhere"), &mut |_| {}).is_err());
}

#[test]
fn no_bytes_in_any_file_make_it_stumble() {
    for seed in 0..60u64 {
        let fs = closed_folder();
        let dir = Path::new(ROOT).join(DIR);
        let mut noise = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        for entry in fs.list(&dir).unwrap() {
            let file = fs.open(&dir.join(&entry.name), OpenMode::Write).unwrap();
            for _ in 0..=seed % 4 {
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                let at = noise % entry.len.max(1);
                write_all_at(&*file, &noise.to_be_bytes(), &[], at).unwrap();
            }
            if seed % 5 == 0 {
                file.set_len(noise % (entry.len + 1)).unwrap();
            }
        }
        assert!(look(&fs).0.is_damaged(), "seed {seed}");
    }
}
