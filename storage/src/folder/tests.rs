//! Opening, marking and closing a data folder.

use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use super::well_known::{HIGH_WATERMARK, LOG_START, RECOVERY_POINT};
use super::{CheckpointEntry, DataFolder, FolderError, FolderIds, MetaProperties, OpenHint, encode_uuid};
use crate::fs::{FileSystem, SimFs};

fn ids() -> FolderIds {
    FolderIds {
        cluster_id: None,
        node_id: 1,
        fresh_cluster_id: Uuid::from_u128(5),
        fresh_directory_id: Uuid::from_u128(6),
    }
}

fn open(fs: &SimFs, ids: &FolderIds) -> Result<Arc<DataFolder>, FolderError> {
    DataFolder::open(Arc::new(fs.clone()), Path::new("/data"), ids, 16)
}

#[test]
fn identity_lock_marker_and_checkpoints() {
    let fs = SimFs::new(1);
    let folder = open(&fs, &ids()).unwrap();
    assert!(!folder.was_clean_shutdown());
    assert_eq!(folder.cluster_id(), encode_uuid(Uuid::from_u128(5)));
    assert!(matches!(open(&fs, &ids()), Err(FolderError::Locked { .. })));
    let entry = CheckpointEntry {
        dir_name: "a-b-0".into(),
        recovery_point: 9,
        log_start_offset: 2,
        high_watermark: 8,
    };
    folder.finish_clean(&[entry]).unwrap();
    drop(folder);
    let folder = open(&fs, &ids()).unwrap();
    assert!(folder.was_clean_shutdown());
    let hint = OpenHint {
        clean: true,
        recovery_point: 9,
        log_start_offset: 2,
        high_watermark: 8,
        ..OpenHint::default()
    };
    assert_eq!(folder.open_hint("a-b-0"), hint);
    assert_eq!(
        folder.open_hint("x-0"),
        OpenHint {
            clean: true,
            ..OpenHint::default()
        }
    );
    drop(folder);
    assert!(!open(&fs, &ids()).unwrap().was_clean_shutdown());
}

#[test]
fn a_new_folder_survives_power_loss_with_its_parents() {
    for seed in 0..50 {
        let fs = SimFs::new(seed);
        drop(DataFolder::open(Arc::new(fs.clone()), Path::new("/srv/kafka/data"), &ids(), 16).unwrap());
        let meta = fs.power_loss().read(Path::new("/srv/kafka/data/meta.properties"));
        assert!(MetaProperties::parse(&meta.unwrap()).is_ok());
    }
}

#[test]
fn refuses_foreign_and_newer_folders() {
    let fs = SimFs::new(1);
    drop(open(&fs, &ids()).unwrap());
    let other = FolderIds {
        cluster_id: Some("other".into()),
        ..ids()
    };
    assert!(matches!(
        open(&fs, &other),
        Err(FolderError::ClusterMismatch { .. })
    ));
    let other = FolderIds { node_id: 2, ..ids() };
    assert!(matches!(open(&fs, &other), Err(FolderError::NodeMismatch { .. })));
    fs.write_atomic(Path::new("/data/meta.properties"), b"version=2\n")
        .unwrap();
    let error = open(&fs, &ids()).unwrap_err();
    assert!(error.to_string().contains("newer release"), "{error}");
    fs.write_atomic(Path::new("/data/meta.properties"), b"\0\0")
        .unwrap();
    assert!(matches!(open(&fs, &ids()), Err(FolderError::DamagedMeta { .. })));
}

#[test]
fn lists_partitions_and_finishes_deletions() {
    let fs = SimFs::new(1);
    for dir in ["/data/a-0", "/data/a-b-11", "/data/other", "/data/a-0.77-delete"] {
        fs.create_dir_all(Path::new(dir)).unwrap();
    }
    let folder = open(&fs, &ids()).unwrap();
    assert_eq!(folder.partition_dirs().unwrap(), ["a-0", "a-b-11"]);
    assert!(!fs.exists(Path::new("/data/a-0.77-delete")).unwrap());
}

#[test]
fn damaged_checkpoints_count_as_missing() {
    let fs = SimFs::new(1);
    fs.create_dir_all(Path::new("/data")).unwrap();
    for name in [RECOVERY_POINT, HIGH_WATERMARK, LOG_START] {
        fs.write_atomic(&Path::new("/data").join(name), b"0\n5\nnonsense")
            .unwrap();
    }
    let lost = OpenHint {
        recovery_point_lost: true,
        ..OpenHint::default()
    };
    assert_eq!(open(&fs, &ids()).unwrap().open_hint("a-0"), lost);
}

#[test]
fn unwritable_folder_is_a_clear_error() {
    let fs = SimFs::new(1);
    fs.create_dir_all(Path::new("/data")).unwrap();
    fs.set_space_left(Some(0));
    assert!(matches!(open(&fs, &ids()), Err(FolderError::NotUsable { .. })));
}
