use std::net::TcpStream;

use compat_tests::obj;
use compat_tests::server::{Options, is_release_build};

/// Silent connections that the test would like.
const WANTED: usize = 10_000;

/// How many files this process may open.
fn open_files_limit() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    line.and_then(|line| line.split_whitespace().nth(3))
        .and_then(|n| n.parse().ok())
        .unwrap_or(1024)
}

#[test]
fn ten_thousand_silent_connections_cost_little() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let count = WANTED.min(open_files_limit().saturating_sub(300));
    if count < WANTED {
        eprintln!(
            "only {count} connections: the limit of open files is {}",
            open_files_limit()
        );
    }
    broker.client().call("ApiVersions", 0, obj! {});
    let before = broker.resident_bytes();
    let silent: Vec<TcpStream> = (0..count)
        .map(|_| TcpStream::connect(broker.addr()).unwrap())
        .collect();
    // All of them are accepted once the last in the queue is answered.
    broker.client().call("ApiVersions", 0, obj! {});
    let grown = broker.resident_bytes().saturating_sub(before);
    // The tasks of an unoptimised build are larger.
    let most = if is_release_build() { 40 << 20 } else { 80 << 20 };
    assert!(grown < most, "{count} connections take {grown} bytes");
    drop(silent);
    broker.client().call("ApiVersions", 0, obj! {});
}
