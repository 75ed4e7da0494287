//! Which errors mean that the disk is failing, not that one operation was refused.

use std::io;

use rustix::io::Errno;

/// Whether an error says that the device or its file system cannot be trusted any more. A full disk, a quota, or too
/// many open files are refusals: the next attempt may succeed.
pub fn is_disk_failure(error: &io::Error) -> bool {
    const FAILURES: [Errno; 5] = [Errno::IO, Errno::NXIO, Errno::NODEV, Errno::ROFS, Errno::STALE];
    /// Linux: the file system found itself damaged (EUCLEAN).
    const NEEDS_CLEANING: i32 = 117;
    error.raw_os_error().is_some_and(|code| {
        FAILURES.iter().any(|errno| errno.raw_os_error() == code)
            || (cfg!(target_os = "linux") && code == NEEDS_CLEANING)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_no_failed_disk() {
        assert!(is_disk_failure(&Errno::IO.into()));
        assert!(is_disk_failure(&Errno::ROFS.into()));
        for refused in [
            Errno::NOSPC,
            Errno::DQUOT,
            Errno::MFILE,
            Errno::NOENT,
            Errno::INTR,
        ] {
            assert!(!is_disk_failure(&refused.into()), "{refused}");
        }
        assert!(!is_disk_failure(&io::Error::other("something else")));
    }
}
