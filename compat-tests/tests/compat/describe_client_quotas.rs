use std::collections::BTreeSet;

use compat_tests::errors::*;
use compat_tests::quotas::{entry, values};
use compat_tests::server::Broker;
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{eventually, obj, unique};

const EXACT: i8 = 0;
const DEFAULT: i8 = 1;
const ANY: i8 = 2;

fn component(kind: &str, match_type: i8, name: Option<&str>) -> Value {
    obj! { entity_type: kind, match_type: match_type, match: name }
}

fn describe(client: &mut Client, version: i16, components: &[Value], strict: bool) -> Value {
    let request = obj! { components: components.to_vec(), strict: strict };
    client.call("DescribeClientQuotas", version, request)
}

/// The first of each entity's values, which tells the entities of these tests apart.
fn found(client: &mut Client, version: i16, components: &[Value], strict: bool) -> BTreeSet<i64> {
    let answer = describe(client, version, components, strict);
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
    assert_eq!(answer["error_message"], "");
    let entries = answer["entries"].list().iter();
    entries.map(|entry| values(entry)[0].1 as i64).collect()
}

/// What is set for the names of one test; values count from 101.
fn set_up(client: &mut Client, user: &str, other: &str, id: &str) {
    let (user, other, id) = (Some(user), Some(other), Some(id));
    let entities: [&[(&str, Option<&str>)]; 7] = [
        &[("user", user), ("client-id", id)],
        &[("user", user), ("client-id", None)],
        &[("user", user)],
        &[("user", other), ("client-id", id)],
        &[("user", other)],
        &[("client-id", id)],
        &[("ip", Some("192.0.2.99"))],
    ];
    let entries = entities.iter().enumerate().map(|(at, entity)| {
        let key = if at == 6 {
            "connection_creation_rate"
        } else {
            "producer_byte_rate"
        };
        entry(entity, &[(key, Some(101.0 + at as f64))])
    });
    let request = obj! { entries: entries.collect::<Vec<_>>(), validate_only: false };
    let answer = client.call("AlterClientQuotas", 1, request);
    assert!(
        answer["entries"].list().iter().all(|e| e["error_code"] == NONE),
        "{answer:?}"
    );
    eventually("the quotas are shown", || {
        let all = found(client, 1, &[], false);
        (101..=107).all(|value| all.contains(&value))
    });
}

#[test]
fn filters_find_what_they_match() {
    let broker = Broker::start();
    let mut client = broker.client();
    let (user, other, id) = (unique("u"), unique("o"), unique("c"));
    set_up(&mut client, &user, &other, &id);
    let named = |kind: &str, name: &str| component(kind, EXACT, Some(name));
    let any = |kind: &str| component(kind, ANY, None);
    let default = |kind: &str| component(kind, DEFAULT, None);
    let (user, other, id) = (
        named("user", &user),
        named("user", &other),
        named("client-id", &id),
    );
    let none: [i64; 0] = [];
    for version in versions("DescribeClientQuotas") {
        let mut of = |components: &[&Value], strict: bool| {
            let components: Vec<Value> = components.iter().map(|&c| c.clone()).collect();
            let all = found(&mut client, version, &components, strict);
            // Others' entities may be there besides.
            all.into_iter()
                .filter(|v| (101..=107).contains(v))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(&[&user], false), [101, 102, 103], "v{version}");
        assert_eq!(of(&[&user], true), [103]);
        assert_eq!(of(&[&user, &id], true), [101]);
        assert_eq!(of(&[&id, &user], false), [101]);
        assert_eq!(of(&[&user, &default("client-id")], true), [102]);
        assert_eq!(of(&[&user, &any("client-id")], true), [101, 102]);
        assert_eq!(of(&[&other, &default("client-id")], false), none);
        assert_eq!(of(&[&id], false), [101, 104, 106]);
        assert_eq!(of(&[&id], true), [106]);
        assert_eq!(of(&[&any("user"), &id], false), [101, 104]);
        assert_eq!(of(&[&any("user")], true), [103, 105]);
        assert_eq!(of(&[&any("user")], false), [101, 102, 103, 104, 105]);
        assert_eq!(of(&[&default("user")], false), none);
        assert_eq!(of(&[&named("user", "nobody")], false), none);
        assert_eq!(of(&[&any("ip")], false), [107]);
        assert_eq!(of(&[&named("ip", "192.0.2.99")], true), [107]);
        assert_eq!(of(&[&default("ip")], false), none);
        assert_eq!(of(&[], false), [101, 102, 103, 104, 105, 106, 107]);
        assert_eq!(of(&[], true), none);
    }
}

#[test]
fn an_entry_names_its_entity() {
    let broker = Broker::start();
    let mut client = broker.client();
    let (user, other, id) = (unique("u"), unique("o"), unique("c"));
    set_up(&mut client, &user, &other, &id);
    let asked = [
        component("user", EXACT, Some(&user)),
        component("client-id", DEFAULT, None),
    ];
    for version in versions("DescribeClientQuotas") {
        let answer = describe(&mut client, version, &asked, true);
        assert_eq!(answer["throttle_time_ms"], 0);
        let entity = &answer["entries"][0]["entity"];
        assert_eq!(entity.list().len(), 2);
        assert_eq!(entity.find("entity_type", "user")["entity_name"], user.as_str());
        assert!(entity.find("entity_type", "client-id")["entity_name"].is_null());
        assert_eq!(
            values(&answer["entries"][0]),
            [("producer_byte_rate".to_owned(), 102.0)]
        );
    }
}

#[test]
fn filters_that_cannot_be_are_refused() {
    let broker = Broker::start();
    let mut client = broker.client();
    let any = |kind: &str| component(kind, ANY, None);
    let invalid = |text: &str| (INVALID_REQUEST, text.to_owned());
    let with_ip = "Invalid entity filter component combination. IP filter component should not be used with user or \
                   clientId filter component.";
    let cases: [(&[Value], (i16, String)); 9] = [
        (&[any("")], invalid("Invalid empty entity type.")),
        (
            &[any("user"), component("user", DEFAULT, None)],
            invalid("Entity type user cannot appear more than once in the filter."),
        ),
        (
            &[any("other")],
            (UNSUPPORTED_VERSION, "Unsupported entity type other".into()),
        ),
        (
            &[component("user", EXACT, None)],
            invalid("Request specified MATCH_TYPE_EXACT, but set match string to null."),
        ),
        (
            &[component("user", DEFAULT, Some("u"))],
            invalid("Request specified MATCH_TYPE_DEFAULT, but also specified a match string."),
        ),
        (
            &[component("user", ANY, Some("u"))],
            invalid("Request specified MATCH_TYPE_SPECIFIED, but also specified a match string."),
        ),
        (&[component("user", 3, None)], invalid("Unknown match type 3")),
        (&[any("ip"), any("user")], invalid(with_ip)),
        (
            &[any("client-id"), component("ip", EXACT, Some("1.2.3.4"))],
            invalid(with_ip),
        ),
    ];
    for version in versions("DescribeClientQuotas") {
        for (components, (code, text)) in &cases {
            let answer = describe(&mut client, version, components, false);
            assert_eq!(answer["error_code"], *code, "{components:?}");
            assert_eq!(answer["error_message"], text.as_str(), "{components:?}");
            assert!(answer["entries"].is_null(), "{components:?}");
        }
    }
}
