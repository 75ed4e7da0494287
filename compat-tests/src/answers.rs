//! What each test was answered, for the table of codes (`tests/compat/answer_codes.tsv`): where `COMPAT_ANSWERS=FILE`
//! is set, every answer that is read adds a line `test, API, version, code` (tabs between) unless this process wrote it
//! before.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{Mutex, OnceLock};

use crate::wire::Value;

struct Notes {
    file: File,
    written: HashSet<String>,
}

static NOTES: OnceLock<Option<Mutex<Notes>>> = OnceLock::new();

fn open() -> Option<Mutex<Notes>> {
    let path = std::env::var_os("COMPAT_ANSWERS")?;
    let file = OpenOptions::new().append(true).create(true).open(path);
    Some(Mutex::new(Notes {
        file: file.expect("COMPAT_ANSWERS is a file that can be written"),
        written: HashSet::new(),
    }))
}

/// Notes all codes of an answer under the name of the test, which is that of its thread.
pub fn note(api: &str, version: i16, answer: &Value) {
    let Some(notes) = NOTES.get_or_init(open) else {
        return;
    };
    let mut codes = HashSet::new();
    collect(answer, &mut codes);
    if codes.is_empty() {
        codes.insert(0); // no place for an error, or nothing to have one
    }
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("?");
    let mut notes = notes.lock().expect("nobody panics holding it");
    for code in codes {
        let line = format!("{test}\t{api}\t{version}\t{code}\n");
        if !notes.written.contains(&line) {
            notes.file.write_all(line.as_bytes()).expect("written");
            notes.written.insert(line);
        }
    }
}

fn collect(value: &Value, codes: &mut HashSet<i64>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| collect(one, codes)),
        Value::Struct(fields) => {
            for (name, field) in fields {
                match field {
                    Value::Int(code) if name.ends_with("error_code") => {
                        codes.insert(*code);
                    }
                    field => collect(field, codes),
                }
            }
        }
        _ => {}
    }
}
