//! `docs/CONFIG.md` comes from the config table. `UPDATE_DOCS=1 cargo test --test config_docs` rewrites it.

use std::fmt::Write as _;
use std::path::PathBuf;

use ottla::config::{Effect, Row, Scope, allowed, broker_synonyms, rows, topic_synonym, variable_of};

const HEAD: &str = "# Configs

This page is written by a test from the one table of configs (`broker/src/config/rows/`): do not edit it.

- Precedence: flags, then `--set KEY=VALUE`, then environment, then the file of `--config`, then the profile's default.
- The file is read as Kafka reads it, by the rules of `java.util.Properties`: comments with `#` and `!`, continued lines, escapes
  (`\\uXXXX` among them), and ISO-8859-1, so that anything but ASCII is best written as an escape. The last of repeated keys counts.
- Environment: the variable of `log.dirs` is `KAFKA_LOG_DIRS` (`.` becomes `_`, `-` becomes `___`, `_` becomes `__`); escapes in its
  value count, as in the image of Apache Kafka. Variables whose name is no config change nothing.
- `${env:NAME}`, `${file:PATH:KEY}` and `${dir:PATH:KEY}` stand for what they name only where `config.providers` has such a provider, of
  one of Kafka's three classes (`EnvVarConfigProvider` with `allowlist.pattern`, `FileConfigProvider` and `DirectoryConfigProvider` with
  `allowed.paths`); what is not found stays as it is written. Any other class refuses the start.
- Profiles: `dev` (the default) and `kafka` (with `--config`, or `--profile kafka`). Where they differ, both defaults are
  given, Kafka's first.
- **Acts**: ● Ottla acts upon it. ○ Kept, and shown to clients that ask, but what it means depends on replicas, on more
  brokers, or on a feature that is not built yet. – Kept and shown, but without meaning here: thread pools, buffers and classes
  of a Java program. Where ○ and – are set to another value than the default, the start says it in one line each, and a
  change while running says it once per config.
- **Change**: `read-only` at start only; `per-broker` and `cluster-wide` also while running (IncrementalAlterConfigs), where
  Ottla acts upon it.
- `listener.name.NAME.CONFIG` sets a config for one listener, its name in lower case. Ottla acts upon `max.connections` and
  `max.connection.creation.rate`; the others (`ssl.*`, `sasl.*` …) are kept and shown, and said at start or once when they change.
- **Two levels**: what is set while running for this broker lies over what is set for all brokers, and both over the start's values. A
  change is judged with both, as in Kafka. What is stored and no longer fits (the properties of a start may have changed) is left out,
  named by an error in the log; the rest acts.
- Unknown names are ignored with one warning, as in Kafka; unknown topic configs are refused. A value that is not allowed
  refuses the start in one sentence, with file and line.
";

fn default_of(row: &Row) -> String {
    let show = |value: Option<&str>| match value {
        None => "null".to_owned(),
        Some("") => "empty".to_owned(),
        Some(value) => format!("`{value}`"),
    };
    match (row.needed, row.dev) {
        (true, _) => format!("{} (Kafka: required)", show(row.default)),
        (false, Some(dev)) => format!("{}, dev: `{dev}`", show(row.default)),
        (false, None) => show(row.default),
    }
}

fn acts(row: &Row) -> &'static str {
    match row.effect {
        Effect::Acts => "●",
        Effect::Kept => "○",
        Effect::Nothing => "–",
    }
}

fn section(out: &mut String, title: &str, scope: Scope) {
    let _ = writeln!(out, "\n## {title}\n");
    let last = if scope == Scope::Broker {
        "Change"
    } else {
        "Broker config behind it"
    };
    let _ = writeln!(out, "| Name | Default | Allowed | Acts | {last} | What it does |");
    let _ = writeln!(out, "| --- | --- | --- | :-: | --- | --- |");
    for row in rows(scope).filter(|row| !row.hidden) {
        let last = match scope {
            Scope::Broker => row.mode.name().to_owned(),
            Scope::Topic => topic_synonym(row.name).map_or(String::from("–"), |name| {
                broker_synonyms(name)
                    .iter()
                    .map(|n| format!("`{n}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            }),
            _ => "–".to_owned(),
        };
        let (name, default, allowed) = (row.name, default_of(row), allowed(row));
        let _ = writeln!(
            out,
            "| `{name}` | {default} | {allowed} | {} | {last} | {} |",
            acts(row),
            row.doc
        );
    }
}

#[test]
fn the_page_agrees_with_the_table() {
    assert_eq!(variable_of("log.dirs"), "KAFKA_LOG_DIRS");
    let mut page = HEAD.to_owned();
    section(&mut page, "Broker", Scope::Broker);
    section(&mut page, "Topic", Scope::Topic);
    section(&mut page, "Group", Scope::Group);
    section(&mut page, "Client metrics subscription", Scope::ClientMetrics);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/CONFIG.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("docs/CONFIG.md can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/CONFIG.md is out of date: run UPDATE_DOCS=1 cargo test -p ottla --test config_docs"
    );
}

#[test]
fn every_config_says_what_it_does() {
    for scope in [Scope::Broker, Scope::Topic, Scope::Group, Scope::ClientMetrics] {
        for row in rows(scope) {
            assert!(
                row.doc.len() > 10 && row.doc.ends_with('.'),
                "{}: {:?}",
                row.name,
                row.doc
            );
        }
    }
}
