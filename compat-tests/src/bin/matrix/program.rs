//! A row's program: installed, started, listened to.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::rows::Row;

/// How much of what a program writes beside its answers is kept, in lines.
const KEPT_LINES: usize = 60;

/// How long an installation may take.
const INSTALL_DEADLINE: Duration = Duration::from_secs(15 * 60);

/// A line of a program, as the contract has them.
#[derive(Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Line {
    Who {
        client: String,
        version: String,
    },
    Done {
        scenario: String,
        ok: bool,
        why: Option<String>,
    },
    Ask {
        ask: String,
    },
}

/// The folders of one row.
pub struct Place {
    /// `compat-tests/clients/FOLDER`.
    pub folder: PathBuf,
    /// What `install` fills.
    pub cache: PathBuf,
}

impl Place {
    fn command(&self, row: &Row, name: &str) -> Command {
        let mut command = Command::new(self.folder.join(name));
        command
            .current_dir(&self.folder)
            .env("CACHE", &self.cache)
            .env("VERSION", &row.version)
            .env("PROGRAM", &row.program)
            // Ours, and node-gyp would take it for itself.
            .env_remove("JOBS")
            .process_group(0);
        command
    }

    /// Runs `install`; what it says comes back when it fails.
    pub fn install(&self, row: &Row) -> Result<()> {
        std::fs::create_dir_all(&self.cache)?;
        let mut command = self.command(row, "install");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut program = Program::spawn(command)?;
        let status = program.wait(INSTALL_DEADLINE)?;
        ensure!(status, "install: {}", program.words());
        Ok(())
    }

    /// Starts `run` against a broker.
    pub fn run(&self, row: &Row, bootstrap: &str, prefix: &str, scenarios: &[&str]) -> Result<Program> {
        let mut command = self.command(row, "run");
        command
            .env("BOOTSTRAP", bootstrap)
            .env("PREFIX", prefix)
            .env("SCENARIOS", scenarios.join(" "))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        Program::spawn(command)
    }
}

/// A running program with all that it started; dropping it ends them.
pub struct Program {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    words: Arc<Mutex<VecDeque<String>>>,
}

impl Program {
    fn spawn(mut command: Command) -> Result<Program> {
        let mut child = command
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{command:?}"))?;
        let (tell, lines) = channel();
        if let Some(out) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    if tell.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        let words = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(err) = child.stderr.take() {
            let words = Arc::clone(&words);
            std::thread::spawn(move || keep(err, &words));
        }
        Ok(Program {
            input: child.stdin.take(),
            child,
            lines,
            words,
        })
    }

    /// The next line of answers; none when the program has closed its output.
    pub fn next(&mut self, within: Duration) -> Result<Option<Line>> {
        match self.lines.recv_timeout(within) {
            Ok(line) => serde_json::from_str(&line)
                .map(Some)
                .with_context(|| format!("not a line of the contract: {line}")),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => bail!("has said nothing for {} s", within.as_secs()),
        }
    }

    /// Tells it that what it asked for is done.
    pub fn done(&mut self) -> Result<()> {
        let input = self.input.as_mut().context("a pipe")?;
        input.write_all(b"done\n")?;
        Ok(input.flush()?)
    }

    /// Waits for its end; whether it was a good one.
    pub fn wait(&mut self, within: Duration) -> Result<bool> {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.success());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("does not end in time: {}", self.words())
    }

    /// The last it wrote to standard error.
    pub fn words(&self) -> String {
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        words.iter().map(|line| format!("\n    {line}")).collect()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Its whole group: what it started must not outlive it.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keep(pipe: impl std::io::Read, words: &Mutex<VecDeque<String>>) {
    for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        if words.len() == KEPT_LINES {
            words.pop_front();
        }
        words.push_back(String::from_utf8_lossy(&line).into_owned());
    }
}

/// The folders of a row, below the repository's `compat-tests` and a folder for what is installed.
pub fn place(row: &Row, cache: &Path) -> Place {
    let name: String = row
        .name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '.' {
                c
            } else {
                '-'
            }
        })
        .collect();
    Place {
        folder: Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("clients")
            .join(&row.folder),
        cache: cache.join(name),
    }
}
