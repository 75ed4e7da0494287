//! Damage to what was durable: refused by name, or harmless.

use super::world::*;
use crate::fs::{FileSystem, OpenMode, SimFs};
use crate::log::tests::support::*;
use crate::{LogError, OpenHint};

#[test]
fn damage_to_what_was_durable_refuses_the_partition() {
    let fs = SimFs::new(1);
    let end = filled(&fs);
    let bases = bases(&fs);
    // A flipped bit with whole batches behind it: nobody cuts that.
    flip(&fs, &log_name(bases[1]), 100);
    let error = recover(&fs).unwrap_err();
    assert!(matches!(&error, LogError::Damaged { .. }), "{error}");
    assert!(
        error.to_string().contains(&log_name(bases[1])) && error.to_string().contains("Restore"),
        "{error}"
    );
    flip(&fs, &log_name(bases[1]), 100);
    // The last batch, once it was durable.
    let last = *bases.last().unwrap();
    let len = fs
        .open(&path(&log_name(last)), OpenMode::Read)
        .unwrap()
        .len()
        .unwrap();
    flip(&fs, &log_name(last), len - 1);
    let durable = OpenHint {
        recovery_point: end,
        ..OpenHint::default()
    };
    assert!(matches!(open(&fs, durable), Err(LogError::Damaged { .. })));
    // And when it was not.
    assert_eq!(recover(&fs).unwrap().0.log_end_offset(), end - 2);
    // Now the log ends before what was durable.
    assert!(matches!(open(&fs, durable), Err(LogError::Damaged { .. })));
}

#[test]
fn old_formats_are_refused_by_name() {
    let fs = SimFs::new(1);
    filled(&fs);
    // A v1 message: offset, size, CRC-32, magic, attributes, timestamp, null key, empty value.
    let covered = [
        &[1u8, 0][..],
        &7i64.to_be_bytes(),
        &(-1i32).to_be_bytes(),
        &0i32.to_be_bytes(),
    ]
    .concat();
    let mut crc = flate2::Crc::new();
    crc.update(&covered);
    let size = covered.len() as i32 + 4;
    let message = [
        &[0; 8][..],
        &size.to_be_bytes(),
        &crc.sum().to_be_bytes(),
        &covered,
    ]
    .concat();
    let file = fs.open(&path(&log_name(0)), OpenMode::Write).unwrap();
    crate::fs::write_all_at(&*file, &message, &[], 0).unwrap();
    let error = recover(&fs).unwrap_err().to_string();
    assert!(error.contains("old format"), "{error}");
}

#[test]
fn damaged_indexes_never_give_wrong_data() {
    for suffix in ["index", "timeindex"] {
        let fs = SimFs::new(1);
        let end = filled(&fs);
        let expected = read_all(&recover(&fs).unwrap().0.view(), 0);
        for name in contents(&fs)
            .keys()
            .filter(|n| n.ends_with(&format!(".{suffix}")))
        {
            let file = fs.open(&path(name), OpenMode::Write).unwrap();
            for position in (0..file.len().unwrap()).step_by(3) {
                flip(&fs, name, position);
                let (log, _) = open(&fs, clean()).unwrap();
                assert_eq!(log.log_end_offset(), end);
                for offset in (0..end).step_by(7) {
                    let found = &read_all(&log.view(), offset)[0];
                    assert_eq!(Some(found), expected.iter().rfind(|(base, _)| *base <= offset));
                }
                flip(&fs, name, position);
            }
        }
    }
}

#[test]
fn damaged_small_files() {
    let fs = SimFs::new(1);
    let end = filled(&fs);
    for name in contents(&fs).keys().filter(|n| n.ends_with(".snapshot")) {
        flip(&fs, name, 7);
    }
    flip(&fs, "leader-epoch-checkpoint", 0);
    let (mut log, _) = open(&fs, clean()).unwrap();
    assert!(append(&mut log, &idempotent(4, 0, 78, 2)).duplicate);
    assert_eq!(log.end_offset_for_epoch(0).map(|(e, _)| e), Some(0));
    assert_eq!(log.end_offset_for_epoch(1), Some((1, end)));
    drop(log);
    fs.write_atomic(&path("partition.metadata"), b"nonsense").unwrap();
    assert!(matches!(open(&fs, clean()), Err(LogError::Damaged { .. })));
    // What a power loss leaves of a file that was not synced: the beginning, and zeros where the rest was.
    let mut torn = b"version: 0\ntopic_id: AAAA".to_vec();
    torn.extend([0; 9]);
    fs.write_atomic(&path("partition.metadata"), &torn).unwrap();
    open(&fs, clean()).unwrap();
    fs.remove_file(&path("partition.metadata")).unwrap();
    open(&fs, clean()).unwrap();
    let other = uuid::Uuid::from_u128(99);
    let error = crate::Log::open(&folder(&fs), DIR, other, small(), clean(), 0).unwrap_err();
    assert!(matches!(error, LogError::TopicIdMismatch { .. }));
}

#[test]
fn a_directory_that_vanished_with_durable_data_is_refused() {
    let fs = SimFs::new(1);
    let hint = |recovery_point, log_start_offset| OpenHint {
        recovery_point,
        log_start_offset,
        ..OpenHint::default()
    };
    let refused = open(&fs, hint(40, 7)).unwrap_err();
    assert!(
        matches!(refused, LogError::Missing { end_offset: 40, .. }),
        "{refused}"
    );
    // Below the log start nothing is missed; the log goes on there.
    let (log, _) = open(&fs, hint(40, 40)).unwrap();
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (40, 40));
}
