//! Carrying out a move: copy, catch up, change the metadata, swap.
//!
//! Crash points. Before the metadata record: the old log stands, the copy is a leftover. After it: the copy is whole and
//! synced, and the next start gives it the partition's name if this process did not come to it. Invariant: at no moment
//! do two folders have a directory of the partition's name.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use storage::{DataFolder, Log, LogError, OpenHint, Relocation};

use super::moves::Move;
use super::open::log_options;
use super::pace::Pace;
use super::writer::{Slot, Writer};
use super::{Folder, Location, Partition, PartitionError, lock};

/// Bytes copied between two looks at what has changed.
const STEP_BYTES: u64 = 4 << 20;
/// Bytes left to copy at which the swap begins: copied while appends wait.
const LEFT_BYTES_MAX: u64 = 256 << 10;
/// Steps after which the swap begins whatever is left: a producer that writes as fast as we copy must not hold a move up
/// for ever.
const CHASE_STEPS_MAX: u32 = 64;

/// How a move ended, if not with a log in another folder.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// Somebody else changes the partition's segments: try again.
    #[error("the partition's segments are being changed")]
    Busy,
    /// Called off, or the topic is gone.
    #[error("called off")]
    Cancelled,
    /// The partition cannot be used.
    #[error(transparent)]
    Partition(#[from] PartitionError),
    /// A file could not be read or written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The metadata could not be changed.
    #[error("{0}")]
    Metadata(String),
}

/// Writes the metadata record that a partition is in its new folder, durably; answers why it could not.
pub type NoteMove<'a> = &'a mut dyn FnMut() -> Result<(), String>;

impl Move {
    /// Moves the partition. Blocks as long as the copying takes. `commit` is called once, and must
    /// call what it is given with a way to write the record.
    ///
    /// # Errors
    /// Nothing has changed then but for leftovers, which the next start removes.
    pub fn carry_out(
        &self,
        commit: impl FnOnce(&mut dyn FnMut(NoteMove<'_>) -> Result<(), MoveError>) -> Result<(), MoveError>,
    ) -> Result<(), MoveError> {
        let partition = &self.partition;
        partition.settle()?;
        // Held to the end: neither retention nor compaction may change segments that are copied already.
        let Some(_token) = partition.try_maintain() else {
            return Err(MoveError::Busy);
        };
        let store = &partition.store;
        let target = store
            .folders()
            .and_then(|folders| folders.get(self.target)?.online());
        let target = target.ok_or(MoveError::Cancelled)?;
        let mut copy = match &lock(&partition.writer).slot {
            Slot::Open(log) => log.relocation(target, store.env().uuid())?,
            Slot::Absent => None,
            _ => return Err(MoveError::Cancelled),
        };
        let copied = match &mut copy {
            Some(copy) => self.copy(copy),
            None => Ok(()),
        };
        let swapped = copied.and_then(|()| commit(&mut |note| partition.swap(self, &mut copy, target, note)));
        // What was compacted is noted in the folder that the log is in now.
        if swapped.is_ok()
            && partition.compaction.cleaned_to().is_some()
            && let Err(error) = store.write_cleaner_checkpoints()
        {
            tracing::warn!(partition = %partition.id().dir_name(), %error, "what was compacted is compacted again after a restart");
        }
        if let Err(error) = &swapped {
            self.note_failures(target, error);
            if let (Some(copy), false) = (copy, matches!(error, MoveError::Metadata(_)))
                && let Err(error) = copy.abandon()
            {
                tracing::warn!(%error, "the copy of a partition is left until the next start");
            }
        }
        swapped
    }

    fn copy(&self, copy: &mut Relocation) -> Result<(), MoveError> {
        let store = &self.partition.store;
        let rate = || Some(store.moves.rate()).filter(|_| !self.is_cancelled());
        for step in 0.. {
            let bytes_max = Pace::step(rate().ok_or(MoveError::Cancelled)?, STEP_BYTES);
            let copied = copy.catch_up(bytes_max)?;
            self.progress(copy);
            if !store.moves.pace.go_on(&*store.env().clock, copied, &rate) {
                return Err(MoveError::Cancelled);
            }
            if copied < bytes_max {
                // All there was; what comes meanwhile is copied in the next steps.
                copy.sync()?;
                if copied <= LEFT_BYTES_MAX || step >= CHASE_STEPS_MAX {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// A disk that failed under the copying is out of use.
    fn note_failures(&self, target: &DataFolder, error: &MoveError) {
        let MoveError::Log(LogError::Io { path, source }) = error else {
            return;
        };
        if path.starts_with(target.path()) {
            target.note_failure(source);
        } else if let Some(folder) = self.partition.folder().and_then(Folder::data) {
            folder.note_failure(source);
        }
    }
}

impl Partition {
    /// The last of it, while appends wait.
    fn swap(
        self: &Arc<Self>,
        this: &Move,
        copy: &mut Option<Relocation>,
        target: &Arc<DataFolder>,
        note: NoteMove<'_>,
    ) -> Result<(), MoveError> {
        let mut writer = lock(&self.writer);
        match (&mut writer.slot, &mut *copy) {
            _ if this.is_cancelled() => return Err(MoveError::Cancelled),
            (Slot::Open(log), Some(copy)) => log.complete(copy)?,
            (Slot::Absent, None) => {}
            // Made since we looked: the next attempt copies it.
            (Slot::Open(_), None) => return Err(MoveError::Busy),
            _ => return Err(MoveError::Cancelled),
        }
        note().map_err(MoveError::Metadata)?;
        self.set_location(Location::folder(this.target));
        if let Some(copy) = copy.take() {
            self.install(&mut writer, copy, target);
        }
        drop(writer);
        self.waiters.wake();
        Ok(())
    }

    /// Past the point of no return: a failure takes the partition offline until the next start completes the move.
    fn install(self: &Arc<Self>, writer: &mut Writer, copy: Relocation, target: &Arc<DataFolder>) {
        let Slot::Open(old) = std::mem::replace(&mut writer.slot, Slot::Deleted) else {
            return;
        };
        // Their files go with the old directory.
        writer.retired = storage::Retired::default();
        let end = old.log_end_offset();
        let hint = OpenHint {
            clean: true,
            recovery_point: end,
            log_start_offset: old.log_start_offset(),
            high_watermark: end,
            ..OpenHint::default()
        };
        let renamed = old.delete().and_then(|mut doomed| {
            doomed.sync()?;
            self.store
                .remove_later(doomed, self.config().file_delete_delay_ms);
            Ok(())
        });
        let options = log_options(&self.config());
        let opened = renamed.and_then(|()| copy.install()).and_then(|()| {
            let (id, now_ms) = (self.id(), self.store.env().now_ms());
            Log::open(target, &id.dir_name(), id.topic_id, options, hint, now_ms)
        });
        match opened {
            Ok((log, _)) => {
                self.view.store(Some(Arc::new(log.view())));
                writer.slot = Slot::Open(Box::new(log));
                // All of it was synced before.
                self.tail.set_high_watermark(end);
                writer.answer_up_to(end);
            }
            Err(error) => {
                tracing::error!(partition = %self.id().dir_name(), %error, "a moved partition cannot be opened in its new folder");
                writer.fail(&format!(
                    "a move to {} was interrupted: {error}; start the broker again",
                    target.path().display()
                ));
            }
        }
    }

    fn set_location(&self, location: Location) {
        self.location.store(location.to_bits(), Ordering::Relaxed);
    }
}
