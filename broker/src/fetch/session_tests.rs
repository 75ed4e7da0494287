//! Fetch sessions, step by step.

use std::sync::Arc;

use super::read::PartitionRead;
use super::session::{FetchScope, FetchSessions, SessionError};
use super::want::{PartitionKey, TopicRef, Want};

fn key(index: i32) -> PartitionKey {
    PartitionKey {
        topic: TopicRef::Name(Arc::from("t")),
        index,
    }
}

fn want(index: i32, fetch_offset: i64) -> Want {
    Want {
        key: key(index),
        fetch_offset,
        max_bytes: 100,
        current_leader_epoch: -1,
        last_fetched_epoch: -1,
    }
}

fn read(index: i32, high_watermark: i64, bytes: usize) -> PartitionRead {
    PartitionRead {
        key: key(index),
        error: None,
        high_watermark,
        last_stable_offset: high_watermark,
        log_start_offset: 0,
        diverging: None,
        records: Vec::new(),
        bytes,
        aborted: Vec::new(),
    }
}

fn indexes(scope: &FetchScope) -> Vec<i32> {
    scope.wants.iter().map(|want| want.key.index).collect()
}

fn told(scope: FetchScope, reads: Vec<PartitionRead>) -> (i32, Vec<i32>) {
    let (id, reads) = scope.finish(reads);
    (id, reads.iter().map(|read| read.key.index).collect())
}

#[test]
fn only_what_changed_is_told_and_what_yielded_goes_last() {
    let sessions = FetchSessions::new(10);
    let scope = sessions
        .begin(0, 0, false, vec![want(0, 0), want(1, 0), want(2, 0)], &[], 0)
        .unwrap();
    let (id, first) = told(scope, vec![read(0, 5, 10), read(1, 0, 0), read(2, 0, 0)]);
    assert!(id > 0);
    assert_eq!(first, [0, 1, 2], "the first answer lists everything");
    let scope = sessions.begin(id, 1, false, vec![want(0, 5)], &[], 0).unwrap();
    assert_eq!(indexes(&scope), [1, 2, 0], "who was served goes to the end");
    assert_eq!(
        told(scope, vec![read(1, 0, 0), read(2, 3, 7), read(0, 5, 0)]),
        (id, vec![2])
    );
    let scope = sessions
        .begin(id, 2, false, vec![want(3, 0)], &[key(1)], 0)
        .unwrap();
    assert_eq!(indexes(&scope), [0, 2, 3]);
    assert_eq!(scope.wants[0].fetch_offset, 5, "changes are kept");
}

#[test]
fn wrong_epochs_and_ids_are_refused() {
    let sessions = FetchSessions::new(10);
    let scope = sessions.begin(0, 0, true, vec![want(0, 0)], &[], 0).unwrap();
    let (id, _) = scope.finish(Vec::new());
    let begin = |id, epoch, by_id| sessions.begin(id, epoch, by_id, Vec::new(), &[], 0).map(|_| ());
    assert_eq!(begin(id, 5, true), Err(SessionError::InvalidEpoch));
    assert_eq!(begin(id, 1, false), Err(SessionError::TopicIdMismatch));
    assert_eq!(begin(id + 1, 1, true), Err(SessionError::NotFound));
    assert_eq!(begin(id, 1, true), Ok(()));
    assert_eq!(begin(id, -1, true), Ok(()), "the final epoch closes the session");
    assert_eq!(begin(id, 2, true), Err(SessionError::NotFound));
}

#[test]
fn a_full_cache_gives_no_session_until_one_is_old() {
    let sessions = FetchSessions::new(1);
    let open = |now_ms| {
        sessions
            .begin(0, 0, false, vec![want(0, 0)], &[], now_ms)
            .unwrap()
            .finish(Vec::new())
            .0
    };
    let first = open(0);
    assert_eq!((first > 0, open(1000)), (true, 0));
    assert!(open(200_000) > 0);
    assert_eq!(
        sessions.begin(first, 1, false, Vec::new(), &[], 0).map(|_| ()),
        Err(SessionError::NotFound),
        "the old one made room"
    );
}

#[test]
fn forgetting_everything_ends_the_session() {
    let sessions = FetchSessions::new(1);
    let scope = sessions.begin(0, 0, false, vec![want(0, 0)], &[], 0).unwrap();
    let (id, _) = scope.finish(Vec::new());
    let scope = sessions.begin(id, 1, false, Vec::new(), &[key(0)], 0).unwrap();
    assert_eq!(told(scope, Vec::new()), (0, Vec::new()));
}
