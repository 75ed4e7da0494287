//! The handle: parked requests, deadlines, durability, failing logs.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use uuid::Uuid;

use super::topics::TestTopics;
use crate::coordinator::ShardLog;
use crate::env::{Clock, Env, SystemChance};
use crate::groups::memory_log::MemoryOffsetsLog;
use crate::groups::*;
use crate::log_levels::LogLevels;
use crate::partition::TicketError;

#[derive(Debug, Default)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        1_000_000 + self.monotonic_ms()
    }
    fn monotonic_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

struct Test {
    groups: Groups,
    log: Arc<MemoryOffsetsLog>,
    clock: Arc<TestClock>,
}

fn test() -> Test {
    over(Arc::default(), Arc::default())
}

/// A broker over what an earlier one wrote.
fn over(log: Arc<MemoryOffsetsLog>, clock: Arc<TestClock>) -> Test {
    let fs = Arc::new(storage::SimFs::new(1));
    let env = Env {
        clock: clock.clone(),
        chance: Arc::new(SystemChance),
        fs,
        log: LogLevels::default(),
    };
    let config = GroupsConfig {
        initial_rebalance_delay_ms: 0,
        ..GroupsConfig::default()
    };
    Test {
        groups: Groups::new(config, env, log.clone(), Arc::new(TestTopics::default())),
        log,
        clock,
    }
}

fn join(group: &str, member_id: &str) -> JoinRequest {
    JoinRequest {
        group: group.into(),
        member_id: member_id.into(),
        instance_id: None,
        client_id: "c".into(),
        client_host: "/127.0.0.1".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        protocol_type: "consumer".into(),
        protocols: vec![Protocol {
            name: "range".into(),
            metadata: Bytes::from_static(b"m"),
        }],
        requires_known_member_id: false,
        can_skip_assignment: false,
    }
}

fn sync(group: &str, member_id: &str, generation: i32, assignments: Vec<(String, Bytes)>) -> SyncRequest {
    SyncRequest {
        group: group.into(),
        member_id: member_id.into(),
        instance_id: None,
        generation,
        protocol_type: None,
        protocol_name: None,
        assignments,
    }
}

fn commit(group: &str, offset: i64) -> CommitRequest {
    let partition = CommitPartition {
        index: 0,
        offset,
        leader_epoch: -1,
        metadata: None,
    };
    CommitRequest {
        group: group.into(),
        member_id: String::new(),
        instance_id: None,
        generation: -1,
        knows_group_id_not_found: true,
        retention_ms: None,
        topics: vec![CommitTopic {
            name: "t".into(),
            id: Uuid::from_u128(1),
            partitions: vec![partition],
        }],
    }
}

async fn committed(groups: &Groups, group: &str) -> Result<Option<i64>, GroupError> {
    let fetched = groups
        .fetch(FetchRequest {
            group: group.into(),
            member: None,
            require_stable: false,
            topics: None,
        })
        .await?;
    Ok(fetched.first().map(|t| t.partitions[0].offset))
}

/// Seen in the log alone: any request would let deadlines pass, too.
async fn ended_in_time(log: &MemoryOffsetsLog, shard: i32, before: usize) {
    let ended = async {
        while log.len(shard) == before {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(20), ended).await;
    in_time.expect("the session ends without a request");
}

#[tokio::test]
async fn two_members_share_a_generation() {
    let Test { groups, .. } = test();
    let first = groups.join(join("g", "")).await.unwrap();
    let second = tokio::spawn({
        let groups = groups.clone();
        async move { groups.join(join("g", "")).await.unwrap() }
    });
    tokio::task::yield_now().await;
    let leader = groups.join(join("g", &first.member_id)).await.unwrap();
    let second = second.await.unwrap();
    assert_eq!(
        (leader.generation, second.generation, leader.members.len()),
        (2, 2, 2)
    );
    let follower = tokio::spawn({
        let (groups, id) = (groups.clone(), second.member_id.clone());
        async move { groups.sync(sync("g", &id, 2, Vec::new())).await.unwrap() }
    });
    tokio::task::yield_now().await;
    let assignments = vec![(second.member_id.clone(), Bytes::from_static(b"yours"))];
    groups
        .sync(sync("g", &leader.member_id, 2, assignments))
        .await
        .unwrap();
    assert_eq!(follower.await.unwrap().assignment, "yours");
    assert_eq!(groups.list(&[], &[]).await.unwrap()[0].state, "Stable");
}

#[tokio::test]
async fn nothing_is_made_or_read_for_groups_that_nobody_uses() {
    let Test { groups, log, .. } = test();
    assert_eq!(groups.list(&[], &[]).await, Ok(vec![]));
    assert_eq!(groups.describe("g").await, Ok(None));
    assert_eq!(committed(&groups, "g").await, Err(GroupError::NotCoordinator));
    assert!(!log.exists());
    assert_eq!(
        groups.join(join("", "")).await.unwrap_err().error,
        GroupError::InvalidGroupId
    );
}

#[tokio::test]
async fn deadlines_pass_without_requests() {
    let Test { groups, clock, log } = test();
    let timers = tokio::spawn(groups.timer_task());
    groups.join(join("g", "")).await.unwrap();
    let shard = groups.shard_of("g");
    let before = log.len(shard);
    clock.0.store(10_000, Ordering::SeqCst);
    groups.clock_moved();
    ended_in_time(&log, shard, before).await;
    let state = groups.describe("g").await.unwrap().unwrap().state;
    assert_eq!(state, "Empty");
    timers.abort();
}

#[tokio::test]
async fn sessions_of_before_a_restart_end_without_requests() {
    let Test { groups, clock, log } = test();
    let member = groups.join(join("g", "")).await.unwrap();
    let assignments = vec![(member.member_id.clone(), Bytes::from_static(b"all"))];
    let request = sync("g", &member.member_id, member.generation, assignments);
    groups.sync(request).await.unwrap();
    let shard = groups.shard_of("g");
    drop(groups);
    let Test { groups, clock, log } = over(log, clock);
    let timers = tokio::spawn(groups.timer_task());
    for task in groups.loading(2) {
        task.await;
    }
    let before = log.len(shard);
    clock.0.store(10_000, Ordering::SeqCst);
    groups.clock_moved();
    ended_in_time(&log, shard, before).await;
    timers.abort();
}

#[tokio::test]
async fn a_failed_append_leaves_no_trace() {
    let Test { groups, log, .. } = test();
    groups.commit(commit("g", 1)).await.unwrap();
    log.failing.store(true, Ordering::SeqCst);
    assert_eq!(
        groups.commit(commit("g", 2)).await,
        Err(GroupError::NotCoordinator)
    );
    log.failing.store(false, Ordering::SeqCst);
    assert_eq!(committed(&groups, "g").await, Ok(Some(1)));
}

#[tokio::test]
async fn a_failed_append_answers_parked_joins() {
    let Test { groups, log, .. } = test();
    let first = groups.join(join("g", "")).await.unwrap();
    let parked = tokio::spawn({
        let groups = groups.clone();
        async move { groups.join(join("g", "")).await }
    });
    tokio::task::yield_now().await;
    log.failing.store(true, Ordering::SeqCst);
    // Another group of the same shard has the failure.
    let other = (0..)
        .map(|n| format!("o{n}"))
        .find(|o| groups.shard_of(o) == groups.shard_of("g"))
        .unwrap();
    assert_eq!(
        groups.commit(commit(&other, 2)).await,
        Err(GroupError::NotCoordinator)
    );
    assert_eq!(
        parked.await.unwrap().unwrap_err().error,
        GroupError::NotCoordinator
    );
    log.failing.store(false, Ordering::SeqCst);
    let refused = groups.join(join("g", &first.member_id)).await.unwrap_err();
    assert_eq!(refused.error, GroupError::UnknownMemberId);
}

#[tokio::test]
async fn replies_wait_for_durability_and_heartbeats_do_not() {
    let Test { groups, log, .. } = test();
    let member = groups.join(join("g", "")).await.unwrap();
    log.slow.store(true, Ordering::SeqCst);
    let waiting = tokio::spawn({
        let groups = groups.clone();
        async move { groups.commit(commit("s", 1)).await }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    let beat = HeartbeatRequest {
        group: "g".into(),
        member_id: member.member_id,
        instance_id: None,
        generation: member.generation,
    };
    assert_eq!(groups.heartbeat(beat).await, Ok(()));
    log.sync(Ok(()));
    assert!(waiting.await.unwrap().is_ok());
    log.slow.store(true, Ordering::SeqCst);
    let failing = tokio::spawn({
        let groups = groups.clone();
        async move { groups.commit(commit("s", 2)).await }
    });
    tokio::task::yield_now().await;
    log.sync(Err(TicketError::Offline));
    assert_eq!(failing.await.unwrap(), Err(GroupError::NotCoordinator));
}

#[tokio::test]
async fn a_second_broker_reads_what_the_first_wrote() {
    let Test { groups, log, clock } = test();
    groups.commit(commit("g", 7)).await.unwrap();
    let Test {
        groups: again, log, ..
    } = over(log, clock);
    assert_eq!(committed(&again, "g").await, Ok(Some(7)));
    let deleted = [DeletedTopic {
        name: "t".into(),
        id: Uuid::from_u128(1),
    }];
    again.topics_deleted(&deleted).await.unwrap();
    assert_eq!(committed(&again, "g").await, Ok(None));
    assert_eq!(again.delete("g").await, Ok(()));
    assert_eq!(again.delete("g").await, Err(GroupError::GroupIdNotFound));
    assert_eq!(log.len(again.shard_of("g")), 3);
}

#[tokio::test]
async fn the_timer_task_forgets_deleted_topics_and_ends_with_the_last_handle() {
    let Test { groups, .. } = test();
    groups.commit(commit("g", 7)).await.unwrap();
    let timers = tokio::spawn(groups.timer_task());
    groups.forget_topics([DeletedTopic {
        name: "t".into(),
        id: Uuid::from_u128(1),
    }]);
    while committed(&groups, "g").await != Ok(None) {
        tokio::task::yield_now().await;
    }
    drop(groups);
    timers.await.unwrap();
}

#[tokio::test]
async fn a_census_counts_what_the_log_holds_also_before_anybody_has_read_it() {
    let first = test();
    assert_eq!(first.groups.census(), GroupsCensus::default());
    first.groups.commit(commit("g", 1)).await.unwrap();
    first.groups.commit(commit("h", 1)).await.unwrap();
    let reply = first.groups.join(join("h", "")).await.unwrap();
    let counted = first.groups.census();
    let groups = |census: &GroupsCensus, state| census.groups[&("classic", state)];
    assert_eq!(groups(&counted, "Empty"), 1);
    assert_eq!(groups(&counted, "CompletingRebalance"), 1);
    assert_eq!((counted.offsets, counted.unread_shards), (2, 0));
    let synced = sync("h", &reply.member_id, reply.generation, Vec::new());
    first.groups.sync(synced).await.unwrap();
    let second = over(first.log.clone(), first.clock.clone()).groups.census();
    assert_eq!(second, first.groups.census());
    assert_eq!((groups(&second, "Empty"), groups(&second, "Stable")), (1, 1));
}
