//! `ottla health`: asks a broker ApiVersions and Metadata, as a client would.
//!
//! The frames are written by hand: two requests without arguments, of which only the head of the answer matters.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use crate::env::Env;

/// How long one address may take for each step.
const STEP_MAX: Duration = Duration::from_secs(2);
/// Most that is read of an answer. ApiVersions takes some hundred bytes; of Metadata only the head matters.
const ANSWER_BYTES_MAX: usize = 1 << 20;
/// Where a broker is looked for when nothing says.
const USUAL: &str = "localhost:9092";

const API_VERSIONS: i16 = 18;
const METADATA: i16 = 3;

/// Arguments of `ottla health`.
#[derive(Clone, Debug, Args)]
pub struct HealthArgs {
    /// Address of the broker; may be repeated [default: those in the ready file, or localhost:9092].
    #[arg(long, value_name = "HOST:PORT")]
    pub bootstrap: Vec<String>,
    /// File that the broker was told to write when it serves (--ready-file) [default: OTTLA_READY_FILE].
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Say nothing: the exit code tells.
    #[arg(short, long)]
    pub quiet: bool,
}

impl HealthArgs {
    /// Asks every address; prints a line for each. Answers whether all serve.
    ///
    /// # Errors
    /// When there is nobody to ask, or nowhere to print to.
    pub fn run(&self, environment: &BTreeMap<String, String>, out: &mut dyn Write) -> anyhow::Result<bool> {
        let mut is_healthy = true;
        for address in self.addresses(environment)? {
            let outcome = ask(&address);
            is_healthy &= outcome.is_ok();
            if !self.quiet {
                match outcome {
                    Ok(()) => writeln!(out, "{address} serves")?,
                    Err(error) => writeln!(out, "{address} does not serve: {error:#}")?,
                }
            }
        }
        Ok(is_healthy)
    }

    fn addresses(&self, environment: &BTreeMap<String, String>) -> anyhow::Result<Vec<String>> {
        if !self.bootstrap.is_empty() {
            return Ok(self.bootstrap.clone());
        }
        let named = environment
            .get("OTTLA_READY_FILE")
            .filter(|path| !path.is_empty());
        let Some(path) = self.ready_file.clone().or_else(|| named.map(PathBuf::from)) else {
            return Ok(vec![USUAL.to_owned()]);
        };
        let text = match Env::system().fs.read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            // Where the broker may write no file, it is asked where it usually is.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.ready_file.is_none() => {
                return Ok(vec![USUAL.to_owned()]);
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let lines = asked(&text);
        ensure!(!lines.is_empty(), "the broker does not serve yet");
        Ok(lines)
    }
}

/// Addresses of a ready file. On every interface of both families is one listener, asked by IPv4: a container has the
/// wildcard of IPv6 without its loopback.
fn asked(text: &str) -> Vec<String> {
    let has = |address: &str| text.lines().any(|line| line == address);
    let is_twin = |line: &str| {
        let port = line.strip_prefix("[::]:");
        port.is_some_and(|port| has(&format!("0.0.0.0:{port}")))
    };
    let lines = text.lines().filter(|line| !is_twin(line));
    lines.map(str::to_owned).collect()
}

/// Asks one address.
fn ask(address: &str) -> anyhow::Result<()> {
    let mut stream = connect(address)?;
    stream.set_read_timeout(Some(STEP_MAX))?;
    stream.set_write_timeout(Some(STEP_MAX))?;
    let versions = call(&mut stream, API_VERSIONS, &[])?;
    let (code, rest) = split_i16(&versions)?;
    ensure!(code == 0, "ApiVersions ended with error code {code}");
    // A controller's listener has no Metadata.
    if !has_api(rest, METADATA)? {
        return Ok(());
    }
    // Version 0 asks for all topics with an empty list; an invalid name asks for as good as none.
    let mut no_topic = 1_i32.to_be_bytes().to_vec();
    no_topic.extend([0, 0]);
    let metadata = call(&mut stream, METADATA, &no_topic)?;
    let brokers = metadata.first_chunk().map(|count| i32::from_be_bytes(*count));
    ensure!(brokers.is_some_and(|count| count > 0), "Metadata names no broker");
    Ok(())
}

fn connect(address: &str) -> anyhow::Result<TcpStream> {
    let mut last = None;
    let is_whole = address
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    ensure!(is_whole, "it must be HOST:PORT with a port up to 65535");
    for resolved in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&dialled(resolved), STEP_MAX) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    match last {
        Some(error) => Err(error.into()),
        None => bail!("the name has no address"),
    }
}

/// Who listens on every interface is asked on the loopback.
fn dialled(address: SocketAddr) -> SocketAddr {
    let ip: IpAddr = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Sends a request of version 0 and reads its answer, without the header.
fn call(stream: &mut TcpStream, api: i16, body: &[u8]) -> anyhow::Result<Vec<u8>> {
    let correlation = i32::from(api);
    let mut frame = Vec::with_capacity(64);
    frame.extend(api.to_be_bytes());
    frame.extend(0_i16.to_be_bytes());
    frame.extend(correlation.to_be_bytes());
    let client = b"ottla-health";
    frame.extend(i16::try_from(client.len())?.to_be_bytes());
    frame.extend(client);
    frame.extend(body);
    let mut request = i32::try_from(frame.len())?.to_be_bytes().to_vec();
    request.extend(frame);
    stream.write_all(&request)?;
    let mut head = [0; 4];
    stream.read_exact(&mut head)?;
    let size = usize::try_from(i32::from_be_bytes(head)).unwrap_or(0);
    ensure!(
        (4..=ANSWER_BYTES_MAX).contains(&size),
        "this is no Kafka broker: its answer has {size} bytes"
    );
    let mut answer = vec![0; size];
    stream.read_exact(&mut answer)?;
    let rest = answer.split_off(4);
    ensure!(
        answer == correlation.to_be_bytes(),
        "the answer is to another request"
    );
    Ok(rest)
}

fn split_i16(bytes: &[u8]) -> anyhow::Result<(i16, &[u8])> {
    let (head, rest) = bytes
        .split_first_chunk::<2>()
        .context("the answer is too short")?;
    Ok((i16::from_be_bytes(*head), rest))
}

/// Whether an ApiVersions answer of version 0 (after its error code) lists a key.
fn has_api(bytes: &[u8], key: i16) -> anyhow::Result<bool> {
    let (_, rows) = bytes
        .split_first_chunk::<4>()
        .context("the answer is too short")?;
    Ok(rows
        .as_chunks::<6>()
        .0
        .iter()
        .any(|[a, b, ..]| i16::from_be_bytes([*a, *b]) == key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> HealthArgs {
        HealthArgs {
            bootstrap: Vec::new(),
            ready_file: None,
            quiet: false,
        }
    }

    #[test]
    fn addresses_come_from_flags_then_files_then_habit() {
        let nothing = BTreeMap::new();
        assert_eq!(args().addresses(&nothing).expect("some"), [USUAL]);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ready");
        let named = BTreeMap::from([("OTTLA_READY_FILE".to_owned(), path.display().to_string())]);
        assert_eq!(args().addresses(&named).expect("some"), [USUAL]);
        let mut with_file = args();
        with_file.ready_file = Some(path.clone());
        assert!(with_file.addresses(&nothing).is_err());
        let fs = Env::system().fs;
        fs.write_unsynced(&path, b"").expect("writes");
        let error = args().addresses(&named).expect_err("not yet");
        assert_eq!(error.to_string(), "the broker does not serve yet");
        fs.write_unsynced(&path, b"[::]:1\n0.0.0.0:1\n[::]:2\n")
            .expect("writes");
        assert_eq!(args().addresses(&named).expect("some"), ["0.0.0.0:1", "[::]:2"]);
        let mut with_flag = with_file;
        with_flag.bootstrap = vec!["h:1".to_owned()];
        assert_eq!(with_flag.addresses(&named).expect("some"), ["h:1"]);
    }

    #[test]
    fn wildcards_are_dialled_on_the_loopback() {
        for (bound, asked) in [
            ("0.0.0.0:1", "127.0.0.1:1"),
            ("[::]:1", "[::1]:1"),
            ("10.0.0.1:1", "10.0.0.1:1"),
        ] {
            let bound = bound.parse().expect("an address");
            assert_eq!(dialled(bound), asked.parse().expect("an address"));
        }
    }

    #[test]
    fn an_address_without_its_parts_is_named() {
        for address in ["foo", ":9092", "foo:", "foo:99999"] {
            let error = ask(address).expect_err("refused");
            assert_eq!(
                error.to_string(),
                "it must be HOST:PORT with a port up to 65535",
                "{address}"
            );
        }
    }

    #[test]
    fn keys_are_found_in_an_answer() {
        let mut answer = 2_i32.to_be_bytes().to_vec();
        for key in [18_i16, 3] {
            answer.extend(key.to_be_bytes());
            answer.extend([0, 0, 0, 9]);
        }
        assert!(has_api(&answer, 3).expect("sound"));
        assert!(!has_api(&answer, 0).expect("sound"));
        assert!(has_api(&[0], 0).is_err());
    }
}
