use compat_tests::errors::*;
use compat_tests::quotas::{Entity, Quotas, entry, quotas_of, set_quota};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{eventually, obj, unique};

const PRODUCED: &str = "producer_byte_rate";
const CONSUMED: &str = "consumer_byte_rate";
const REQUESTS: &str = "request_percentage";
const MUTATIONS: &str = "controller_mutation_rate";
const CONNECTIONS: &str = "connection_creation_rate";

type Ops<'a> = &'a [(&'a str, Option<f64>)];

/// Codes and texts, in the order of entities.
fn alter(client: &mut Client, version: i16, entries: Vec<Value>, validate_only: bool) -> Vec<(i64, String)> {
    let request = obj! { entries: entries, validate_only: validate_only };
    let answer = client.call("AlterClientQuotas", version, request);
    let entries = answer["entries"].list().iter();
    entries
        .map(|entry| {
            let text = &entry["error_message"];
            let text = if text.is_null() { "" } else { text.str() };
            (entry["error_code"].int(), text.to_owned())
        })
        .collect()
}

fn one(client: &mut Client, version: i16, entity: Entity<'_>, ops: Ops<'_>) -> (i64, String) {
    let mut answers = alter(client, version, vec![entry(entity, ops)], false);
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

fn done() -> (i64, String) {
    (NONE.into(), String::new())
}

fn refused(text: &str) -> (i64, String) {
    (INVALID_REQUEST.into(), text.to_owned())
}

fn expect(client: &mut Client, entity: Entity<'_>, quotas: &[(&str, f64)]) {
    let wanted: Quotas = quotas.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect();
    eventually(&format!("{entity:?} has {quotas:?}"), || {
        quotas_of(client, entity) == wanted
    });
}

#[test]
fn quotas_are_set_changed_and_removed() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("AlterClientQuotas") {
        let (user, id) = (unique("u"), unique("c"));
        let entity: Entity<'_> = &[("user", Some(&user)), ("client-id", Some(&id))];
        expect(&mut client, entity, &[]);
        let mut step = |ops: Ops<'_>, after: &[(&str, f64)]| {
            assert_eq!(one(&mut client, version, entity, ops), done(), "v{version}");
            expect(&mut client, entity, after);
        };
        step(
            &[(PRODUCED, Some(10_000.0)), (CONSUMED, Some(20_000.0))],
            &[(CONSUMED, 20_000.0), (PRODUCED, 10_000.0)],
        );
        step(
            &[(PRODUCED, Some(15_000.0))],
            &[(CONSUMED, 20_000.0), (PRODUCED, 15_000.0)],
        );
        step(&[(PRODUCED, None)], &[(CONSUMED, 20_000.0)]);
        // What is not there can be removed, even what cannot be there.
        step(&[(REQUESTS, None), ("nonsense", None)], &[(CONSUMED, 20_000.0)]);
        step(
            &[
                (PRODUCED, Some(5.0)),
                (CONSUMED, None),
                (REQUESTS, Some(12.3)),
                (MUTATIONS, Some(0.5)),
            ],
            &[(MUTATIONS, 0.5), (PRODUCED, 5.0), (REQUESTS, 12.3)],
        );
        step(&[(PRODUCED, None), (REQUESTS, None), (MUTATIONS, None)], &[]);
    }
}

#[test]
fn every_combination_of_users_and_clients_has_its_own() {
    let broker = Broker::start();
    let mut client = broker.client();
    let (user, id) = (unique("user with spaces"), unique("c/%"));
    let (user, id) = (Some(user.as_str()), Some(id.as_str()));
    let entities: [Entity<'_>; 6] = [
        &[("user", user)],
        &[("client-id", id)],
        &[("user", user), ("client-id", id)],
        &[("user", user), ("client-id", None)],
        &[("user", None), ("client-id", id)],
        &[("ip", Some("192.0.2.7"))],
    ];
    let quota = |at: usize| if at == 5 { CONNECTIONS } else { CONSUMED };
    for (at, entity) in entities.iter().enumerate() {
        set_quota(&mut client, entity, quota(at), Some(1_000_000.0 + at as f64));
    }
    for (at, entity) in entities.iter().enumerate() {
        expect(&mut client, entity, &[(quota(at), 1_000_000.0 + at as f64)]);
        set_quota(&mut client, entity, quota(at), None);
    }
}

#[test]
fn validating_changes_nothing() {
    let broker = Broker::start();
    let mut client = broker.client();
    let user = unique("u");
    let entity: Entity<'_> = &[("user", Some(&user))];
    set_quota(&mut client, entity, PRODUCED, Some(20_000.0));
    for version in versions("AlterClientQuotas") {
        let ops: Ops<'_> = &[(PRODUCED, Some(1.0)), (CONSUMED, Some(2.0))];
        let answers = alter(&mut client, version, vec![entry(entity, ops)], true);
        assert_eq!(answers, [done()]);
        let answers = alter(
            &mut client,
            version,
            vec![entry(entity, &[(PRODUCED, None)])],
            true,
        );
        assert_eq!(answers, [done()]);
        let bad = alter(
            &mut client,
            version,
            vec![entry(entity, &[(PRODUCED, Some(0.0))])],
            true,
        );
        assert_eq!(bad, [refused("Quota producer_byte_rate must be greater than 0")]);
        expect(&mut client, entity, &[(PRODUCED, 20_000.0)]);
    }
}

#[test]
fn entities_that_cannot_be_are_refused() {
    let broker = Broker::start();
    let mut client = broker.client();
    let ops: Ops<'_> = &[(REQUESTS, Some(12.34))];
    let combined =
        refused("Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId");
    let cases: [(Entity<'_>, (i64, String)); 7] = [
        (&[], refused("Invalid empty client quota entity")),
        (&[("user", Some(""))], refused("Empty user not supported")),
        (
            &[("client-id", Some(""))],
            refused("Empty client-id not supported"),
        ),
        (
            &[("", Some("x"))],
            refused("Unhandled client quota entity type: "),
        ),
        (
            &[("other", None)],
            refused("Unhandled client quota entity type: other"),
        ),
        (&[("user", Some("u")), ("ip", Some("1.2.3.4"))], combined.clone()),
        (&[("client-id", Some("c")), ("ip", None)], combined),
    ];
    for version in versions("AlterClientQuotas") {
        for (entity, answer) in &cases {
            assert_eq!(one(&mut client, version, entity, ops), *answer, "{entity:?}");
        }
        for host in ["not a host", "ottla.invalid"] {
            let text = format!("{host} is not a valid IP or resolvable host.");
            let of_host: Entity<'_> = &[("ip", Some(host))];
            let ops: Ops<'_> = &[(CONNECTIONS, Some(50.0))];
            assert_eq!(one(&mut client, version, of_host, ops), refused(&text));
        }
    }
}

#[test]
fn values_that_cannot_be_are_refused() {
    let broker = Broker::start();
    let mut client = broker.client();
    let user = unique("u");
    let of_user: Entity<'_> = &[("user", Some(&user))];
    let of_ip: Entity<'_> = &[("ip", Some("192.0.2.8"))];
    let too_large = |key: &str, kind: &str| format!("Proposed value for {key} is too large for {kind}.");
    let fraction = |key: &str| format!("{key} cannot be a fractional value.");
    let cases = [
        (of_user, "bad", 1.0, "Invalid configuration key bad".to_owned()),
        (
            of_user,
            CONNECTIONS,
            1.0,
            format!("Invalid configuration key {CONNECTIONS}"),
        ),
        (
            of_ip,
            PRODUCED,
            1.0,
            format!("Invalid configuration key {PRODUCED}"),
        ),
        (of_user, PRODUCED, 10_000.5, fraction(PRODUCED)),
        (
            of_user,
            PRODUCED,
            0.0,
            format!("Quota {PRODUCED} must be greater than 0"),
        ),
        (
            of_user,
            REQUESTS,
            -1.0,
            format!("Quota {REQUESTS} must be greater than 0"),
        ),
        (of_user, CONSUMED, 1e19, too_large(CONSUMED, "a LONG")),
        (
            of_ip,
            CONNECTIONS,
            2_147_483_648.0,
            too_large(CONNECTIONS, "an INT"),
        ),
        (of_ip, CONNECTIONS, 1.5, fraction(CONNECTIONS)),
    ];
    for (entity, key, value, text) in &cases {
        // What comes with it is not done either.
        let good = if *entity == of_ip { CONNECTIONS } else { MUTATIONS };
        let ops: &[_] = match *key == good {
            true => &[(*key, Some(*value))],
            false => &[(good, Some(9.0)), (*key, Some(*value))],
        };
        assert_eq!(one(&mut client, 1, entity, ops), refused(text), "{key}={value}");
    }
    expect(&mut client, of_user, &[]);
    assert_eq!(
        one(&mut client, 1, of_user, &[(CONSUMED, Some(1e-7 + 7.0))]),
        done()
    );
    set_quota(&mut client, of_user, CONSUMED, None);
}

#[test]
fn an_entity_that_comes_twice_hears_that_the_second_was_ignored() {
    let broker = Broker::start();
    let mut client = broker.client();
    let (user, id, other) = (unique("u"), unique("c"), unique("o"));
    let entity: Entity<'_> = &[("user", Some(&user)), ("client-id", Some(&id))];
    let text =
        format!("Ignoring duplicate entity ClientQuotaEntity(entries={{client-id={id}, user={user}}})");
    let entries = vec![
        entry(entity, &[(PRODUCED, Some(1.0))]),
        entry(&[("user", Some(&other))], &[(PRODUCED, Some(2.0))]),
        entry(entity, &[(PRODUCED, Some(3.0))]),
    ];
    let mut answers = alter(&mut client, 1, entries, false);
    answers.sort();
    assert_eq!(answers, [done(), refused(&text)]);
    expect(&mut client, entity, &[(PRODUCED, 1.0)]);
    expect(&mut client, &[("user", Some(&other))], &[(PRODUCED, 2.0)]);
    let twice: Ops<'_> = &[(CONSUMED, Some(1.0)), (CONSUMED, Some(1.0))];
    let default: Entity<'_> = &[("user", Some(&user)), ("client-id", None)];
    let text =
        format!("Ignoring duplicate entity ClientQuotaEntity(entries={{client-id=null, user={user}}})");
    assert_eq!(one(&mut client, 1, default, twice), refused(&text));
    // The last of two names of one type counts.
    let doubled: Entity<'_> = &[("user", Some("x")), ("user", Some(&other))];
    assert_eq!(one(&mut client, 1, doubled, &[(PRODUCED, None)]), done());
    expect(&mut client, &[("user", Some(&other))], &[]);
    assert!(alter(&mut client, 1, vec![], false).is_empty());
}

#[test]
fn quotas_outlive_a_crash_and_a_stop() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let default: Entity<'_> = &[("user", None), ("client-id", None)];
    let named: Entity<'_> = &[("client-id", Some("c"))];
    let mut client = broker.client();
    set_quota(&mut client, default, REQUESTS, Some(450.25));
    set_quota(&mut client, named, CONSUMED, Some(1_000_000_000.0));
    set_quota(&mut client, named, PRODUCED, Some(1.0));
    set_quota(&mut client, named, PRODUCED, None);
    for clean in [false, true, true] {
        broker.end(clean);
        broker.start_again();
        let mut client = broker.client();
        assert_eq!(quotas_of(&mut client, default), [(REQUESTS.to_owned(), 450.25)]);
        assert_eq!(
            quotas_of(&mut client, named),
            [(CONSUMED.to_owned(), 1_000_000_000.0)]
        );
    }
}
