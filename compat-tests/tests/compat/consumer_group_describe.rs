use compat_tests::errors::{GROUP_ID_NOT_FOUND, INVALID_GROUP_ID, NONE};
use compat_tests::groups::{Member, await_coordinator, join_newer};
use compat_tests::ops::broker_and_topic;
use compat_tests::wire::versions;
use compat_tests::{list, obj, unique};

#[test]
fn every_version_describes_members_and_refuses_other_groups() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let (group, classic) = (unique("g"), unique("classic"));
    await_coordinator(&mut client, &group);
    assert_eq!(join_newer(&mut client, &group, "m", &topic)["error_code"], NONE);
    Member::alone(&mut client, &classic);
    for version in versions("ConsumerGroupDescribe") {
        let ids = list![&group, &classic, "no-such-group", ""];
        let request = obj! { group_ids: ids, include_authorized_operations: true };
        let response = client.call("ConsumerGroupDescribe", version, request);
        let row = response["groups"].find("group_id", &group);
        assert_eq!(row["error_code"], NONE, "v{version}");
        assert_eq!(
            (row["group_state"].str(), row["assignor_name"].str()),
            ("Stable", "uniform")
        );
        assert_eq!(row["group_epoch"].int(), row["assignment_epoch"].int());
        assert!(row["authorized_operations"].int() > 0);
        let member = &row["members"][0];
        assert_eq!(member["member_id"], "m");
        assert_eq!(member["subscribed_topic_names"][0], topic.as_str());
        for side in ["assignment", "target_assignment"] {
            let topics = &member[side]["topic_partitions"];
            assert_eq!(topics[0]["topic_name"], topic.as_str(), "{side}");
            assert_eq!(topics[0]["partitions"].list().len(), 2, "{side}");
        }
        if version >= 1 {
            assert_eq!(member["member_type"].int(), 1);
        }
        let code = |id: &str| response["groups"].find("group_id", id)["error_code"].int() as i16;
        assert_eq!(code(&classic), GROUP_ID_NOT_FOUND);
        assert_eq!(code("no-such-group"), GROUP_ID_NOT_FOUND);
        assert_eq!(code(""), INVALID_GROUP_ID);
    }
}
