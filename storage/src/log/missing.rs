//! Batches that are not where they were: lost before they were durable, or damage?

use std::ops::Range;

use super::recover::Opener;
use super::{LogError, names};

impl Opener<'_> {
    /// Whether a log file is missing whose batches would lie in `gap`. An error if they were durable.
    pub(super) fn missing_in(&mut self, gap: Range<i64>) -> Result<bool, LogError> {
        let Some(base) = self.lost.iter().copied().find(|base| gap.contains(base)) else {
            return Ok(false);
        };
        let what =
            format!("it is missing with the batches from offset {base} on, though its indexes are there");
        let path = self.dir.file(base, names::LOG);
        if self.hint.recovery_point_lost || base < self.hint.recovery_point {
            return Err(LogError::Damaged {
                path,
                position: 0,
                what,
                advice: "Restore the file from a copy, or accept the loss by removing the indexes of that name",
            });
        }
        self.opened.report.cut_reason = Some(format!("{}: {what}", path.display()));
        Ok(true)
    }

    /// Takes note that the log ends at `end`, though a segment begins at `next`. An error if what is missing was durable.
    pub(super) fn lost_before(&mut self, next: i64, end: i64) -> Result<(), LogError> {
        if !self.missing_in(end..next)? {
            self.check_durable_end(end)?;
            self.opened.report.cut_reason = Some(format!(
                "the batches from offset {end} up to {next} never reached the disk"
            ));
        }
        Ok(())
    }

    /// What was durable must be there.
    pub(super) fn check_durable_end(&self, next_offset: i64) -> Result<(), LogError> {
        if self.hint.recovery_point > next_offset {
            let last = self.opened.segments.last();
            let path = self.dir.file(last.map_or(0, |s| s.base_offset), names::LOG);
            return Err(LogError::Damaged {
                path,
                position: 0,
                what: format!(
                    "the log ends at offset {next_offset}, but it was durable up to {}",
                    self.hint.recovery_point
                ),
                advice: "Restore the missing end from a copy, or accept the loss by removing \
                         recovery-point-offset-checkpoint from the data folder",
            });
        }
        Ok(())
    }
}
