//! The cases, a file per kind of API.

mod cluster;
mod config_changes;
mod configs;
mod controller;
mod create_topics;
mod groups;
mod log_dirs;
mod loggers;
mod quotas;
mod records;
mod security;
mod strays;
mod topics;
mod transactions;
mod twice;
mod twice_offsets;

use crate::script::Script;

/// The whole script.
pub fn all() -> Script {
    let mut script = Script::default();
    create_topics::cases(&mut script);
    topics::cases(&mut script);
    configs::cases(&mut script);
    config_changes::cases(&mut script);
    cluster::cases(&mut script);
    groups::cases(&mut script);
    transactions::cases(&mut script);
    twice::cases(&mut script);
    twice_offsets::cases(&mut script);
    log_dirs::cases(&mut script);
    records::cases(&mut script);
    security::cases(&mut script);
    quotas::cases(&mut script);
    loggers::cases(&mut script);
    strays::cases(&mut script);
    controller::cases(&mut script);
    script
}

/// Names of topics and the like at and beyond the edges, with a word for each.
pub fn odd_names() -> Vec<(&'static str, String)> {
    vec![
        ("empty", String::new()),
        ("dot", ".".to_owned()),
        ("two-dots", "..".to_owned()),
        ("long", "l".repeat(250)),
        ("space", "a b".to_owned()),
        ("slash", "a/b".to_owned()),
        ("colon", "a:b".to_owned()),
        ("umlaut", "bücher".to_owned()),
        ("control", "a\u{7}b".to_owned()),
    ]
}
