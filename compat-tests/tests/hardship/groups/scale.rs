//! Many groups, many members, many committed partitions: all of it is there after a restart, and costs little memory.

use compat_tests::errors::{NONE, REBALANCE_IN_PROGRESS};
use compat_tests::groups::{Join, Member, await_coordinator, committed, state};
use compat_tests::ops::create_topic;
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Client, Value};
use compat_tests::{eventually, list, obj};

/// Requests on their way at once.
const WINDOW: usize = 100;

/// Sends all requests, some at once, and checks each answer.
fn pipelined(
    client: &mut Client,
    api: &str,
    version: i16,
    requests: impl Iterator<Item = Value>,
    mut check: impl FnMut(&Value),
) {
    let mut under_way = 0;
    for request in requests {
        if under_way == WINDOW {
            check(&client.recv(api, version).1);
            under_way -= 1;
        }
        client.send(api, version, request);
        under_way += 1;
    }
    for _ in 0..under_way {
        check(&client.recv(api, version).1);
    }
}

/// A commit of these partitions of a topic from outside the group, all at the same offset.
fn commit_of(group: &str, topic: &str, partitions: std::ops::Range<i32>, offset: i64) -> Value {
    let partitions: Vec<Value> = partitions
        .map(|index| obj! { partition_index: index, committed_offset: offset, committed_metadata: "" })
        .collect();
    obj! {
        group_id: group, generation_id_or_member_epoch: -1, member_id: "",
        topics: list![obj! { name: topic, partitions: partitions }],
    }
}

fn check_commit(answer: &Value) {
    let mut partitions = answer["topics"]
        .list()
        .iter()
        .flat_map(|topic| topic["partitions"].list());
    assert!(
        partitions.all(|partition| partition["error_code"] == NONE),
        "{answer:?}"
    );
}

fn tell_memory(what: &str, broker: &Broker, before: u64) {
    let now = broker.resident_bytes();
    eprintln!("{what}: {} KiB resident, {} KiB before", now >> 10, before >> 10);
}

fn listed(client: &mut Client, prefix: &str) -> usize {
    let answer = client.call("ListGroups", 4, obj! { states_filter: Vec::<Value>::new() });
    assert_eq!(answer["error_code"], NONE);
    let groups = answer["groups"].list();
    groups
        .iter()
        .filter(|group| group["group_id"].str().starts_with(prefix))
        .count()
}

#[test]
fn ten_thousand_groups_outlive_a_kill() {
    const GROUPS: i64 = 10_000;
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let before = broker.resident_bytes();
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    await_coordinator(&mut client, "g-0");
    let commits = (0..GROUPS).map(|n| commit_of(&format!("g-{n}"), "t", 0..1, n));
    pipelined(&mut client, "OffsetCommit", 7, commits, check_commit);
    assert_eq!(listed(&mut client, "g-") as i64, GROUPS);
    tell_memory("10,000 groups", &broker, before);
    broker.crash();
    let mut client = broker.client();
    assert_eq!(listed(&mut client, "g-") as i64, GROUPS);
    for n in (0..GROUPS).step_by(101) {
        assert_eq!(committed(&mut client, &format!("g-{n}"), "t", 0), n);
    }
    tell_memory("10,000 groups after a kill", &broker, before);
}

#[test]
fn a_hundred_thousand_committed_partitions_outlive_a_restart() {
    const TOPICS: i32 = 100;
    const PARTITIONS: i32 = 1000;
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    for topic in 0..TOPICS {
        create_topic(&mut client, &format!("t-{topic}"), PARTITIONS, &[]);
    }
    await_coordinator(&mut client, "g");
    let before = broker.resident_bytes();
    let commits = (0..TOPICS).map(|t| commit_of("g", &format!("t-{t}"), 0..PARTITIONS, i64::from(t) + 1));
    pipelined(&mut client, "OffsetCommit", 7, commits, check_commit);
    tell_memory("100,000 committed partitions", &broker, before);
    for clean in [true, false] {
        broker.end(clean);
        broker.start_again();
        let mut client = broker.client();
        await_coordinator(&mut client, "g");
        let answer = client.call("OffsetFetch", 7, obj! { group_id: "g", topics: Value::Null });
        assert_eq!(answer["error_code"], NONE);
        assert_eq!(answer["topics"].list().len(), TOPICS as usize);
        for topic in answer["topics"].list() {
            let number: i64 = topic["name"].str()[2..].parse().unwrap();
            let partitions = topic["partitions"].list();
            assert_eq!(partitions.len(), PARTITIONS as usize);
            assert!(partitions.iter().all(|p| p["committed_offset"] == number + 1));
        }
    }
}

/// One generation of a large group over few connections: everybody joins, the leader assigns, everybody is stable.
fn generation(broker: &Broker, joins: &[Join]) -> Vec<(Client, Member)> {
    let mut clients: Vec<Client> = joins.iter().map(|_| broker.client()).collect();
    for (client, join) in clients.iter_mut().zip(joins) {
        client.send("JoinGroup", 3, join.request());
    }
    let mut members = Vec::new();
    let mut leader = None;
    for (mut client, join) in clients.into_iter().zip(joins) {
        let (_, joined) = client.recv("JoinGroup", 3);
        assert_eq!(joined["error_code"], NONE);
        let member = Member::joined(join, &joined);
        if joined["leader"] == member.id.as_str() {
            assert_eq!(joined["members"].list().len(), joins.len());
            leader = Some(members.len());
        }
        members.push((client, member));
    }
    let ids: Vec<String> = members.iter().map(|(_, member)| member.id.clone()).collect();
    let leader = leader.expect("one of them leads");
    for (index, (client, member)) in members.iter_mut().enumerate() {
        let shares: Vec<(&str, &[u8])> = match index == leader {
            true => ids.iter().map(|id| (id.as_str(), id.as_bytes())).collect(),
            false => Vec::new(),
        };
        client.send("SyncGroup", 3, member.sync_request(&shares));
    }
    for (client, member) in &mut members {
        let (_, synced) = client.recv("SyncGroup", 3);
        assert_eq!(synced["error_code"], NONE);
        assert_eq!(
            synced["assignment"].bytes(),
            member.id.as_bytes(),
            "everybody gets its own"
        );
    }
    members
}

#[test]
fn a_group_of_a_thousand_members_rebalances_and_outlives_a_kill() {
    const MEMBERS: usize = 1000;
    let Some(mut broker) = Options::new()
        .set("group.initial.rebalance.delay.ms", 3000)
        .start()
    else {
        return;
    };
    let before = broker.resident_bytes();
    await_coordinator(&mut broker.client(), "g");
    let join = Join::new("g").session(120_000).rebalance(120_000);
    let mut members = generation(&broker, &vec![join.clone(); MEMBERS]);
    tell_memory("a group of 1,000 members", &broker, before);

    let (mut client, gone) = members.pop().unwrap();
    assert_eq!(gone.leave(&mut client), NONE);
    for (client, member) in &mut members {
        assert_eq!(member.heartbeat(client), REBALANCE_IN_PROGRESS);
    }
    let joins: Vec<Join> = members
        .iter()
        .map(|(_, member)| join.clone().member(&member.id))
        .collect();
    drop(members);
    let members = generation(&broker, &joins);
    assert!(members.iter().all(|(_, member)| member.generation == 2));

    broker.crash();
    let mut client = broker.client();
    eventually("the coordinator is back", || state(&mut client, "g") == "Stable");
    for (_, member) in &members {
        assert_eq!(member.heartbeat(&mut client), NONE, "the generation goes on");
    }
}
