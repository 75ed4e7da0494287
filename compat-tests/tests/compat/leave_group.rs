use compat_tests::errors::{FENCED_INSTANCE_ID, INVALID_GROUP_ID, NONE, UNKNOWN_MEMBER_ID};
use compat_tests::groups::{Join, Member, await_coordinator, state};
use compat_tests::server::Broker;
use compat_tests::wire::{Value, versions};
use compat_tests::{list, obj, unique};

#[test]
fn every_version_lets_a_member_go_at_once() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("LeaveGroup") {
        let group = unique("g");
        let member = Member::alone(&mut client, &group);
        let request = if version < 3 {
            obj! { group_id: &group, member_id: &member.id }
        } else {
            obj! { group_id: &group, members: list![obj! { member_id: &member.id, group_instance_id: Value::Null }] }
        };
        let answer = client.call("LeaveGroup", version, request);
        assert_eq!(answer["error_code"], NONE, "v{version}");
        if version >= 3 {
            assert_eq!(answer["members"][0]["error_code"], NONE, "v{version}");
            assert_eq!(answer["members"][0]["member_id"], member.id.as_str());
        }
        assert_eq!(state(&mut client, &group), "Empty", "v{version}");
        assert_eq!(member.heartbeat(&mut client), UNKNOWN_MEMBER_ID);
    }
}

#[test]
fn the_others_are_told_to_join_again() {
    let broker = Broker::start();
    let (mut one, mut two) = (broker.client(), broker.client());
    let group = unique("g");
    let first = Member::alone(&mut one, &group);
    let told = two.call("JoinGroup", 5, Join::new(&group).request());
    let join = Join::new(&group).member(told["member_id"].str());
    two.send("JoinGroup", 5, join.request());
    compat_tests::eventually("a rebalance", || first.heartbeat(&mut one) != NONE);
    // The leader leaves in mid-rebalance: the newcomer need not wait for its timeout.
    assert_eq!(first.leave(&mut one), NONE);
    let (_, joined) = two.recv("JoinGroup", 5);
    assert_eq!(
        (joined["error_code"].int(), joined["members"].list().len()),
        (0, 1)
    );
    assert_eq!(joined["leader"], joined["member_id"]);
}

#[test]
fn several_leave_at_once_by_id_or_instance() {
    let broker = Broker::start();
    let mut client = broker.client();
    let group = unique("g");
    Member::alone_as(&mut client, Join::new(&group).instance("i1"));
    let members = list![
        obj! { member_id: "", group_instance_id: "i1" },
        obj! { member_id: "nobody", group_instance_id: Value::Null },
        obj! { member_id: "", group_instance_id: "i2" },
    ];
    let answer = client.call("LeaveGroup", 5, obj! { group_id: &group, members: members });
    assert_eq!(answer["error_code"], NONE);
    let codes: Vec<i64> = answer["members"]
        .list()
        .iter()
        .map(|m| m["error_code"].int())
        .collect();
    assert_eq!(
        codes,
        [0, i64::from(UNKNOWN_MEMBER_ID), i64::from(UNKNOWN_MEMBER_ID)]
    );
    assert_eq!(state(&mut client, &group), "Empty");
}

#[test]
fn wrong_leaves_are_refused() {
    let broker = Broker::start();
    let mut client = broker.client();
    let group = unique("g");
    let member = Member::alone_as(&mut client, Join::new(&group).instance("i1"));
    let mut leave = |group: &str, id: &str, instance: Option<&str>| {
        let members = list![obj! { member_id: id, group_instance_id: instance }];
        let answer = client.call("LeaveGroup", 4, obj! { group_id: group, members: members });
        let top = answer["error_code"].int() as i16;
        if top == NONE {
            answer["members"][0]["error_code"].int() as i16
        } else {
            top
        }
    };
    assert_eq!(leave("", &member.id, None), INVALID_GROUP_ID);
    assert_eq!(leave(&unique("absent"), &member.id, None), UNKNOWN_MEMBER_ID);
    assert_eq!(leave(&group, "nobody", Some("i1")), FENCED_INSTANCE_ID);
    assert_eq!(leave(&group, &member.id, Some("i1")), NONE);
    for version in versions("LeaveGroup").filter(|version| *version < 3) {
        for (group, wanted) in [(group.as_str(), UNKNOWN_MEMBER_ID), ("", INVALID_GROUP_ID)] {
            let answer = client.call(
                "LeaveGroup",
                version,
                obj! { group_id: group, member_id: "nobody" },
            );
            assert_eq!(answer["error_code"], wanted, "v{version}");
        }
    }
}

#[test]
fn who_was_only_told_an_id_may_leave() {
    let broker = Broker::start();
    let mut client = broker.client();
    let group = unique("g");
    await_coordinator(&mut client, &group);
    let told = client.call("JoinGroup", 5, Join::new(&group).request());
    let members = list![obj! { member_id: told["member_id"].str(), group_instance_id: Value::Null }];
    let answer = client.call("LeaveGroup", 4, obj! { group_id: &group, members: members });
    assert_eq!(answer["members"][0]["error_code"], NONE, "{answer:?}");
}
