use compat_tests::errors::{GROUP_ID_NOT_FOUND, NONE};
use compat_tests::groups::{Join, Member, SUBSCRIPTION, await_coordinator, commit, join_newer};
use compat_tests::ops::broker_and_topic;
use compat_tests::server::Broker;
use compat_tests::wire::versions;
use compat_tests::{list, obj, unique};

#[test]
fn every_version_describes_a_live_group() {
    let broker = Broker::start();
    let mut client = broker.client();
    let group = unique("g");
    let member = Member::alone_as(&mut client, Join::new(&group).instance("i1"));
    for version in versions("DescribeGroups") {
        let response = client.call("DescribeGroups", version, obj! { groups: list![&group] });
        let row = &response["groups"][0];
        assert_eq!(
            (row["error_code"].int(), row["group_id"].str()),
            (0, group.as_str()),
            "v{version}"
        );
        assert_eq!(row["group_state"], "Stable");
        assert_eq!(
            (row["protocol_type"].str(), row["protocol_data"].str()),
            ("consumer", "range")
        );
        let [shown] = row["members"].list() else {
            panic!("one member: {row:?}")
        };
        assert_eq!(shown["member_id"], member.id.as_str());
        assert_eq!(shown["client_id"], "compat");
        assert_eq!(
            shown["client_host"], "/127.0.0.1",
            "v{version}: as Java writes an address"
        );
        assert_eq!(shown["member_metadata"].bytes(), SUBSCRIPTION);
        assert_eq!(shown["member_assignment"].bytes(), b"assignment");
        if version >= 3 {
            assert_eq!(
                row["authorized_operations"],
                i32::MIN,
                "v{version}: not asked for"
            );
            let asked = obj! { groups: list![&group], include_authorized_operations: true };
            let asked = client.call("DescribeGroups", version, asked);
            assert!(
                asked["groups"][0]["authorized_operations"].int() > 0,
                "v{version}"
            );
        }
        if version >= 4 {
            assert_eq!(shown["group_instance_id"], "i1");
        }
    }
}

#[test]
fn unknown_groups_are_dead_and_from_version_6_not_found() {
    let broker = Broker::start();
    let mut client = broker.client();
    let group = unique("absent");
    await_coordinator(&mut client, &group);
    for version in versions("DescribeGroups") {
        let response = client.call("DescribeGroups", version, obj! { groups: list![&group] });
        let row = &response["groups"][0];
        assert_eq!(row["group_state"], "Dead", "v{version}");
        assert_eq!(row["members"], list![]);
        assert_eq!(
            row["error_code"],
            if version < 6 { NONE } else { GROUP_ID_NOT_FOUND },
            "v{version}"
        );
        if version >= 6 {
            assert!(row["error_message"].str().contains(&group), "{row:?}");
        }
    }
}

#[test]
fn states_without_members_and_before_the_assignment() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let (idle, forming) = (unique("idle"), unique("forming"));
    commit(&mut client, &idle, &topic, 0, 1);
    await_coordinator(&mut client, &forming);
    Join::new(&forming).call(&mut client, 5);
    let response = client.call("DescribeGroups", 5, obj! { groups: list![&idle, &forming] });
    let row = response["groups"].find("group_id", &idle);
    assert_eq!(
        (row["group_state"].str(), row["protocol_data"].str()),
        ("Empty", "")
    );
    let row = response["groups"].find("group_id", &forming);
    assert_eq!(
        (row["group_state"].str(), row["protocol_type"].str()),
        ("CompletingRebalance", "consumer")
    );
    assert_eq!(row["members"].list().len(), 1);
}

#[test]
fn a_group_of_the_newer_protocol_is_not_found() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let group = unique("new");
    await_coordinator(&mut client, &group);
    assert_eq!(join_newer(&mut client, &group, "m", &topic)["error_code"], NONE);
    for version in versions("DescribeGroups") {
        let answer = client.call("DescribeGroups", version, obj! { groups: list![&group] });
        let wanted = if version < 6 { NONE } else { GROUP_ID_NOT_FOUND };
        let row = &answer["groups"][0];
        assert_eq!(row["group_state"], "Dead", "v{version}: {row:?}");
        assert_eq!(row["error_code"], wanted, "v{version}: {row:?}");
    }
}
