//! The style as a test: sizes, floors, owners of time and files. Rules and reasons: `docs/STYLE.md`.

mod floors;
mod shape;
mod source;

use source::{Source, sources};

/// Files that may be longer than the ceiling, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// Functions that may be longer than the ceiling, each with its reason.
const LONG_FUNCTIONS: &[(&str, &str)] = &[];

/// What only some files may do: the mark in the text, the files, the reason.
const OWNERS: &[(&str, &[&str], &str)] = &[
    (
        "Instant::now(",
        &["broker/src/env.rs", "tools/src/env.rs"],
        "time comes from Env, so that tests can move it",
    ),
    (
        "SystemTime::now(",
        &["broker/src/env.rs", "tools/src/env.rs"],
        "time comes from Env, so that tests can move it",
    ),
    (
        "Uuid::new_v4(",
        &["broker/src/env.rs", "tools/src/env.rs"],
        "chance comes from Env, so that a run can be repeated",
    ),
    (
        "tokio::spawn(",
        &["broker/src/env.rs"],
        "tasks are started by Env",
    ),
    (
        "thread::Builder",
        &["broker/src/embed.rs", "broker/src/partition/flusher.rs"],
        "threads are few: the embedded broker's own, and one flusher per data folder",
    ),
    (
        "thread::spawn(",
        &[],
        "a thread is made by thread::Builder, with a name",
    ),
    (
        "std::fs",
        &[
            "storage/src/fs/real.rs",
            "storage/src/fs/real_file.rs",
            "broker/src/cli.rs",
            "broker/src/config/config_files.rs",
            "tools/src/env.rs",
        ],
        "files are reached through FileSystem; only the config file and what it names is read before there is one, and \
         tools read and write small files",
    ),
];

/// Asserts that there is nothing to complain about, and says all of it at once otherwise.
fn assert_tidy(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn files_are_short_enough_to_read() {
    let all = sources();
    let ours = all.iter().filter(|s| s.is_ours());
    assert_tidy(ours.filter_map(|s| shape::too_long(s, LONG_FILES)).collect());
}

#[test]
fn functions_fit_on_a_screen() {
    let all = sources();
    let ours = all.iter().filter(|s| s.is_ours());
    assert_tidy(
        ours.flat_map(|s| shape::long_functions(s, LONG_FUNCTIONS))
            .collect(),
    );
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = |s: &Source| {
        let is_silent = s.is_ours() && !s.text.starts_with("//!");
        is_silent.then(|| format!("{} begins without a //! line", s.path))
    };
    assert_tidy(sources().iter().filter_map(silent).collect());
}

#[test]
fn mod_and_lib_files_only_declare_and_re_export() {
    assert_tidy(
        sources()
            .iter()
            .filter(|s| s.is_ours())
            .filter_map(shape::lives_in_mod)
            .collect(),
    );
}

#[test]
fn imports_run_downward_only() {
    assert_tidy(sources().iter().flat_map(floors::upward_imports).collect());
}

#[test]
fn wire_types_stay_at_the_door() {
    assert_tidy(sources().iter().flat_map(floors::stray_wire_types).collect());
}

#[test]
fn the_lower_crates_know_nobody() {
    assert_tidy(sources().iter().flat_map(floors::crate_imports).collect());
}

#[test]
fn files_of_apis_never_import_each_other() {
    assert_tidy(sources().iter().flat_map(floors::api_siblings).collect());
}

#[test]
fn every_api_has_a_compatibility_test_of_its_name() {
    let all = sources();
    let tests: Vec<&str> = all.iter().map(|s| s.path.as_str()).collect();
    let untested = |s: &Source| {
        let name = s
            .path
            .strip_prefix("broker/src/api/")
            .filter(|name| *name != "mod.rs" && !name.contains('/'))?;
        let places = [
            format!("compat-tests/tests/compat/{name}"),
            format!("compat-tests/tests/{name}"),
        ];
        let has_test = places.iter().any(|place| tests.contains(&place.as_str()));
        (!has_test).then(|| format!("{} has no compatibility test {}", s.path, places[0]))
    };
    assert_tidy(all.iter().filter_map(untested).collect());
}

#[test]
fn time_chance_files_and_threads_have_one_owner_each() {
    let mut complaints = Vec::new();
    for source in sources().iter().filter(|s| s.is_ours()) {
        for (number, line) in source.code() {
            for (mark, permitted, reason) in OWNERS {
                if line.contains(mark) && !permitted.contains(&source.path.as_str()) {
                    complaints.push(format!("{}:{number}: {mark} ({reason})", source.path));
                }
            }
        }
    }
    assert_tidy(complaints);
}

#[test]
fn every_module_that_logs_can_be_told_how_much() {
    let silent = |s: &Source| {
        let logs = s.is_ours() && s.code().any(|(_, line)| line.contains("tracing::warn!("));
        let (krate, inner) = s.path.split_once("/src/")?;
        let room = inner.split('/').next()?;
        let logger = match (krate, room.strip_suffix(".rs")) {
            ("broker", Some(_)) => "ottla".to_owned(),
            ("broker", None) => format!("ottla::{room}"),
            (krate, _) => format!("{krate}::{room}"),
        };
        let known = ottla::log_levels::MODULES.contains(&logger.as_str());
        (logs && !known).then(|| format!("{} logs, and log_levels.rs has no {logger}", s.path))
    };
    assert_tidy(sources().iter().filter_map(silent).collect());
}
