//! File names in a partition directory.

/// Suffix of log files.
pub(super) const LOG: &str = ".log";
/// Suffix of offset indexes.
pub(super) const INDEX: &str = ".index";
/// Suffix of time indexes.
pub(super) const TIME_INDEX: &str = ".timeindex";
/// Suffix of indexes of aborted transactions.
pub(super) const TXN_INDEX: &str = ".txnindex";
/// Suffix of producer snapshots.
pub(super) const SNAPSHOT: &str = ".snapshot";
/// Added to the name of a file that is about to be removed.
pub(super) const DELETED: &str = ".deleted";
/// Added to the name of a compacted file that is not complete.
pub(super) const CLEANED: &str = ".cleaned";
/// Added to the name of a compacted file that is complete and replaces others.
pub(super) const SWAP: &str = ".swap";
/// Added to the name of a file that a rename will put in place.
pub(super) const TEMPORARY: &str = ".tmp";
/// Says that recovery is cutting the log, and that the cut may not be on the disk yet.
pub(super) const CUT: &str = "cut.tmp";
/// Leader epochs.
pub(super) const EPOCHS: &str = "leader-epoch-checkpoint";

/// `00000000000000000042.log`
pub(super) fn file_name(offset: i64, suffix: &str) -> String {
    format!("{offset:020}{suffix}")
}

/// The offset in a name of twenty digits and `suffix`.
pub(super) fn parse(name: &str, suffix: &str) -> Option<i64> {
    let digits = name.strip_suffix(suffix)?;
    if digits.len() != 20 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        assert_eq!(file_name(42, LOG), "00000000000000000042.log");
        assert_eq!(parse("00000000000000000042.log", LOG), Some(42));
        for bad in [
            "42.log",
            "0000000000000000004x.log",
            "99999999999999999999.log",
            "00000000000000000042.index",
        ] {
            assert_eq!(parse(bad, LOG), None);
        }
    }
}
