//! Metrics as Prometheus asks for them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::DEADLINE;
use crate::server::Broker;

/// What stands before the address in what a start prints.
const MARK: &str = "  metrics            http://";

/// One page of metrics.
pub struct Scrape(String);

/// Sends a request as it is, and reads until the other end hangs up.
#[track_caller]
pub fn http(addr: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(addr).expect("somebody listens");
    stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
    stream.write_all(request).expect("the request is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer in text");
    answer
}

/// Where a broker that was started with `--metrics 127.0.0.1:0` serves them.
#[track_caller]
pub fn address(broker: &Broker) -> SocketAddr {
    broker.wait_for_log("/metrics\n");
    let log = broker.log();
    let (_, rest) = log.split_once(MARK).expect("the line of the metrics");
    let (address, _) = rest.split_once("/metrics\n").expect("its end");
    address.parse().expect("an address")
}

impl Scrape {
    /// Asks a broker.
    #[track_caller]
    pub fn of(broker: &Broker) -> Scrape {
        let answer = http(
            address(broker),
            b"GET /metrics HTTP/1.1\r\nHost: ottla\r\nAccept: application/openmetrics-text\r\n\r\n",
        );
        let (head, page) = answer.split_once("\r\n\r\n").expect("a head and a page");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(page.ends_with("\n# EOF\n"), "a whole page: {page}");
        Scrape(page.to_owned())
    }

    /// The value of a sample, named with its labels as they are written.
    #[track_caller]
    pub fn value(&self, sample: &str) -> f64 {
        let line = |line: &str| line.strip_prefix(sample)?.strip_prefix(' ').map(str::to_owned);
        let value = self.0.lines().find_map(line);
        let value = value.unwrap_or_else(|| panic!("no {sample} in {}", self.0));
        value.parse().expect("a number")
    }

    /// The page.
    pub fn text(&self) -> &str {
        &self.0
    }
}
