//! ACLs, delegation tokens and SaslHandshake, on a broker that is open to everyone.

use compat_tests::wire::Value;
use compat_tests::{list, obj};

use crate::script::Script;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    describe_acls(s);
    create_acls(s);
    delete_acls(s);
    tokens(s);
    sasl_handshake(s);
}

/// Numbers of a binding's resource type, pattern type, operation and permission, with a word for each row.
const KINDS: [(&str, [i32; 4]); 15] = [
    ("plain", [2, 3, 3, 3]),
    ("any", [1, 1, 1, 1]),
    ("match", [2, 2, 3, 3]),
    ("unknown-type", [0, 3, 3, 3]),
    ("unknown-pattern", [2, 0, 3, 3]),
    ("unknown-operation", [2, 3, 0, 3]),
    ("unknown-permission", [2, 3, 3, 0]),
    ("last-type", [7, 3, 3, 3]),
    ("high-type", [8, 3, 3, 3]),
    ("last-pattern", [2, 4, 3, 3]),
    ("high-pattern", [2, 5, 3, 3]),
    ("last-operation", [2, 3, 15, 3]),
    ("high-operation", [2, 3, 16, 3]),
    ("high-permission", [2, 3, 3, 4]),
    ("negative-type", [-1, 3, 3, 3]),
];

fn filter([kind, pattern, operation, permission]: [i32; 4], v: i16) -> Value {
    let mut filter = obj! {
        resource_type_filter: kind, resource_name_filter: "t", principal_filter: "User:a", host_filter: "*",
        operation: operation, permission_type: permission,
    };
    if v > 0 {
        filter.set("pattern_type_filter", pattern);
    }
    filter
}

fn describe_acls(s: &mut Script) {
    s.section("DescribeAcls");
    for (word, kind) in KINDS {
        s.all(word, |v| filter(kind, v));
    }
    s.all("nulls", |v| {
        let mut filter = filter([1, 1, 1, 1], v);
        for name in ["resource_name_filter", "principal_filter", "host_filter"] {
            filter.set(name, Value::Null);
        }
        filter
    });
}

fn create_acls(s: &mut Script) {
    s.section("CreateAcls");
    let binding = |[kind, pattern, operation, permission]: [i32; 4], principal: &str| {
        obj! {
            resource_type: kind, resource_name: "t", resource_pattern_type: pattern, principal: principal, host: "*",
            operation: operation, permission_type: permission,
        }
    };
    for (word, kind) in KINDS {
        s.all(word, |_| obj! { creations: list![binding(kind, "User:a")] });
    }
    s.all(
        "principal",
        |_| obj! { creations: list![binding([2, 3, 3, 3], "nobody")] },
    );
    s.all("none", |_| obj! { creations: list![] });
    s.all("two", |_| {
        obj! { creations: list![binding([2, 3, 3, 3], "User:a"), binding([4, 3, 3, 3], "User:b")] }
    });
}

fn delete_acls(s: &mut Script) {
    s.section("DeleteAcls");
    for (word, kind) in KINDS {
        s.all(word, |v| obj! { filters: list![filter(kind, v)] });
    }
    s.all("none", |_| obj! { filters: list![] });
    s.all("two", |v| {
        obj! { filters: list![filter([2, 3, 3, 3], v), filter([1, 1, 1, 1], v)] }
    });
}

fn tokens(s: &mut Script) {
    s.section("CreateDelegationToken");
    let renewer = |kind: &str| obj! { principal_type: kind, principal_name: "a" };
    s.all(
        "plain",
        |_| obj! { renewers: list![renewer("User")], max_lifetime_ms: -1 },
    );
    s.all(
        "renewer",
        |_| obj! { renewers: list![renewer("Robot")], max_lifetime_ms: 10 },
    );
    s.from(3, "owner", |_| {
        obj! { owner_principal_type: "User", owner_principal_name: "b", renewers: list![], max_lifetime_ms: -1 }
    });
    s.section("RenewDelegationToken");
    s.all("plain", |_| obj! { hmac: vec![1u8, 2, 3], renew_period_ms: 10 });
    s.all("empty", |_| obj! { hmac: Vec::<u8>::new(), renew_period_ms: -1 });
    s.section("ExpireDelegationToken");
    s.all(
        "plain",
        |_| obj! { hmac: vec![1u8, 2, 3], expiry_time_period_ms: 10 },
    );
    s.all(
        "empty",
        |_| obj! { hmac: Vec::<u8>::new(), expiry_time_period_ms: -1 },
    );
    s.section("DescribeDelegationToken");
    s.all("all", |_| obj! { owners: Value::Null });
    s.all("none", |_| obj! { owners: list![] });
    s.all("one", |_| obj! { owners: list![renewer("User")] });
}

fn sasl_handshake(s: &mut Script) {
    s.section("SaslHandshake");
    for (word, name) in [
        ("plain", "PLAIN"),
        ("scram", "SCRAM-SHA-256"),
        ("unknown", "NONSENSE"),
        ("empty", ""),
    ] {
        s.all(word, |_| obj! { mechanism: name });
    }
}
