use compat_tests::errors::{
    FENCED_INSTANCE_ID, ILLEGAL_GENERATION, INCONSISTENT_GROUP_PROTOCOL, INVALID_GROUP_ID, NONE,
    REBALANCE_IN_PROGRESS, UNKNOWN_MEMBER_ID,
};
use compat_tests::groups::{Join, Member, await_coordinator, state};
use compat_tests::server::Broker;
use compat_tests::wire::{Value, versions};
use compat_tests::{obj, unique};

#[test]
fn every_version_hands_out_the_leaders_assignment() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("SyncGroup") {
        let group = unique("g");
        await_coordinator(&mut client, &group);
        let join = Join::new(&group);
        let member = Member::joined(&join, &join.call(&mut client, 5));
        let synced = member.sync(&mut client, version, &[(&member.id, b"your share")]);
        assert_eq!(synced["error_code"], NONE, "v{version}: {synced:?}");
        assert_eq!(synced["assignment"].bytes(), b"your share", "v{version}");
        if version >= 5 {
            assert_eq!(
                (synced["protocol_type"].str(), synced["protocol_name"].str()),
                ("consumer", "range")
            );
        }
        assert_eq!(state(&mut client, &group), "Stable");
        let again = member.sync(&mut client, version, &[]);
        assert_eq!(
            again["assignment"].bytes(),
            b"your share",
            "v{version}: stable groups repeat it"
        );
    }
}

#[test]
fn followers_wait_for_the_leader() {
    let broker = Broker::start();
    let (mut one, mut two) = (broker.client(), broker.client());
    let group = unique("g");
    let first = Member::alone(&mut one, &group);
    let told = two.call("JoinGroup", 5, Join::new(&group).request());
    let join = Join::new(&group).member(told["member_id"].str());
    two.send("JoinGroup", 5, join.request());
    compat_tests::eventually("a rebalance", || {
        first.heartbeat(&mut one) == REBALANCE_IN_PROGRESS
    });
    assert_eq!(first.sync(&mut one, 5, &[])["error_code"], REBALANCE_IN_PROGRESS);
    let again = one.call("JoinGroup", 5, Join::new(&group).member(&first.id).request());
    let leader = Member::joined(&Join::new(&group).member(&first.id), &again);
    let follower = Member::joined(&join, &two.recv("JoinGroup", 5).1);
    two.send("SyncGroup", 3, follower.sync_request(&[]));
    let own = leader.sync(&mut one, 3, &[(&leader.id, b"first"), (&follower.id, b"second")]);
    assert_eq!(own["assignment"].bytes(), b"first");
    assert_eq!(two.recv("SyncGroup", 3).1["assignment"].bytes(), b"second");
}

#[test]
fn who_is_not_named_gets_an_empty_share() {
    let broker = Broker::start();
    let mut client = broker.client();
    let group = unique("g");
    await_coordinator(&mut client, &group);
    let join = Join::new(&group);
    let member = Member::joined(&join, &join.call(&mut client, 5));
    let synced = member.sync(&mut client, 3, &[]);
    assert_eq!(
        (synced["error_code"].int(), synced["assignment"].bytes().len()),
        (0, 0)
    );
}

#[test]
fn wrong_syncs_are_refused() {
    let broker = Broker::start();
    let mut client = broker.client();
    let group = unique("g");
    let member = Member::alone_as(&mut client, Join::new(&group).instance("i1"));
    let mut code = |change: fn(&mut Member)| {
        let mut wrong = member.clone();
        change(&mut wrong);
        wrong.sync(&mut client, 4, &[])["error_code"].int() as i16
    };
    assert_eq!(code(|_| {}), NONE);
    assert_eq!(code(|m| m.generation += 1), ILLEGAL_GENERATION);
    assert_eq!(code(|m| m.group = unique("absent")), UNKNOWN_MEMBER_ID);
    assert_eq!(code(|m| m.group = String::new()), INVALID_GROUP_ID);
    assert_eq!(
        code(|m| (m.id, m.instance_id) = ("nobody".to_owned(), None)),
        UNKNOWN_MEMBER_ID
    );
    assert_eq!(code(|m| m.id = "nobody".to_owned()), FENCED_INSTANCE_ID);
    assert_eq!(code(|m| m.instance_id = Some("i2".to_owned())), UNKNOWN_MEMBER_ID);
}

#[test]
fn version_5_compares_the_protocol() {
    let broker = Broker::start();
    let mut client = broker.client();
    let group = unique("g");
    let member = Member::alone(&mut client, &group);
    let mut code = |kind: Value, name: Value| {
        let request = obj! {
            group_id: &group, generation_id: member.generation, member_id: &member.id,
            protocol_type: kind, protocol_name: name,
        };
        client.call("SyncGroup", 5, request)["error_code"].int() as i16
    };
    assert_eq!(code("consumer".into(), "range".into()), NONE);
    assert_eq!(
        code("connect".into(), "range".into()),
        INCONSISTENT_GROUP_PROTOCOL
    );
    assert_eq!(
        code("consumer".into(), "sticky".into()),
        INCONSISTENT_GROUP_PROTOCOL
    );
    assert_eq!(code(Value::Null, Value::Null), INCONSISTENT_GROUP_PROTOCOL);
}
