//! The world that the tools meet: files, the clock, chance. No other file of the crate names them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use signal_hook::consts::{SIGINT, SIGTERM};
use uuid::Uuid;

/// A moment to measure from.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A line on standard error, from where no tool's own streams are at hand.
pub(crate) fn warn(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// An id by chance.
pub(crate) fn random_uuid() -> Uuid {
    Uuid::new_v4()
}

/// A file's text.
pub(crate) fn read_text(path: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

/// The path of a file from the root on.
pub(crate) fn absolute(path: &Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Whether somebody sits at both ends: then tools prompt, as those of Java do.
pub(crate) fn is_console() -> bool {
    use std::io::IsTerminal as _;
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Whether somebody wants the tool to end: SIGINT or SIGTERM came since this was made.
pub(crate) struct Interrupt {
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Watches from now on. Where that cannot be, signals end the process, as they did before.
    pub(crate) fn new() -> Interrupt {
        let signal = Arc::new(AtomicUsize::new(0));
        for number in [SIGINT, SIGTERM] {
            let _ = signal_hook::flag::register_usize(number, Arc::clone(&signal), number as usize);
        }
        Interrupt { signal }
    }

    /// The exit code that the signal asks for, once one has come.
    pub(crate) fn code(&self) -> Option<i32> {
        match self.signal.load(Ordering::Relaxed) {
            0 => None,
            number => Some(128 + number as i32),
        }
    }
}

/// Whether there is such a file or folder.
pub(crate) fn exists(path: &Path) -> bool {
    path.exists()
}

/// Whether there is such a folder.
pub(crate) fn is_dir(path: &Path) -> bool {
    path.is_dir()
}

/// Writes a file whole, with the folders above it, and syncs it.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let part = path.with_extension("tmp");
    let mut file = std::fs::File::create(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, path)
}

/// A variable of the environment.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A process of this binary.
pub(crate) struct Process {
    /// Its id.
    pub id: i32,
    /// Its command line.
    pub words: Vec<String>,
    /// Where it runs.
    pub folder: std::path::PathBuf,
}

/// The other processes of this binary that may be looked at, by id.
pub(crate) fn processes() -> Vec<Process> {
    let Ok(own) = std::env::current_exe() else {
        return Vec::new();
    };
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let process = |entry: std::fs::DirEntry| {
        let id: i32 = entry.file_name().to_str()?.parse().ok()?;
        let path = entry.path();
        // The binary may have been replaced since.
        let program = std::fs::read_link(path.join("exe")).ok()?;
        let program = program.file_name()?.to_string_lossy();
        let is_ours = *program.trim_end_matches(" (deleted)") == *own.file_name()?;
        if !is_ours || u32::try_from(id) == Ok(std::process::id()) {
            return None;
        }
        let line = std::fs::read(path.join("cmdline")).ok()?;
        let words = line
            .split(|byte| *byte == 0)
            .map(|word| String::from_utf8_lossy(word).into_owned());
        let mut words: Vec<String> = words.collect();
        words.pop(); // behind the last zero
        Some(Process {
            id,
            words,
            folder: std::fs::read_link(path.join("cwd")).unwrap_or_default(),
        })
    };
    let mut found: Vec<Process> = entries.flatten().filter_map(process).collect();
    found.sort_by_key(|process| process.id);
    found
}

/// Sends a signal by its name, with or without `SIG`, or by its number.
pub(crate) fn send_signal(process: i32, signal: &str) -> Result<(), String> {
    use rustix::process::{Pid, Signal, kill_process};
    let signals = [
        ("HUP", Signal::HUP),
        ("INT", Signal::INT),
        ("QUIT", Signal::QUIT),
        ("KILL", Signal::KILL),
        ("TERM", Signal::TERM),
    ];
    let name = signal.trim_start_matches("SIG");
    let found = signals
        .iter()
        .find(|(known, number)| *known == name || number.as_raw().to_string() == signal);
    let (_, number) = found.ok_or_else(|| format!("{signal}: invalid signal specification"))?;
    let process = Pid::from_raw(process).ok_or("no such process")?;
    kill_process(process, *number).map_err(|error| error.to_string())
}
