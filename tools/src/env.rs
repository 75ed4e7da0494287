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

/// An id by chance.
pub(crate) fn random_uuid() -> Uuid {
    Uuid::new_v4()
}

/// A file's text.
pub(crate) fn read_text(path: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(path)
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
pub(crate) fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let part = path.with_extension("tmp");
    let mut file = std::fs::File::create(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&part, path)
}
