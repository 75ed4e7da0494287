//! AlterClientQuotas and DescribeClientQuotas.

use compat_tests::wire::Value;
use compat_tests::{list, obj};

use crate::script::Script;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    alter(s);
    describe(s);
}

fn part(kind: &str, name: Value) -> Value {
    obj! { entity_type: kind, entity_name: name }
}

fn set(key: &str, value: f64) -> Value {
    obj! { key: key, value: value, remove: false }
}

fn remove(key: &str) -> Value {
    obj! { key: key, value: 0.0, remove: true }
}

fn entry(entity: Value, ops: Value) -> Value {
    obj! { entity: entity, ops: ops }
}

fn alter(s: &mut Script) {
    s.section("AlterClientQuotas");
    let one = |entity: Value, ops: Value| obj! { entries: list![entry(entity, ops)] };
    let user = || list![part("user", "quota-u".into())];
    let rate = "producer_byte_rate";
    let keys = [
        rate,
        "consumer_byte_rate",
        "request_percentage",
        "controller_mutation_rate",
        "connection_creation_rate",
        "nonsense",
        "",
    ];
    for key in keys {
        for (word, entity) in [
            ("user", user()),
            ("client", list![part("client-id", "quota-c".into())]),
            ("ip", list![part("ip", "10.9.8.7".into())]),
        ] {
            s.all(&format!("{word}-{key}"), |_| {
                one(entity.clone(), list![set(key, 1e9)])
            });
        }
    }
    for (word, value) in [
        ("zero", 0.0),
        ("negative", -1.0),
        ("fraction", 0.5),
        ("whole-and-half", 10.5),
        ("infinite", f64::INFINITY),
        ("no-number", f64::NAN),
        ("huge", 1e300),
    ] {
        for key in [rate, "request_percentage", "controller_mutation_rate"] {
            s.all(&format!("{word}-{key}"), |_| one(user(), list![set(key, value)]));
        }
        s.all(&format!("{word}-ip"), |_| {
            let entity = list![part("ip", "10.9.8.7".into())];
            one(entity, list![set("connection_creation_rate", value)])
        });
    }
    let both = |user: Value, client: Value| list![part("user", user), part("client-id", client)];
    for (word, entity) in [
        ("default-user", list![part("user", Value::Null)]),
        ("default-client", list![part("client-id", Value::Null)]),
        ("both", both("quota-u".into(), "quota-c".into())),
        ("both-default", both(Value::Null, Value::Null)),
        ("no-entity", list![]),
        ("unknown-entity", list![part("planet", "mars".into())]),
        ("no-kind", list![part("", "x".into())]),
        ("empty-user", list![part("user", "".into())]),
        ("empty-client", list![part("client-id", "".into())]),
        (
            "user-twice",
            list![part("user", "a".into()), part("user", "b".into())],
        ),
        (
            "user-and-ip",
            list![part("user", "a".into()), part("ip", "10.9.8.7".into())],
        ),
        ("odd-user", list![part("user", "a b/ü".into())]),
    ] {
        s.all(word, |_| one(entity.clone(), list![set(rate, 2e9)]));
    }
    for (word, address) in [
        ("ip-wrong", "10.9.8"),
        ("ip-word", "no such host"),
        ("ip-empty", ""),
        ("ip-v6", "::1"),
    ] {
        s.all(word, |_| {
            one(
                list![part("ip", address.into())],
                list![set("connection_creation_rate", 1e6)],
            )
        });
    }
    s.all("ip-default", |_| {
        one(
            list![part("ip", Value::Null)],
            list![set("connection_creation_rate", 1e6)],
        )
    });
    s.all("remove", |_| one(user(), list![remove(rate)]));
    s.all("remove-unset", |_| {
        one(list![part("user", "quota-nobody".into())], list![remove(rate)])
    });
    s.all("remove-unknown", |_| one(user(), list![remove("nonsense")]));
    s.all("twice-a-key", |_| {
        one(user(), list![set(rate, 3e9), set(rate, 4e9)])
    });
    s.all("no-ops", |_| one(user(), list![]));
    s.all("none", |_| obj! { entries: list![] });
    s.all("entity-twice", |_| {
        let again = entry(user(), list![set("consumer_byte_rate", 5e9)]);
        obj! { entries: list![entry(user(), list![set(rate, 5e9)]), again] }
    });
    s.all("half-wrong", |_| {
        let wrong = entry(list![part("planet", "mars".into())], list![set(rate, 5e9)]);
        obj! { entries: list![entry(user(), list![set(rate, 6e9)]), wrong] }
    });
    s.all("dry", |_| {
        let entry = entry(user(), list![set(rate, 7e9)]);
        obj! { entries: list![entry], validate_only: true }
    });
    s.all("dry-wrong", |_| {
        let entry = entry(user(), list![set("nonsense", 7e9)]);
        obj! { entries: list![entry], validate_only: true }
    });
}

fn describe(s: &mut Script) {
    s.section("DescribeClientQuotas");
    let set_up = |entity: Value| {
        entry(
            entity,
            list![set("producer_byte_rate", 8e9), set("consumer_byte_rate", 9e9)],
        )
    };
    let entries = list![
        set_up(list![part("user", "told-u".into())]),
        set_up(list![part("client-id", "told-c".into())]),
        set_up(list![
            part("user", "told-u".into()),
            part("client-id", "told-c".into())
        ]),
        set_up(list![
            part("user", "told-u".into()),
            part("client-id", Value::Null)
        ])
    ];
    s.and("AlterClientQuotas", "set", obj! { entries: entries });
    let component =
        |kind: &str, by: i32, name: Value| obj! { entity_type: kind, match_type: by, match: name };
    let ask = |components: Value, strict: bool| obj! { components: components, strict: strict };
    let given: Vec<(&str, Value)> = vec![
        ("user", list![component("user", 0, "told-u".into())]),
        ("client", list![component("client-id", 0, "told-c".into())]),
        (
            "both",
            list![
                component("user", 0, "told-u".into()),
                component("client-id", 0, "told-c".into())
            ],
        ),
        (
            "default-client",
            list![
                component("user", 0, "told-u".into()),
                component("client-id", 1, Value::Null)
            ],
        ),
        (
            "any-client",
            list![
                component("user", 0, "told-u".into()),
                component("client-id", 2, Value::Null)
            ],
        ),
        ("nobody", list![component("user", 0, "told-nobody".into())]),
        ("kind-high", list![component("user", 3, "told-u".into())]),
        ("kind-negative", list![component("user", -1, "told-u".into())]),
        ("exact-null", list![component("user", 0, Value::Null)]),
        ("default-with-name", list![component("user", 1, "told-u".into())]),
        ("any-with-name", list![component("user", 2, "told-u".into())]),
        ("unknown-entity", list![component("planet", 0, "mars".into())]),
        ("no-kind", list![component("", 0, "mars".into())]),
        (
            "user-twice",
            list![
                component("user", 0, "told-u".into()),
                component("user", 0, "told-u".into())
            ],
        ),
        (
            "user-and-ip",
            list![
                component("user", 0, "told-u".into()),
                component("ip", 0, "10.9.8.7".into())
            ],
        ),
    ];
    for (word, components) in given {
        s.all(word, |_| ask(components.clone(), false));
        s.all(&format!("{word}-strict"), |_| ask(components.clone(), true));
    }
    s.all("none-strict", |_| ask(list![], true));
}
