//! The table of all codes that the APIs can answer (`answer_codes.tsv`): which test was answered each, or why none can
//! be. What the table says is compared with the sources here, and with what the tests were really answered by
//! `scripts/answer-codes`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use compat_tests::wire::{api, apis};
use protocol_shim::ErrorCode;

/// Lines of `API, code, tests or @reason` (tabs between, a comma between tests), and of `@reason, text`.
const TABLE: &str = include_str!("answer_codes.tsv");

struct Row {
    api: &'static str,
    code: ErrorCode,
    /// `module::function`; empty where a reason says why there is none.
    tests: Vec<&'static str>,
    reason: Option<&'static str>,
}

fn code_of(name: &str) -> ErrorCode {
    let found = ErrorCode::ALL.iter().find(|code| code.name() == name);
    *found.unwrap_or_else(|| panic!("{name} is no code"))
}

fn fields() -> impl Iterator<Item = Vec<&'static str>> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect())
}

fn rows() -> Vec<Row> {
    let row = |fields: Vec<&'static str>| {
        let [api, code, proof] = fields[..] else {
            return None;
        };
        let reason = proof.starts_with('@').then_some(proof);
        let tests = match reason {
            Some(_) => Vec::new(),
            None => proof.split(", ").collect(),
        };
        let code = code_of(code);
        Some(Row {
            api,
            code,
            tests,
            reason,
        })
    };
    fields().filter_map(row).collect()
}

fn path_of(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of the workspace.
fn source(path: &str) -> String {
    let path = path_of(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// The file of a test of the table; those that need their broker to suffer are in a folder of their own.
fn file_of(module: &str) -> String {
    let folder = if is_here(module) { "compat" } else { "hardship" };
    format!("tests/{folder}/{module}.rs")
}

/// Whether it is one of the tests beside this one.
fn is_here(module: &str) -> bool {
    path_of(&format!("tests/compat/{module}.rs")).exists()
}

/// `DescribeLogDirs` as `describe_log_dirs`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

#[test]
fn every_api_has_its_rows_and_each_but_once() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        api(row.api); // panics where there is none
        assert!(
            seen.insert((row.api, row.code)),
            "{} {:?} twice",
            row.api,
            row.code
        );
    }
    for api in apis() {
        let of_api: Vec<_> = seen.iter().filter(|(name, _)| *name == api.name).collect();
        assert!(
            of_api.iter().any(|(_, code)| *code == ErrorCode::None),
            "{}: no row of its success",
            api.name
        );
    }
}

#[test]
fn every_test_and_every_reason_of_the_table_is_there() {
    let reasons: BTreeMap<&str, &str> = fields()
        .filter_map(|row| match row[..] {
            [reason, text] => Some((reason, text)),
            _ => None,
        })
        .collect();
    let mut used = BTreeSet::new();
    let mut sources: BTreeMap<&str, String> = BTreeMap::new();
    for row in rows() {
        if let Some(reason) = row.reason {
            assert!(reasons.contains_key(reason), "{reason} is not explained");
            used.insert(reason);
        }
        for test in row.tests {
            let (module, function) = test.split_once("::").expect("module::function");
            let text = sources.entry(module).or_insert_with(|| source(&file_of(module)));
            let header = format!("#[test]\nfn {function}() {{");
            assert!(text.contains(&header), "{} {:?}: {test}", row.api, row.code);
        }
    }
    let unused: Vec<_> = reasons.keys().filter(|reason| !used.contains(*reason)).collect();
    assert!(unused.is_empty(), "reasons without a row: {unused:?}");
}

/// What a handler names it can answer; what it gets from `error_map` is for whoever adds a domain error.
#[test]
fn every_code_that_a_handler_names_has_a_row() {
    let known: BTreeSet<_> = rows().iter().map(|row| (row.api, row.code)).collect();
    for api in apis() {
        let file = format!("../broker/src/api/{}.rs", snake(&api.name));
        let text = source(&file);
        for rest in text.split("ErrorCode::").skip(1) {
            let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
            let Some(code) = ErrorCode::ALL.iter().find(|code| format!("{code:?}") == name) else {
                continue; // a function of it
            };
            assert!(known.contains(&(&*api.name, *code)), "{} {name}", api.name);
        }
    }
}

/// `COMPAT_ANSWERS` has what a whole run was answered (`scripts/answer-codes`).
#[test]
#[ignore = "needs the notes of a whole run: scripts/answer-codes"]
fn every_code_was_answered_and_every_version_asked() {
    let path = std::env::var("COMPAT_ANSWERS").expect("COMPAT_ANSWERS has the notes of a run");
    let notes = fs::read_to_string(path).expect("the notes");
    let mut answered = BTreeSet::new();
    let mut asked = BTreeSet::new();
    for line in notes.lines() {
        let [test, name, version, code] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let code = code.parse::<i16>().expect("a code");
        answered.insert((name, code, test));
        asked.insert((name, version.parse::<i16>().expect("a version")));
    }
    let mut wrong = Vec::new();
    let rows = rows();
    for row in &rows {
        for test in &row.tests {
            if !answered.contains(&(row.api, row.code.code(), test)) {
                wrong.push(format!(
                    "{} {} was not answered to {test}",
                    row.api,
                    row.code.name()
                ));
            }
        }
    }
    // What a broker that is killed answers is chance.
    let steady = answered
        .iter()
        .filter(|(_, _, test)| test.split("::").next().is_some_and(is_here));
    for (name, code, test) in steady {
        // Codes that pass by themselves are met by chance.
        let may_come = |row: &Row| row.reason.is_none_or(|reason| reason == "@passing");
        let is_it = |row: &Row| row.api == *name && row.code.code() == *code && may_come(row);
        if !rows.iter().any(is_it) {
            wrong.push(format!("{name} {code} has no row, but was answered to {test}"));
        }
    }
    for api in apis() {
        for version in api.versions.iter() {
            if !asked.contains(&(&*api.name, version)) {
                wrong.push(format!("{} v{version} was never asked", api.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
