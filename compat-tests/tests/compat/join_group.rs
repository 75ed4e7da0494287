use compat_tests::errors::{
    FENCED_INSTANCE_ID, INCONSISTENT_GROUP_PROTOCOL, INVALID_GROUP_ID, INVALID_SESSION_TIMEOUT,
    MEMBER_ID_REQUIRED, NONE, REBALANCE_IN_PROGRESS, UNKNOWN_MEMBER_ID,
};
use compat_tests::groups::{Join, Member, SUBSCRIPTION, await_coordinator, state};
use compat_tests::server::Broker;
use compat_tests::unique;
use compat_tests::wire::{Client, versions};

/// A broker, a connection, and a group that it coordinates.
fn start() -> (Broker, Client, String) {
    let broker = Broker::start();
    let mut client = broker.client();
    let group = unique("g");
    await_coordinator(&mut client, &group);
    (broker, client, group)
}

#[test]
fn every_version_makes_a_lone_member_the_leader() {
    let (_broker, mut client, _) = start();
    for version in versions("JoinGroup") {
        let group = unique("g");
        await_coordinator(&mut client, &group);
        let joined = Join::new(&group).call(&mut client, version);
        assert_eq!(joined["error_code"], NONE, "v{version}: {joined:?}");
        assert_eq!(joined["generation_id"], 1, "v{version}");
        assert_eq!(joined["protocol_name"], "range");
        assert_eq!(joined["leader"], joined["member_id"]);
        assert_eq!(
            joined["members"].list().len(),
            1,
            "v{version}: the leader sees the members"
        );
        assert_eq!(joined["members"][0]["member_id"], joined["member_id"]);
        assert_eq!(joined["members"][0]["metadata"].bytes(), SUBSCRIPTION);
        if version >= 7 {
            assert_eq!(joined["protocol_type"], "consumer", "v{version}");
        }
        if version >= 9 {
            assert_eq!(joined["skip_assignment"], false);
        }
    }
}

#[test]
fn from_version_4_a_new_member_is_told_its_id_first() {
    let (_broker, mut client, group) = start();
    for version in 4..=9 {
        let first = client.call("JoinGroup", version, Join::new(&group).request());
        assert_eq!(first["error_code"], MEMBER_ID_REQUIRED, "v{version}");
        assert!(
            first["member_id"].str().starts_with("compat-"),
            "client id and a UUID: {first:?}"
        );
        assert_eq!(first["generation_id"], -1, "v{version}");
    }
    // Members that were told an id but never came back are no members.
    for version in 0..=3 {
        let group = unique("g");
        await_coordinator(&mut client, &group);
        let joined = client.call("JoinGroup", version, Join::new(&group).request());
        assert_eq!(joined["error_code"], NONE, "v{version}: the old way in one step");
    }
}

#[test]
fn static_members_need_no_second_step() {
    let (_broker, mut client, _) = start();
    for version in 5..=9 {
        let group = unique("g");
        await_coordinator(&mut client, &group);
        let joined = client.call("JoinGroup", version, Join::new(&group).instance("i1").request());
        assert_eq!(joined["error_code"], NONE, "v{version}");
        assert_eq!(joined["members"][0]["group_instance_id"], "i1");
    }
}

#[test]
fn wrong_joins_are_refused() {
    let (_broker, mut client, group) = start();
    let mut code = |join: Join| client.call("JoinGroup", 5, join.request())["error_code"].int() as i16;
    assert_eq!(code(Join::new("")), INVALID_GROUP_ID);
    assert_eq!(code(Join::new(&group).session(5999)), INVALID_SESSION_TIMEOUT);
    assert_eq!(
        code(Join::new(&group).session(1_800_001)),
        INVALID_SESSION_TIMEOUT
    );
    assert_eq!(code(Join::new(&group).member("nobody")), UNKNOWN_MEMBER_ID);
    assert_eq!(
        code(Join::new(&group).instance("i").protocols(&[])),
        INCONSISTENT_GROUP_PROTOCOL
    );
    let mut untyped = Join::new(&group).instance("i");
    untyped.protocol_type = String::new();
    assert_eq!(code(untyped), INCONSISTENT_GROUP_PROTOCOL);
}

#[test]
fn a_member_must_share_a_protocol_with_the_group() {
    let (_broker, mut client, group) = start();
    Member::alone(&mut client, &group);
    let stranger = Join::new(&group).protocols(&["mine"]).call(&mut client, 3);
    assert_eq!(stranger["error_code"], INCONSISTENT_GROUP_PROTOCOL);
    let mut other = Join::new(&group);
    other.protocol_type = "connect".to_owned();
    assert_eq!(
        other.call(&mut client, 3)["error_code"],
        INCONSISTENT_GROUP_PROTOCOL
    );
}

#[test]
fn a_second_member_makes_a_new_generation_with_the_first_as_leader() {
    let (broker, mut one, group) = start();
    let first = Member::alone(&mut one, &group);
    let mut two = broker.client();
    let join = Join::new(&group).protocols(&["other", "range"]);
    let told = two.call("JoinGroup", 5, join.request());
    assert_eq!(told["error_code"], MEMBER_ID_REQUIRED);
    let join = join.member(told["member_id"].str());
    two.send("JoinGroup", 5, join.request());
    compat_tests::eventually("the group rebalances", || {
        first.heartbeat(&mut one) == REBALANCE_IN_PROGRESS
    });
    let again = one.call("JoinGroup", 5, Join::new(&group).member(&first.id).request());
    let (_, joined) = two.recv("JoinGroup", 5);
    for answer in [&again, &joined] {
        assert_eq!(answer["error_code"], NONE, "{answer:?}");
        assert_eq!(answer["generation_id"], first.generation + 1);
        assert_eq!(answer["leader"], first.id.as_str());
        assert_eq!(answer["protocol_name"], "range", "the only one that both know");
    }
    assert_eq!(again["members"].list().len(), 2);
    assert_eq!(
        joined["members"].list().len(),
        0,
        "only the leader sees the members"
    );
    assert_eq!(state(&mut one, &group), "CompletingRebalance");
}

#[test]
fn who_does_not_rejoin_in_time_is_out() {
    let (broker, mut one, group) = start();
    let first = Member::alone_as(&mut one, Join::new(&group).rebalance(300));
    let mut two = broker.client();
    let joined = Join::new(&group).rebalance(300).call(&mut two, 5);
    assert_eq!(joined["error_code"], NONE);
    assert_eq!(joined["members"].list().len(), 1, "the first was left behind");
    assert_eq!(joined["leader"], joined["member_id"]);
    assert_eq!(first.heartbeat(&mut one), UNKNOWN_MEMBER_ID);
}

#[test]
fn a_static_member_that_returns_keeps_its_place_without_a_rebalance() {
    let (broker, mut one, group) = start();
    let first = Member::alone_as(&mut one, Join::new(&group).instance("i1"));
    let mut two = broker.client();
    let back = two.call("JoinGroup", 9, Join::new(&group).instance("i1").request());
    assert_eq!(back["error_code"], NONE, "{back:?}");
    assert_eq!(back["generation_id"], first.generation, "no new generation");
    assert_ne!(back["member_id"], first.id.as_str());
    assert_eq!(back["leader"], back["member_id"]);
    assert_eq!(
        back["skip_assignment"], true,
        "the leader keeps the assignment that there is"
    );
    let now = Member::joined(&Join::new(&group).instance("i1"), &back);
    assert_eq!(now.sync(&mut two, 5, &[])["assignment"].bytes(), b"assignment");
    assert_eq!(
        first.heartbeat(&mut one),
        FENCED_INSTANCE_ID,
        "the old one is fenced"
    );
    assert_eq!(now.heartbeat(&mut two), NONE);
}

#[test]
fn a_leader_that_joins_again_triggers_a_rebalance_but_a_follower_does_not() {
    let (_broker, mut client, group) = start();
    let leader = Member::alone(&mut client, &group);
    let again = client.call("JoinGroup", 5, Join::new(&group).member(&leader.id).request());
    assert_eq!(again["generation_id"], leader.generation + 1);
}
