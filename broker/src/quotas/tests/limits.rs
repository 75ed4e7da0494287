//! Which quota counts for whom.

use std::collections::BTreeMap;

use super::super::limits::Limits;
use super::*;
use crate::records::metadata_quota::Double;
use crate::topics::ClientQuotas;

/// All levels, the closest first, as Kafka's documentation orders them.
const LEVELS: [(&str, &str); 8] = [
    ("alice", "one"),
    ("alice", "*"),
    ("alice", ""),
    ("*", "one"),
    ("*", "*"),
    ("*", ""),
    ("", "one"),
    ("", "*"),
];

/// Limits of these levels; each is bounded by its place, from 1.
fn limits(levels: &[usize]) -> Limits {
    let quotas: ClientQuotas = levels
        .iter()
        .map(|at| {
            let (user, client_id) = LEVELS[*at];
            let value = Double(*at as f64 + 1.0);
            (
                entity(user, client_id),
                BTreeMap::from([("producer_byte_rate".to_owned(), value)]),
            )
        })
        .collect();
    Limits::of(&quotas)
}

fn bound(limits: &Limits, user: &str, id: &str) -> Option<f64> {
    Some(limits.kind(Kind::Produce).of(Client { user, id })?.bound)
}

#[test]
fn the_closest_counts_whatever_else_there_is() {
    for mask in 0u32..256 {
        let levels: Vec<usize> = (0..8).filter(|at| mask & (1 << at) != 0).collect();
        let limits = limits(&levels);
        let closest = levels.first().map(|at| *at as f64 + 1.0);
        assert_eq!(bound(&limits, "alice", "one"), closest, "{levels:?}");
        assert_eq!(limits.kind(Kind::Produce).is_empty(), levels.is_empty());
        assert!(limits.kind(Kind::Fetch).is_empty());
    }
}

#[test]
fn others_get_the_defaults() {
    let all = limits(&[0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(bound(&all, "alice", "two"), Some(2.0));
    assert_eq!(bound(&all, "bob", "one"), Some(4.0));
    assert_eq!(bound(&all, "bob", "two"), Some(5.0));
    let clients = limits(&[6, 7]);
    assert_eq!(bound(&clients, "bob", "two"), Some(8.0));
    assert_eq!(bound(&limits(&[2]), "bob", "one"), None);
    assert_eq!(bound(&limits(&[0]), "alice", "two"), None);
}

#[test]
fn an_empty_client_id_is_no_client() {
    assert_eq!(bound(&limits(&[7]), "alice", ""), None);
    assert_eq!(bound(&limits(&[1]), "alice", ""), None);
    assert_eq!(bound(&limits(&[1, 2]), "alice", ""), Some(3.0));
    assert_eq!(bound(&limits(&[2]), "alice", ""), Some(3.0));
}

#[test]
fn clients_share_what_their_quota_does_not_tell_apart() {
    let shared = |levels: &[usize]| {
        let limits = limits(levels);
        let limit = limits.kind(Kind::Produce).of(ALICE).unwrap();
        (limit.user.to_owned(), limit.client_id.to_owned())
    };
    let of = |user: &str, id: &str| (user.to_owned(), id.to_owned());
    assert_eq!(shared(&[2]), of("alice", ""));
    assert_eq!(shared(&[5]), of("alice", ""));
    assert_eq!(shared(&[7]), of("", "one"));
    assert_eq!(shared(&[4]), of("alice", "one"));
    assert_eq!(shared(&[2, 4]), of("alice", ""));
    assert_eq!(shared(&[4, 7]), of("alice", "one"));
    assert_eq!(shared(&[5, 7]), of("alice", ""));
}

#[test]
fn hosts_are_found_by_name_and_address() {
    let quotas: ClientQuotas = [("::ffff:192.0.2.1", 3.0), ("localhost", 4.0), ("no host", 5.0)]
        .into_iter()
        .map(|(host, value)| {
            let values = BTreeMap::from([("connection_creation_rate".to_owned(), Double(value))]);
            (ip(Some(host)), values)
        })
        .collect();
    let limits = Limits::of(&quotas);
    let of = |address: &str| limits.of_address(address.parse().unwrap());
    assert_eq!(of("192.0.2.1"), Some(3.0));
    assert!(of("127.0.0.1").or(of("::1")) == Some(4.0));
    assert_eq!(of("192.0.2.2"), None);
}
