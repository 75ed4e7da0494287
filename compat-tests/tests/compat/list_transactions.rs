use compat_tests::errors::*;
use compat_tests::ops::broker_and_topic;
use compat_tests::transactions::Producer;
use compat_tests::wire::{Value, versions};
use compat_tests::{list, obj, unique};

/// The listed ones among our own, by id.
fn ids(answer: &Value, prefix: &str) -> Vec<String> {
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
    let states = answer["transaction_states"].list().iter();
    let mut ids: Vec<String> = states
        .map(|state| state["transactional_id"].str().to_owned())
        .collect();
    ids.retain(|id| id.starts_with(prefix));
    ids.sort();
    ids
}

#[test]
fn every_version_filters_by_what_it_knows() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let prefix = unique("list");
    let (idle, open) = (format!("{prefix}-a"), format!("{prefix}-b"));
    let first = Producer::init(&mut client, &idle);
    Producer::init(&mut client, &open).write(&mut client, &topic, 0, &["v"]);
    for version in versions("ListTransactions") {
        let all = client.call("ListTransactions", version, obj! { state_filters: list![] });
        assert_eq!(ids(&all, &prefix), [idle.clone(), open.clone()], "v{version}");
        let ongoing = client.call(
            "ListTransactions",
            version,
            obj! { state_filters: list!["Ongoing", "Nonsense"] },
        );
        assert_eq!(ids(&ongoing, &prefix), [open.as_str()], "v{version}");
        assert_eq!(ongoing["unknown_state_filters"], list!["Nonsense"], "v{version}");
        let only_unknown = client.call(
            "ListTransactions",
            version,
            obj! { state_filters: list!["Nonsense"] },
        );
        assert_eq!(ids(&only_unknown, &prefix), Vec::<String>::new(), "v{version}");
        let request = obj! { producer_id_filters: list![first.producer_id] };
        let by_id = client.call("ListTransactions", version, request);
        assert_eq!(ids(&by_id, &prefix), [idle.as_str()], "v{version}");
    }
}

#[test]
fn duration_and_pattern_filter_too() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let prefix = unique("list");
    let open = format!("{prefix}-b");
    Producer::init(&mut client, &format!("{prefix}-a"));
    Producer::init(&mut client, &open).write(&mut client, &topic, 0, &["v"]);
    // Kafka counts who has begun nothing as open since ever.
    let idle = format!("{prefix}-a");
    for version in versions("ListTransactions").filter(|version| *version >= 1) {
        let long = client.call(
            "ListTransactions",
            version,
            obj! { duration_filter: 3_600_000i64 },
        );
        assert_eq!(ids(&long, &prefix), [idle.as_str()], "v{version}");
        compat_tests::eventually("a transaction of some age", || {
            let running = client.call("ListTransactions", version, obj! { duration_filter: 1i64 });
            ids(&running, &prefix) == [idle.as_str(), open.as_str()]
        });
    }
    let pattern = format!("{prefix}-[b-z]");
    let by_pattern = client.call("ListTransactions", 2, obj! { transactional_id_pattern: pattern });
    assert_eq!(ids(&by_pattern, &prefix), [open]);
    let invalid = client.call("ListTransactions", 2, obj! { transactional_id_pattern: "(" });
    assert_eq!(invalid["error_code"], INVALID_REGULAR_EXPRESSION);
}
