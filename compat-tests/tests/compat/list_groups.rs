use compat_tests::errors::NONE;
use compat_tests::groups::{Join, Member, await_coordinator, commit};
use compat_tests::ops::broker_and_topic;
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj, unique};

fn names(client: &mut Client, version: i16, request: Value) -> Vec<String> {
    let response = client.call("ListGroups", version, request);
    assert_eq!(response["error_code"], NONE, "v{version}");
    response["groups"]
        .list()
        .iter()
        .map(|g| g["group_id"].str().to_owned())
        .collect()
}

#[test]
fn every_version_lists_groups_with_and_without_members() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let (live, idle) = (unique("live"), unique("idle"));
    Member::alone(&mut client, &live);
    commit(&mut client, &idle, &topic, 0, 1);
    for version in versions("ListGroups") {
        let response = client.call("ListGroups", version, obj! {});
        assert_eq!(response["error_code"], NONE, "v{version}");
        let with = response["groups"].find("group_id", &live);
        let without = response["groups"].find("group_id", &idle);
        assert_eq!(
            (with["protocol_type"].str(), without["protocol_type"].str()),
            ("consumer", "")
        );
        if version >= 4 {
            assert_eq!(
                (with["group_state"].str(), without["group_state"].str()),
                ("Stable", "Empty")
            );
        }
        if version >= 5 {
            assert_eq!(
                (with["group_type"].str(), without["group_type"].str()),
                ("classic", "classic")
            );
        }
    }
}

#[test]
fn filters_by_state_and_type() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let (live, idle) = (unique("live"), unique("idle"));
    Member::alone(&mut client, &live);
    commit(&mut client, &idle, &topic, 0, 1);
    let mut has = |version: i16, request: Value| {
        let all = names(&mut client, version, request);
        (all.contains(&live), all.contains(&idle))
    };
    for version in 4..=5 {
        assert_eq!(
            has(version, obj! { states_filter: list!["Stable"] }),
            (true, false)
        );
        assert_eq!(
            has(version, obj! { states_filter: list!["stable", "EMPTY"] }),
            (true, true),
            "case is nothing"
        );
        assert_eq!(
            has(version, obj! { states_filter: list!["Dead"] }),
            (false, false)
        );
        assert_eq!(
            has(version, obj! { states_filter: list!["nonsense"] }),
            (false, false)
        );
    }
    assert_eq!(has(5, obj! { types_filter: list!["classic"] }), (true, true));
    assert_eq!(
        has(5, obj! { types_filter: list!["Classic", "share"] }),
        (true, true)
    );
    assert_eq!(has(5, obj! { types_filter: list!["consumer"] }), (false, false));
}

#[test]
fn who_was_only_told_an_id_makes_an_empty_group() {
    let (_broker, mut client, _topic) = broker_and_topic(1);
    let group = unique("g");
    await_coordinator(&mut client, &group);
    client.call("JoinGroup", 5, Join::new(&group).request());
    let response = client.call("ListGroups", 4, obj! {});
    assert_eq!(
        response["groups"].find("group_id", &group)["group_state"],
        "Empty"
    );
}
