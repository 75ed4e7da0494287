use compat_tests::configs::{BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP, TOPIC, node, set};
use compat_tests::errors::{NONE, UNSUPPORTED_VERSION};
use compat_tests::ops::broker_and_topic;
use compat_tests::wire::{Client, Value};
use compat_tests::{eventually, list, obj, unique};

/// Types and names.
fn listed(client: &mut Client, version: i16, types: Value) -> Vec<(i8, String)> {
    let request = match version {
        0 => obj! {},
        _ => obj! { resource_types: types },
    };
    let answer = client.call("ListConfigResources", version, request);
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
    let rows = answer["config_resources"].list().iter();
    rows.map(|row| {
        let kind = if version == 0 {
            CLIENT_METRICS
        } else {
            row["resource_type"].int() as i8
        };
        (kind, row["resource_name"].str().to_owned())
    })
    .collect()
}

#[test]
fn every_type_lists_what_can_be_described() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = node(&mut client);
    let (group, subscription) = (unique("group"), unique("metrics"));
    set(
        &mut client,
        (GROUP, &group),
        &[("consumer.session.timeout.ms", "50000")],
    );
    set(
        &mut client,
        (CLIENT_METRICS, &subscription),
        &[("interval.ms", "1000")],
    );
    let rows = [
        (TOPIC, topic),
        (BROKER, id.clone()),
        (BROKER_LOGGER, id),
        (CLIENT_METRICS, subscription.clone()),
        (GROUP, group),
    ];
    for row in &rows {
        eventually("a resource is listed", || {
            let alone = listed(&mut client, 1, list![row.0]);
            assert!(alone.iter().all(|(kind, _)| *kind == row.0), "{alone:?}");
            alone.contains(row)
        });
    }
    let all = listed(&mut client, 1, list![]);
    assert!(rows.iter().all(|row| all.contains(row)), "{all:?}");
    let twice = listed(&mut client, 1, list![4i8, 4i8]);
    assert_eq!(twice.len(), 1, "each but once");
    let oldest = listed(&mut client, 0, Value::Null);
    assert!(oldest.contains(&(CLIENT_METRICS, subscription)));
    assert!(!oldest.iter().any(|(_, name)| *name == rows[0].1));
}

#[test]
fn an_unknown_type_is_not_supported() {
    let (_broker, mut client, _) = broker_and_topic(1);
    for kind in [0i8, 99] {
        let answer = client.call(
            "ListConfigResources",
            1,
            obj! { resource_types: list![2i8, kind] },
        );
        assert_eq!(answer["error_code"], UNSUPPORTED_VERSION);
        assert_eq!(answer["config_resources"].list().len(), 0);
    }
}
