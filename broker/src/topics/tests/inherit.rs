//! What passes between Kafka and Ottla when a folder changes hands.

use storage::ControlType;

use super::*;
use crate::records::metadata::MetadataRecord;
use crate::records::metadata_topic::PartitionChange;
use crate::topics::replay::Replay;
use crate::topics::snapshot;
use crate::topics::state::Touched;

#[tokio::test]
async fn a_partition_that_kafka_left_without_leader_gets_one() {
    let dir = tempfile::tempdir().unwrap();
    let (topics, store) = real(dir.path());
    topics.create_topics(&[new_topic("a", 2)], false).await;
    let id = topics.image().topic("a").unwrap().id;
    // As a stopping broker leaves it: no leader, nobody in sync, the last one eligible.
    let left = MetadataRecord::PartitionChange(PartitionChange {
        leader: -1,
        isr: Some(Vec::new()),
        eligible: Some(vec![1]),
        ..PartitionChange::none(id, 1)
    });
    {
        let mut writer = topics.shared().writer.lock().await;
        topics.shared().change(&mut writer, vec![left]).unwrap();
    }
    topics.close().await.unwrap();
    store.close().unwrap();
    drop((topics, store));
    let (topics, _store) = real(dir.path());
    let placement = topics.image().topic("a").unwrap().placement[1].placement.clone();
    assert_eq!(
        (
            placement.leader,
            placement.isr.as_slice(),
            placement.eligible.len()
        ),
        (1, [1].as_slice(), 0)
    );
}

#[tokio::test]
async fn a_stop_logs_the_leader_epochs_that_were_in_force() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let (topics, store) = real(dir.path());
        topics.create_topics(&[new_topic("a", 1)], false).await;
        topics.close().await.unwrap();
        store.close().unwrap();
    }
    let (topics, _store) = real(dir.path());
    let image = topics.image();
    assert_eq!(
        (image.epoch, image.topic("a").unwrap().placement[0].leader_epoch),
        (4, 3)
    );
}

#[test]
fn snapshots_carry_what_kafkas_quorum_needs() {
    let mut state = crate::topics::state::MetadataState::default();
    for kind in [ControlType::KRaftVersion, ControlType::KRaftVoters] {
        state
            .quorum
            .insert(kind as u8, (kind.key().to_vec(), vec![0, 1, kind as u8]));
    }
    state
        .apply(MetadataRecord::NoOp, &mut Touched::default())
        .unwrap();
    let mut replay = Replay::default();
    replay.batches(&snapshot::encode(&state, 1, 0, 2, 3)).unwrap();
    assert_eq!(replay.state, state);
}
