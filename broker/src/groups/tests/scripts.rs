//! The golden scripts of `groups/scripts`, one a rule or two.
//!
//! With `SHOW_SCRIPTS=1` each test prints its script as it would be right now, between `=== name` and `=== end`.

use super::script::World;
use crate::groups::config::GroupsConfig;

/// One scenario: every command in a world of its own making.
fn play(world: &mut World, line: &str, actual: &mut String) {
    if line.starts_with('<') {
        return;
    }
    actual.push_str(line);
    actual.push('\n');
    if !line.is_empty() && !line.starts_with('#') && !line.starts_with("==") {
        actual.push_str(&world.run(line));
    }
}

/// A script is one scenario, or several under headings `== the rule that it shows`, each in a new world.
fn check(name: &str, script: &str) {
    let delay = if script.contains("# initial delay 3 s") {
        3000
    } else {
        0
    };
    let config = GroupsConfig {
        initial_rebalance_delay_ms: delay,
        ..GroupsConfig::default()
    };
    let mut world = World::new(config.clone());
    let mut actual = String::new();
    for line in script.lines() {
        if line.starts_with("==") {
            world = World::new(config.clone());
        }
        play(&mut world, line, &mut actual);
    }
    if std::env::var_os("SHOW_SCRIPTS").is_some() {
        println!("=== {name}\n{actual}=== end");
    } else {
        for (at, (expected, actual)) in script.lines().zip(actual.lines()).enumerate() {
            assert_eq!(expected, actual, "{name}:{}", at + 1);
        }
        assert_eq!(script, actual, "{name}");
    }
}

macro_rules! scripts {
    ($($name:ident)*) => {
        /// Name and text of every script.
        const SCRIPTS: &[(&str, &str)] = &[
            $((stringify!($name), include_str!(concat!("../scripts/", stringify!($name), ".txt")))),*
        ];
        $(#[test] fn $name() {
            check(stringify!($name), include_str!(concat!("../scripts/", stringify!($name), ".txt")));
        })*
    };
}

scripts! {
    join_and_sync
    join_known_member_id
    join_errors
    join_known_member
    rebalance_on_new_member
    rebalance_timeout
    initial_delay
    protocol_votes
    group_max_size
    session_timeout
    sync_errors
    sync_timeout
    heartbeats
    leave
    static_members
    static_replacement
    offset_commit
    offset_commit_members
    offset_expiry
    topics_deleted
    admin
    restart
    classic_join
    classic_rebalance
    classic_initial_delay
    classic_sessions
    classic_static
    classic_leave
    classic_offsets
    classic_expiry
    classic_admin
    consumer_join
    consumer_reconcile
    consumer_epochs
    consumer_static
    consumer_leave
    consumer_topics
    consumer_regex
    consumer_assignors
    consumer_limits
    consumer_offsets
    consumer_transactions
    consumer_classic
    consumer_migration
    consumer_restart
}

/// Every scenario says in its heading which rule it shows, and no rule is shown twice under the same name.
#[test]
fn the_rules_are_many_and_named() {
    let mut classic = std::collections::BTreeSet::new();
    let mut consumer = std::collections::BTreeSet::new();
    for (name, script) in SCRIPTS {
        let rules = script.lines().filter_map(|line| line.strip_prefix("== "));
        for rule in rules {
            let into = if name.starts_with("consumer_") {
                &mut consumer
            } else {
                &mut classic
            };
            assert!(into.insert(rule), "{name}: {rule}");
        }
    }
    assert!(classic.len() >= 120, "{} classic scenarios", classic.len());
    assert!(
        consumer.len() >= 80,
        "{} scenarios of consumer groups",
        consumer.len()
    );
}
