//! Starts, stops, kills and restarts the real binary.

use std::fs;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

pub use crate::process::{Failed, binary, is_release_build, run_to_exit, signal};

use crate::process::Running;
use crate::wire::Client;

/// How to start a broker.
#[derive(Clone, Debug, Default)]
pub struct Options {
    args: Vec<String>,
    memory: bool,
    data: Option<PathBuf>,
}

impl Options {
    /// Dev profile, data in a fresh folder, a free port.
    pub fn new() -> Options {
        Options::default()
    }

    /// One configuration key, as `--set KEY=VALUE`.
    pub fn set(self, key: &str, value: impl ToString) -> Options {
        self.arg("--set").arg(format!("{key}={}", value.to_string()))
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl Into<String>) -> Options {
        self.args.push(arg.into());
        self
    }

    /// Keeps nothing on disk.
    pub fn memory(mut self) -> Options {
        self.memory = true;
        self
    }

    /// Keeps its data in this folder, or in these with a comma between, instead of in a temporary one.
    pub fn on(mut self, data: &Path) -> Options {
        self.data = Some(data.to_owned());
        self
    }

    /// Starts a broker of its own, or says why not: the tests run against a broker that is already there.
    pub fn start(self) -> Option<Broker> {
        if external().is_some() {
            eprintln!("skipped: needs a broker of its own, and COMPAT_BOOTSTRAP names one that runs");
            return None;
        }
        Some(self.start_in(tempfile::tempdir().expect("a temporary folder")))
    }

    /// The data folder of a broker whose own temporary folder is `dir`; none in memory.
    fn data_in(&self, dir: &tempfile::TempDir) -> Option<PathBuf> {
        let folder = || self.data.clone().unwrap_or_else(|| dir.path().join("data"));
        (!self.memory).then(folder)
    }

    fn start_in(self, dir: tempfile::TempDir) -> Broker {
        let running = Running::start(&self.args, self.data_in(&dir).as_deref(), dir.path(), None)
            .unwrap_or_else(|failed| panic!("the broker does not start: {failed:?}"));
        Broker {
            addr: running.addr,
            own: Some(Own {
                options: self,
                dir,
                running: Some(running),
            }),
        }
    }
}

/// The broker that `COMPAT_BOOTSTRAP=host:port` names.
pub(crate) fn external() -> Option<SocketAddr> {
    let name = std::env::var("COMPAT_BOOTSTRAP").ok()?;
    Some(
        name.to_socket_addrs()
            .expect("COMPAT_BOOTSTRAP is host:port")
            .next()
            .expect("it has an address"),
    )
}

/// A running broker; dropping it ends it.
pub struct Broker {
    addr: SocketAddr,
    own: Option<Own>,
}

struct Own {
    options: Options,
    dir: tempfile::TempDir,
    running: Option<Running>,
}

impl Broker {
    /// The broker that the environment names, else a fresh one.
    pub fn start() -> Broker {
        match external() {
            Some(addr) => Broker { addr, own: None },
            None => Options::new().start_in(tempfile::tempdir().expect("a temporary folder")),
        }
    }

    /// The broker that the environment names, else a fresh one whose controller listens as well.
    pub fn with_controller() -> Broker {
        match external() {
            Some(addr) => Broker { addr, own: None },
            None => Options::new()
                .set("listeners", "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0")
                .set("controller.listener.names", "CONTROLLER")
                .start_in(tempfile::tempdir().expect("a temporary folder")),
        }
    }

    /// Where its controller listens: as `COMPAT_CONTROLLER=host:port` or the ready file tells; `None` where nobody does.
    pub fn controller(&self) -> Option<SocketAddr> {
        let name = match &self.own {
            None => std::env::var("COMPAT_CONTROLLER").ok()?,
            Some(_) => {
                let text = fs::read_to_string(self.scratch().join("ready")).expect("the ready file");
                text.lines()
                    .find_map(|line| line.strip_prefix("controller "))?
                    .to_owned()
            }
        };
        name.to_socket_addrs().expect("host:port").next()
    }

    /// Whether this is the broker under test; some answers (its own name, its own limits) differ from Apache Kafka's.
    pub fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `host:port` for clients.
    pub fn bootstrap(&self) -> String {
        self.addr.to_string()
    }

    /// A fresh raw connection.
    #[track_caller]
    pub fn client(&self) -> Client {
        Client::connect(self.addr)
    }

    /// Every address that it listens on, as the ready file tells.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let text = fs::read_to_string(self.scratch().join("ready")).expect("the ready file");
        text.lines()
            .filter(|line| !line.starts_with("controller "))
            .map(|line| line.parse().expect("an address a line"))
            .collect()
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.own()
            .options
            .data_in(&self.own().dir)
            .expect("a broker that keeps its data")
    }

    /// A folder beside its data that the test may use.
    pub fn scratch(&self) -> &Path {
        self.own().dir.path()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.running().child.id()
    }

    /// What it has logged since it last started.
    pub fn log(&self) -> String {
        self.running().log()
    }

    /// Waits until a line of the log holds `text`.
    #[track_caller]
    pub fn wait_for_log(&self, text: &str) {
        crate::eventually(&format!("a log line with {text:?}"), || self.log().contains(text));
    }

    /// Resident memory in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the process lives");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .expect("VmRSS");
        line.trim()
            .trim_end_matches(" kB")
            .parse::<u64>()
            .expect("a number")
            * 1024
    }

    /// Ends it as a power failure of the process would: SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.own_mut().running.take() {
            running.child.kill().expect("SIGKILL");
            running.child.wait().expect("reap");
        }
    }

    /// Ends it as an operator would: SIGTERM. Its exit status comes back.
    pub fn stop(&mut self) -> ExitStatus {
        let mut running = self.own_mut().running.take().expect("it runs");
        signal(running.child.id(), "TERM");
        running
            .wait_exit()
            .unwrap_or_else(|| panic!("no exit after SIGTERM: {}", running.log()))
    }

    /// Stops it as an operator would, or kills it.
    pub fn end(&mut self, clean: bool) {
        if clean {
            assert!(self.stop().success(), "a clean stop");
        } else {
            self.kill();
        }
    }

    /// Starts it again on the same data and port.
    #[track_caller]
    pub fn start_again(&mut self) {
        self.try_start_again()
            .unwrap_or_else(|failed| panic!("no restart: {failed:?}"));
    }

    /// Starts it again on the same data and port, or says how that failed.
    pub fn try_start_again(&mut self) -> Result<(), Failed> {
        let addr = self.addr;
        let own = self.own_mut();
        own.running = Some(Running::start(
            &own.options.args,
            own.options.data_in(&own.dir).as_deref(),
            own.dir.path(),
            Some(addr),
        )?);
        Ok(())
    }

    /// Kills it and starts it again.
    #[track_caller]
    pub fn crash(&mut self) {
        self.kill();
        self.start_again();
    }

    fn own(&self) -> &Own {
        self.own
            .as_ref()
            .expect("a broker of its own: use Options::start")
    }

    fn own_mut(&mut self) -> &mut Own {
        self.own
            .as_mut()
            .expect("a broker of its own: use Options::start")
    }

    fn running(&self) -> &Running {
        self.own().running.as_ref().expect("it runs")
    }
}
