//! The process of one broker: spawn, wait until it serves, gather its log.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long the binary may take to start or stop before the test fails.
const START_STOP_DEADLINE: Duration = Duration::from_secs(30);

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

/// A broker process; dropping it kills it, and shows its log if the test has failed.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) addr: SocketAddr,
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
    /// Starts the binary with its data in `data` (in memory without) and waits until it serves. `dir` is for the
    /// ready file; without an address it takes a free port.
    pub(crate) fn start(
        args: &[String],
        data: Option<&Path>,
        dir: &Path,
        addr: Option<SocketAddr>,
    ) -> Result<Running, Failed> {
        let ready = dir.join("ready");
        let _ = fs::remove_file(&ready);
        let mut command = Command::new(binary());
        // --listen would win over listeners of the test's own.
        if !args.iter().any(|arg| arg.starts_with("listeners=")) {
            let listen = addr.map_or("127.0.0.1:0".to_owned(), |addr| addr.to_string());
            command.args(["--listen", &listen]);
        }
        command.arg("--ready-file").arg(&ready);
        match data {
            Some(data) => command.arg("--data").arg(data),
            None => command.arg("--memory"),
        };
        let mut child = spawn(command.args(args));
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

    /// Waits until the process has ended by itself; none when it does not.
    pub(crate) fn wait_exit(&mut self) -> Option<ExitStatus> {
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

    /// What the process has written so far.
    pub(crate) fn log(&self) -> String {
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
