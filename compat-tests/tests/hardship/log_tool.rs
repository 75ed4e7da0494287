//! `ottla log verify` and `ottla log dump` as a user calls them.

use std::fs;
use std::process::Command;

use compat_tests::ops::{create_topic, produce_values};
use compat_tests::server::{Options, binary};

/// Exit code and what was printed.
fn ottla(args: &[&str]) -> (Option<i32>, String) {
    let done = Command::new(binary()).args(args).output().unwrap();
    let text = [done.stdout, done.stderr].concat();
    (done.status.code(), String::from_utf8(text).unwrap())
}

#[test]
fn verify_and_dump_beside_a_broker_after_a_kill_and_over_damage() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    create_topic(&mut broker.client(), "words", 1, &[]);
    for word in ["one", "two", "three"] {
        produce_values(&mut broker.client(), "words", 0, &[word]);
    }
    let folder = broker.data();
    let folder = folder.to_str().unwrap();
    let (code, text) = ottla(&["log", "verify", folder]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains(&format!("A broker (process {}) uses this folder", broker.pid())),
        "{text}"
    );
    assert!(text.contains("words-0"), "{text}");
    assert!(
        !text.contains("is missing"),
        "files come with their first entry: {text}"
    );

    broker.kill();
    let (code, text) = ottla(&["log", "verify", folder]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("was not closed cleanly"), "{text}");
    broker.start_again();
    assert!(broker.stop().success());

    let (code, text) = ottla(&["log", "verify", folder]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("0 damaged"), "{text}");
    let log = format!("{folder}/words-0/00000000000000000000.log");
    let (code, text) = ottla(&["log", "dump", "--records", &log]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("value \"three\""), "{text}");

    let mut bytes = fs::read(&log).unwrap();
    bytes[65] ^= 1;
    fs::write(&log, &bytes).unwrap();
    let (code, text) = ottla(&["log", "verify", folder]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains(&format!("DAMAGE {log}, byte 0: ")) && text.contains("To do: restore"),
        "{text}"
    );
    assert_eq!(ottla(&["log", "dump", &log]).0, Some(1));
    assert_eq!(ottla(&["log", "dump", "/no/such/file"]).0, Some(1));
    assert_eq!(ottla(&["log", "polish"]).0, Some(2));
    let (code, text) = ottla(&["log", "verify", "--help"]);
    assert!(code == Some(0) && text.contains("Examples:"), "{text}");
}
