use compat_tests::errors::{GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP, NONE};
use compat_tests::groups::{Member, await_coordinator, commit, committed, state};
use compat_tests::ops::{broker_and_topic, create_topic};
use compat_tests::server::Options;
use compat_tests::wire::{Client, versions};
use compat_tests::{list, obj, unique};

fn delete(client: &mut Client, version: i16, group: &str) -> i16 {
    let response = client.call("DeleteGroups", version, obj! { groups_names: list![group] });
    assert_eq!(response["results"][0]["group_id"], group);
    response["results"][0]["error_code"].int() as i16
}

#[test]
fn every_version_deletes_an_empty_group_with_its_offsets() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    for version in versions("DeleteGroups") {
        let group = unique("g");
        commit(&mut client, &group, &topic, 0, 5);
        assert_eq!(delete(&mut client, version, &group), NONE, "v{version}");
        assert_eq!(committed(&mut client, &group, &topic, 0), -1, "v{version}");
        assert_eq!(state(&mut client, &group), "Dead");
        assert_eq!(
            delete(&mut client, version, &group),
            GROUP_ID_NOT_FOUND,
            "v{version}"
        );
    }
}

#[test]
fn live_groups_and_wrong_names_are_refused_one_by_one() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let (live, idle) = (unique("live"), unique("idle"));
    let member = Member::alone(&mut client, &live);
    commit(&mut client, &idle, &topic, 0, 5);
    let response = client.call(
        "DeleteGroups",
        2,
        obj! { groups_names: list![&live, &idle, "no-such-group"] },
    );
    let code = |group: &str| response["results"].find("group_id", group)["error_code"].int() as i16;
    assert_eq!((code(&live), code(&idle)), (NON_EMPTY_GROUP, NONE));
    assert_eq!(code("no-such-group"), GROUP_ID_NOT_FOUND);
    for version in versions("DeleteGroups") {
        assert_eq!(delete(&mut client, version, &live), NON_EMPTY_GROUP, "v{version}");
    }
    assert_eq!(member.heartbeat(&mut client), NONE, "the live one lives on");
    assert_eq!(member.leave(&mut client), NONE);
    assert_eq!(delete(&mut client, 2, &live), NONE);
}

#[test]
fn deletion_survives_a_crash() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    create_topic(&mut broker.client(), "t", 1, &[]);
    let mut client = broker.client();
    commit(&mut client, "gone", "t", 0, 5);
    commit(&mut client, "kept", "t", 0, 6);
    assert_eq!(delete(&mut client, 2, "gone"), NONE);
    broker.crash();
    let mut client = broker.client();
    await_coordinator(&mut client, "gone");
    assert_eq!(committed(&mut client, "gone", "t", 0), -1);
    assert_eq!(committed(&mut client, "kept", "t", 0), 6);
}
