//! A swap that a crash interrupted, and what a start may make of it.

use super::world::*;
use crate::fs::{FileSystem, SimFs};
use crate::log::swapped::end_of_swapped;
use crate::log::tests::support::*;
use crate::{Log, LogError, OpenHint, RecoveryReport};

/// The segments at the front of a log, and one compacted from the first two that a crash left as `.swap`.
pub struct Swap {
    pub fs: SimFs,
    /// Where the segments begin.
    pub bases: Vec<i64>,
    /// The `.log` of the compacted one: the bytes of both.
    pub merged: Vec<u8>,
    pub batches: Vec<(i64, Vec<u8>)>,
}

impl Swap {
    pub fn begun() -> Swap {
        let fs = SimFs::new(1);
        filled(&fs);
        let bases = bases(&fs);
        let merged = [0, 1].map(|n| fs.read(&path(&log_name(bases[n]))).unwrap());
        let batches = read_all(&recover(&fs).unwrap().0.view(), 0);
        let swap = Swap {
            merged: merged.concat(),
            fs,
            bases,
            batches,
        };
        swap.write(&swap.merged);
        for suffix in ["index", "timeindex"] {
            // The entries of the first one fit: its bytes stand first.
            let index = swap.fs.read(&path(&swap.index(suffix))).unwrap();
            let name = swap.index(suffix) + ".swap";
            swap.fs.write_atomic(&path(&name), &index).unwrap();
        }
        swap
    }

    fn name(&self) -> String {
        log_name(self.bases[0]) + ".swap"
    }

    pub fn index(&self, suffix: &str) -> String {
        format!("{:020}.{suffix}", self.bases[0])
    }

    /// Puts other bytes into the compacted log.
    pub fn write(&self, content: &[u8]) {
        self.fs.write_atomic(&path(&self.name()), content).unwrap();
    }

    pub fn remove(&self, name: &str) {
        self.fs.remove_file(&path(name)).unwrap();
    }

    /// The first one that it replaces has begun to go, as far as a crash lets it.
    pub fn first_goes(&self) {
        for suffix in ["index", "timeindex", "log"] {
            let name = self.index(suffix);
            let gone = path(&(name.clone() + ".deleted"));
            self.fs.rename(&path(&name), &gone).unwrap();
        }
    }

    /// Where the last batch of the compacted log stands.
    pub fn last_batch(&self) -> usize {
        let mut below = self.batches.iter().filter(|(base, _)| *base < self.bases[2]);
        self.merged.len() - below.next_back().unwrap().1.len()
    }

    pub fn end(&self) -> Result<i64, LogError> {
        let listing = self.fs.list(&path("")).unwrap();
        end_of_swapped(&self.fs, &path(""), &listing, self.bases[0])
    }

    /// The compacted log with a bit turned, torn, empty, and with zeros behind it.
    pub fn damaged(&self) -> [Vec<u8>; 4] {
        let mut turned = self.merged.clone();
        turned[100] ^= 0x40;
        let torn = self.merged[..self.merged.len() - 7].to_vec();
        [turned, torn, Vec::new(), [&self.merged[..], &[0; 90]].concat()]
    }

    /// Opens the log. What is compacted was synced before, and the checkpoint says so.
    pub fn recover(&self) -> Result<(Log, RecoveryReport), LogError> {
        let hint = OpenHint {
            recovery_point: self.bases[2],
            ..OpenHint::default()
        };
        open(&self.fs, hint)
    }

    /// The log opens with so many segments, and no trace of the swap is left.
    pub fn opens(&self, segments: usize, batches: &[(i64, Vec<u8>)], what: &str) {
        let (log, report) = self.recover().unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(report.cut_bytes, 0, "{what}");
        assert_eq!(log.view().0.segments.load().len(), segments, "{what}");
        assert!(read_all(&log.view(), 0) == batches, "{what}");
        let names = contents(&self.fs);
        let traces = [".swap", ".deleted", ".cleaned"];
        let left: Vec<_> = names
            .keys()
            .filter(|n| traces.iter().any(|t| n.ends_with(t)))
            .collect();
        assert!(left.is_empty(), "{what}: {left:?}");
    }

    /// The partition is refused by the name of the swap, and every file stays.
    pub fn is_refused(&self, what: &str) {
        let before = contents(&self.fs);
        let error = self.recover().unwrap_err();
        assert!(matches!(error, LogError::Damaged { .. }), "{what}: {error}");
        assert!(error.to_string().contains(&self.name()), "{what}: {error}");
        assert!(contents(&self.fs) == before, "{what}");
    }
}
