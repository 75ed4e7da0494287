//! Starts, stops, kills and restarts the real binary.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::wire::Client;

/// How long the binary may take to start or stop before the test fails.
const START_STOP_DEADLINE: Duration = Duration::from_secs(30);

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

    /// Keeps its data in this folder instead of a temporary one.
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

    fn start_in(self, dir: tempfile::TempDir) -> Broker {
        let running = Running::start(&self, &data_of(&self, &dir), dir.path(), None)
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

fn data_of(options: &Options, dir: &tempfile::TempDir) -> PathBuf {
    options.data.clone().unwrap_or_else(|| dir.path().join("data"))
}

/// The broker that `COMPAT_BOOTSTRAP=host:port` names.
fn external() -> Option<SocketAddr> {
    let name = std::env::var("COMPAT_BOOTSTRAP").ok()?;
    Some(
        name.to_socket_addrs()
            .expect("COMPAT_BOOTSTRAP is host:port")
            .next()
            .expect("it has an address"),
    )
}

/// The binary under test: `OTTLA_BIN`, else `ottla` in the target folder that this test was built into,
/// else the release build.
pub fn binary() -> PathBuf {
    if let Ok(path) = std::env::var("OTTLA_BIN") {
        return path.into();
    }
    let exe = std::env::current_exe().expect("this test has a path");
    let profile = exe
        .parent()
        .and_then(Path::parent)
        .expect("target/<profile>/deps/<test>");
    let beside = profile.join("ottla");
    let release = profile.with_file_name("release").join("ottla");
    match (beside.exists(), release.exists()) {
        (true, _) => beside,
        (false, true) => release,
        (false, false) => panic!(
            "no binary at {} (cargo build -p ottla) and no OTTLA_BIN",
            beside.display()
        ),
    }
}

/// Whether the binary under test is an optimised one, as far as its path tells.
pub fn is_release_build() -> bool {
    binary().components().any(|part| part.as_os_str() == "release")
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

struct Running {
    child: Child,
    addr: SocketAddr,
    log: Arc<Mutex<String>>,
}

/// A start that came to nothing.
#[derive(Debug)]
pub struct Failed {
    /// How the process ended.
    pub status: ExitStatus,
    /// What it wrote to standard output and error.
    pub log: String,
}

impl Broker {
    /// The broker that the environment names, else a fresh one.
    pub fn start() -> Broker {
        match external() {
            Some(addr) => Broker { addr, own: None },
            None => Options::new().start_in(tempfile::tempdir().expect("a temporary folder")),
        }
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

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        data_of(&self.own().options, &self.own().dir)
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
        self.running()
            .log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
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
        let (addr, data) = (self.addr, self.data());
        let own = self.own_mut();
        own.running = Some(Running::start(&own.options, &data, own.dir.path(), Some(addr))?);
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

/// Runs the binary with these arguments until it exits by itself.
pub fn run_to_exit(args: &[&str]) -> Failed {
    let mut child = spawn(Command::new(binary()).args(args));
    let log = collect(&mut child);
    let mut running = Running {
        child,
        addr: ([127, 0, 0, 1], 0).into(),
        log,
    };
    let status = running
        .wait_exit()
        .unwrap_or_else(|| panic!("it should have refused: {}", running.log()));
    Failed {
        status,
        log: running.log(),
    }
}

/// Sends a signal to a process.
pub fn signal(pid: u32, name: &str) {
    let status = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(status.expect("kill runs").success(), "kill -{name} {pid}");
}

impl Running {
    fn start(
        options: &Options,
        data: &Path,
        dir: &Path,
        addr: Option<SocketAddr>,
    ) -> Result<Running, Failed> {
        let ready = dir.join("ready");
        let _ = fs::remove_file(&ready);
        let mut command = Command::new(binary());
        let listen = addr.map_or("127.0.0.1:0".to_owned(), |addr| addr.to_string());
        command
            .args(["--listen", &listen])
            .arg("--ready-file")
            .arg(&ready);
        if options.memory {
            command.arg("--memory");
        } else {
            command.arg("--data").arg(data);
        }
        let mut child = spawn(command.args(&options.args));
        let log = collect(&mut child);
        let addr = addr.unwrap_or(([127, 0, 0, 1], 0).into());
        let mut running = Running { child, addr, log };
        running.wait_ready(&ready).map(|addr| {
            running.addr = addr;
            running
        })
    }

    /// Polls for the ready file: the binary has no other channel to a program that started it.
    fn wait_ready(&mut self, ready: &Path) -> Result<SocketAddr, Failed> {
        let deadline = Instant::now() + START_STOP_DEADLINE;
        while Instant::now() < deadline {
            let text = fs::read_to_string(ready).unwrap_or_default();
            if let Some(line) = text.lines().next() {
                return Ok(line
                    .parse()
                    .unwrap_or_else(|_| panic!("ready file says {line:?}")));
            }
            if let Some(status) = self.child.try_wait().expect("a child") {
                // The reader threads may lag behind the exit.
                std::thread::sleep(Duration::from_millis(50));
                return Err(Failed {
                    status,
                    log: self.log(),
                });
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("not ready in {START_STOP_DEADLINE:?}: {}", self.log())
    }

    fn wait_exit(&mut self) -> Option<ExitStatus> {
        let deadline = Instant::now() + START_STOP_DEADLINE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("a child") {
                std::thread::sleep(Duration::from_millis(50));
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        None
    }

    fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- log of the broker at {} ---\n{}---", self.addr, self.log());
        }
    }
}

fn spawn(command: &mut Command) -> Child {
    // Variables of the caller must not configure the broker under test.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KAFKA_")) {
        command.env_remove(name);
    }
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    child.unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Gathers standard output and error of a child, line by line.
fn collect(child: &mut Child) -> Arc<Mutex<String>> {
    let log = Arc::new(Mutex::new(String::new()));
    let out = child
        .stdout
        .take()
        .map(|pipe| Box::new(pipe) as Box<dyn std::io::Read + Send>);
    let err = child
        .stderr
        .take()
        .map(|pipe| Box::new(pipe) as Box<dyn std::io::Read + Send>);
    for pipe in [out, err].into_iter().flatten() {
        let log = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                log.push_str(&String::from_utf8_lossy(&line));
                log.push('\n');
            }
        });
    }
    log
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let socket = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    socket.local_addr().expect("bound").port()
}
