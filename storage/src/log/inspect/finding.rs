//! One thing worth telling about a file.

use std::path::{Path, PathBuf};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is lost: the next start mends it, or it is being written just now.
    Note,
    /// The file does not hold what it should.
    Damage,
}

/// One thing worth telling about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The file.
    pub path: PathBuf,
    /// The byte in it where the trouble begins, if one can be named.
    pub position: Option<u64>,
    /// What is wrong, without a full stop.
    pub what: String,
    /// What to do about it, without a full stop.
    pub advice: &'static str,
}

impl Finding {
    /// Something that needs somebody.
    pub(super) fn damage(
        path: &Path,
        position: impl Into<Option<u64>>,
        what: impl Into<String>,
        advice: &'static str,
    ) -> Finding {
        Finding {
            severity: Severity::Damage,
            path: path.to_owned(),
            position: position.into(),
            what: what.into(),
            advice,
        }
    }

    /// Something that needs nobody.
    pub(super) fn note(
        path: &Path,
        position: impl Into<Option<u64>>,
        what: impl Into<String>,
        advice: &'static str,
    ) -> Finding {
        Finding {
            severity: Severity::Note,
            ..Finding::damage(path, position, what, advice)
        }
    }
}

/// What to do about lost or changed log bytes.
pub(super) const RESTORE: &str =
    "restore the partition's directory from a copy, or accept the loss by removing it";
/// What to do about a file that the log can rebuild.
pub(super) const REBUILD: &str = "stop the broker and delete the file: the next start writes it anew";
/// What to do about a checkpoint.
pub(super) const DROP_CHECKPOINT: &str = "stop the broker and delete the file: the next start reads more of the logs, and a log start offset may move back";
