//! Requests good and bad, clients that are slow by the clock, and the text of a page.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use storage::{DiskSpace, SimFs};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::task::JoinHandle;

use super::exchange::exchange;
use super::*;
use crate::env::{Clock, Env, SystemChance};
use crate::log_levels::LogLevels;

#[derive(Debug, Default)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
    fn monotonic_ms(&self) -> i64 {
        self.now_ms()
    }
}

/// A client's end of a connection, the clock that the other end goes by, and how the exchange ended there.
struct Served {
    client: DuplexStream,
    clock: Arc<TestClock>,
    ended: JoinHandle<std::io::Result<()>>,
}

/// Serves the page `told` over a pipe that holds so many bytes.
fn serve_over(pipe_bytes: usize, told: &str) -> Served {
    let (client, server) = duplex(pipe_bytes);
    let clock = Arc::<TestClock>::default();
    let env = Env {
        clock: clock.clone(),
        chance: Arc::new(SystemChance),
        fs: Arc::new(SimFs::new(1)),
        log: LogLevels::default(),
    };
    let told = told.to_owned();
    let ended = tokio::spawn(async move { exchange(server, &env, || Ok(told)).await });
    Served { client, clock, ended }
}

/// The whole answer to a request.
async fn answer_to(request: &[u8]) -> String {
    let mut served = serve_over(64 * 1024, "told\n");
    served.client.write_all(request).await.unwrap();
    let mut answer = String::new();
    served.client.read_to_string(&mut answer).await.unwrap();
    drop(served.client);
    served.ended.await.unwrap().unwrap();
    answer
}

#[tokio::test]
async fn a_scrape_is_answered_and_the_connection_ends() {
    let page = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: 5\r\nConnection: close\r\n\r\ntold\n"
    );
    for request in [
        "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /metrics HTTP/1.0\r\n\r\n",
        "GET /metrics?name[]=up HTTP/1.1\r\nHost: x\r\nAccept: text/plain\r\n\r\n",
        "\r\nGET /metrics HTTP/1.1\r\n\r\nbytes behind the head",
    ] {
        assert_eq!(answer_to(request.as_bytes()).await, page, "{request:?}");
    }
}

#[tokio::test]
async fn other_requests_hear_what_is_wrong_with_them() {
    let too_long = format!("GET /metrics HTTP/1.1\r\nCookie: {}\r\n\r\n", "x".repeat(9000));
    let too_many = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(65));
    let cases: [(&[u8], &str, &str); 10] = [
        (b"GET / HTTP/1.1\r\n\r\n", "404 Not Found", "at /metrics"),
        (b"GET /metrics/ HTTP/1.1\r\n\r\n", "404 Not Found", "at /metrics"),
        (b"POST /other HTTP/1.1\r\n\r\n", "404 Not Found", "at /metrics"),
        (
            b"POST /metrics HTTP/1.1\r\n\r\n",
            "405 Method Not Allowed\r\nAllow: GET",
            "ask with GET",
        ),
        (
            b"DELETE /metrics HTTP/1.1\r\n\r\n",
            "405 Method Not Allowed\r\nAllow: GET",
            "ask with GET",
        ),
        (
            too_long.as_bytes(),
            "431 Request Header Fields Too Large",
            "8192 bytes",
        ),
        (
            too_many.as_bytes(),
            "431 Request Header Fields Too Large",
            "64 headers",
        ),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400 Bad Request", "HTTP/1.1"),
        (b"\0\0\0\x1a\0\x12\0\x03\0\0\0\x01", "400 Bad Request", "HTTP/1.1"),
        (
            b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
            "400 Bad Request",
            "HTTP/1.1",
        ),
    ];
    for (request, status, sentence) in cases {
        let answer = answer_to(request).await;
        let request = String::from_utf8_lossy(request);
        let start = format!("HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n");
        assert!(answer.starts_with(&start), "{request:?}: {answer}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with("\r\nConnection: close"), "{head}");
        assert!(
            head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())),
            "{head}"
        );
        assert!(
            body.contains(sentence) && body.ends_with(".\n"),
            "{request:?}: {body}"
        );
    }
}

#[tokio::test]
async fn a_head_may_come_in_any_pieces() {
    let mut served = serve_over(64 * 1024, "told\n");
    for byte in b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" {
        served.client.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut answer = String::new();
    served.client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("\r\n\r\ntold\n"), "{answer}");
}

#[tokio::test]
async fn a_client_that_hangs_up_is_let_go() {
    let served = serve_over(64, "told\n");
    drop(served.client);
    served.ended.await.unwrap().unwrap();
    let mut served = serve_over(64, "told\n");
    served.client.write_all(b"GET /met").await.unwrap();
    served.client.shutdown().await.unwrap();
    let mut answer = String::new();
    served.client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn a_client_that_sends_slowly_is_cut_off() {
    // What is written fits only if the other end reads, so the clock moves behind its back.
    let mut served = serve_over(8, "told\n");
    served
        .client
        .write_all(b"GET /metrics HTTP/1.1\r\n")
        .await
        .unwrap();
    served.clock.0.store(4_999, Ordering::SeqCst);
    let more = served.client.write_all(b"Host: x\r\n").await;
    more.expect("there is time left");
    served.clock.0.store(5_000, Ordering::SeqCst);
    let mut answer = String::new();
    served.client.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "", "nothing is said to who has not asked");
    let error = served.ended.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn a_client_that_reads_slowly_or_stays_is_cut_off() {
    for pipe_bytes in [64, 64 * 1024] {
        let mut served = serve_over(pipe_bytes, "told\n");
        let request = b"GET /metrics HTTP/1.1\r\n\r\n";
        served.client.write_all(request).await.unwrap();
        let mut first = [0; 12];
        served.client.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        served.clock.0.store(5_000, Ordering::SeqCst);
        let error = served.ended.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut, "{pipe_bytes}");
    }
}

fn picture() -> Picture {
    Picture {
        now_ms: 1_700_000_012_500,
        started_ms: 1_700_000_000_250,
        uptime_ms: 12_250,
        connections: 3,
        topics: 2,
        partitions: 51,
        producer_ids: 7,
        folders: vec![
            FolderPicture {
                path: "/data \"one\"\\".to_owned(),
                offline: false,
                space: Some(DiskSpace {
                    total: 1 << 40,
                    available: (1 << 53) + 1,
                }),
            },
            FolderPicture {
                path: "/two".to_owned(),
                offline: true,
                space: None,
            },
        ],
        ..Picture::default()
    }
}

/// Lines of a page that are samples.
fn samples(page: &str) -> Vec<&str> {
    page.lines().filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn a_page_tells_the_picture() {
    let page = page(picture()).unwrap();
    for line in [
        concat!("ottla_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
        "ottla_start_time_seconds 1700000000.25",
        "ottla_uptime_seconds 12.25",
        "ottla_connections 3",
        "ottla_partitions 51",
        "ottla_transactions{state=\"Ongoing\"} 0",
        "ottla_transactions{state=\"Dead\"} 0",
        "ottla_oldest_open_transaction_age_seconds 0.0",
        "ottla_groups{protocol=\"classic\",state=\"PreparingRebalance\"} 0",
        "ottla_groups{protocol=\"consumer\",state=\"Stable\"} 0",
        "ottla_failed_coordinator_partitions{topic=\"__transaction_state\"} 0",
        "ottla_offline_log_dirs 1",
        "ottla_log_dir_offline{path=\"/data \\\"one\\\"\\\\\"} 0",
        "ottla_log_dir_offline{path=\"/two\"} 1",
        "ottla_log_dir_usable_bytes{path=\"/data \\\"one\\\"\\\\\"} 9007199254740993",
    ] {
        assert!(samples(&page).contains(&line), "{line}\n{page}");
    }
    assert!(!page.contains("ottla_memory"), "nothing is kept in memory");
    assert!(
        !page.contains("usable_bytes{path=\"/two\"}"),
        "nobody can tell what is free there"
    );
    assert!(page.ends_with("\n# EOF\n"));
}

#[test]
fn every_metric_is_described_before_its_samples() {
    let of_disk = page(picture()).unwrap();
    let of_memory = page(Picture {
        memory: Some((5, 10)),
        ..Picture::default()
    })
    .unwrap();
    let mut told = BTreeSet::new();
    for page in [of_disk, of_memory] {
        let mut name = String::new();
        for line in page.lines() {
            let words: Vec<&str> = line.splitn(4, ' ').collect();
            match words.as_slice() {
                ["#", "HELP", family, text] => {
                    assert!(text.contains(" Kafka: ") && text.ends_with('.'), "{line}");
                    name = (*family).to_owned();
                }
                ["#", "TYPE", family, kind] => {
                    assert_eq!(*family, name, "{line}");
                    assert!(["gauge", "info"].contains(kind), "{line}");
                    name += if *kind == "info" { "_info" } else { "" };
                }
                ["#", "UNIT", family, unit] => assert!(*family == name && name.ends_with(*unit), "{line}"),
                ["#", "EOF"] => {}
                _ => {
                    let own = line.split(['{', ' ']).next().unwrap();
                    assert_eq!(own, name, "a sample follows its description: {line}");
                    assert!(line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{line}");
                    told.insert(own.to_owned());
                }
            }
        }
    }
    let all: BTreeSet<String> = metrics().iter().map(Metric::name).collect();
    assert_eq!(told, all, "disk and memory tell all there is");
    assert_eq!(all.len(), metrics().len(), "no name comes twice");
}

#[test]
fn names_are_as_prometheus_wants_them() {
    for metric in metrics() {
        let name = metric.name();
        let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(name.starts_with("ottla_") && is_plain(&name), "{name}");
        assert!(metric.labels.iter().all(|label| is_plain(label)), "{name}");
        assert!(
            metric.doc.ends_with('.') && !metric.doc.contains(['\\', '\n', '"']),
            "{name}"
        );
        for sample in (metric.read)(&picture()) {
            assert_eq!(sample.labels.len(), metric.labels.len(), "{name}");
        }
    }
}
