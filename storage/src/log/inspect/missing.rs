//! What is gone from a partition directory, or about to take the place of something.

use super::finding::{Finding, RESTORE};
use super::partition::Check;
use crate::fs::DirEntry;
use crate::log::swapped::{end_of_swapped, in_force};
use crate::log::{LogError, names};

impl Check<'_> {
    /// Log files that are gone. A running broker may be about to remove the rest.
    pub(super) fn lost(&mut self, bases: &[i64]) {
        if self.hints.live {
            return;
        }
        let ranges = std::mem::take(&mut self.ranges);
        for base in bases
            .iter()
            .filter(|base| !ranges.iter().any(|range| range.contains(base)))
        {
            let path = self.path.join(names::file_name(*base, names::LOG));
            let what = "the file is missing, though its indexes are there";
            let durable = self.hints.recovery_point.is_none_or(|point| *base < point);
            self.tell(match durable {
                true => Finding::damage(&path, None, what, RESTORE),
                false => {
                    let advice = "nothing: it was not durable, and the next start cuts the log there";
                    Finding::note(&path, None, what, advice)
                }
            });
        }
    }

    /// What the next start would put into the place of segments.
    pub(super) fn swaps(&mut self) {
        let entry = |(name, len): (&String, &u64)| DirEntry {
            name: name.clone(),
            is_dir: false,
            len: *len,
        };
        let listing: Vec<DirEntry> = self.files.iter().map(entry).collect();
        for base in in_force(&listing) {
            if let Err(LogError::Damaged {
                path, position, what, ..
            }) = end_of_swapped(self.fs, self.path, &listing, base)
            {
                let advice = "restore it from a copy, or remove all .swap files of that offset if the segments that it \
                              replaces are still there";
                self.tell(Finding::damage(&path, position, what, advice));
            }
        }
    }

    /// Batches that are missing at the end of a segment. Compaction makes gaps too, but only where all is durable.
    pub(super) fn gap(&mut self, base: i64, end: i64, next: Option<i64>) {
        let durable = self.hints.recovery_point.unwrap_or(0);
        let Some(next) = next.filter(|next| end < *next && durable < *next) else {
            return;
        };
        if self.hints.clean || self.hints.live {
            return;
        }
        let path = self.path.join(names::file_name(base, names::LOG));
        let what = format!("it ends before offset {end}, and the next segment begins at {next}");
        self.tell(match end < durable {
            true => Finding::damage(
                &path,
                None,
                format!("{what}; all below {durable} was durable"),
                RESTORE,
            ),
            false => {
                let advice = "nothing: these batches were not durable, and the next start cuts the log there";
                Finding::note(&path, None, what, advice)
            }
        });
    }
}
