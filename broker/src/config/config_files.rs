//! Files that configs are read from, before there is a broker with a file system of its own.

use std::fs;
use std::path::{Path, PathBuf};

use super::properties::properties_text;

/// Largest file that is read for configs.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The bytes of a regular file.
///
/// # Errors
/// What the system says, or that it is too large.
pub(super) fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > FILE_BYTES_MAX {
        let text = format!("it is larger than {FILE_BYTES_MAX} bytes");
        return Err(std::io::Error::other(text));
    }
    fs::read(path)
}

/// The text of a properties file.
///
/// # Errors
/// A sentence that names the file and what the system says of it.
pub fn read_properties_file(path: &Path) -> anyhow::Result<String> {
    let bytes = read(path).map_err(|error| {
        let path = path.display();
        anyhow::anyhow!("cannot read the config file {path}: {error}; give the path of a properties file that this user may read.")
    })?;
    Ok(properties_text(&bytes))
}

/// Whether there is a regular file, links followed.
pub(super) fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file())
}

/// Whether there is anything.
pub(super) fn exists(path: &Path) -> bool {
    fs::metadata(path).is_ok()
}

/// An absolute path without `.` and `..`, as written: links are not followed.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => drop(out.pop()),
            part => out.push(part),
        }
    }
    out
}
