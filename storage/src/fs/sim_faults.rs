//! What can go wrong on a simulated disk, and how often.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustix::io::Errno;

use super::sim_rng::Rng;

/// How often operations fail by chance: one in so many, 0 for never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SimFaults {
    /// Writes and cuts that fail with an I/O error; a write may have written a part by then.
    pub write_error: u32,
    /// Writes that find the disk full, though the next one may not.
    pub no_space: u32,
    /// Reads that fail with an I/O error.
    pub read_error: u32,
    /// Syncs that fail with an I/O error and make nothing durable.
    pub sync_error: u32,
    /// Files that cannot be made, renamed, removed or listed.
    pub name_error: u32,
    /// Writes that write only a part, and say so.
    pub short_write: u32,
    /// Reads that read only a part, and say so.
    pub short_read: u32,
    /// Reads that would block.
    pub cold_read: u32,
}

/// An operation of a simulated disk, as the hook of [`super::SimFs::set_hook`] sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimOp {
    /// Bytes are read.
    Read,
    /// Bytes are written, or the length is changed.
    Write,
    /// Content or names are made durable.
    Sync,
    /// A name is made, changed or removed.
    Name,
}

type OnOperation = dyn Fn(SimOp, &Path) + Send + Sync;

/// Called before an operation, outside of the disk's lock.
#[derive(Clone)]
pub(super) struct Hook(pub Arc<OnOperation>);

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}

/// Everything that makes operations fail. A new process finds a healthy disk.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub chance: SimFaults,
    pub space_left: Option<u64>,
    pub steps_to_live: Option<u64>,
    pub failing_writes: u32,
    pub failing_reads: u32,
    pub failing_syncs: u32,
    pub refused_opens: u32,
    pub short_writes: bool,
    /// Syncs of files whose path ends so are left out, though they seem to succeed.
    pub skipped_syncs: Vec<String>,
    pub steps: u64,
}

/// What becomes of a write.
pub(super) struct Granted {
    /// Bytes that are written.
    pub len: usize,
    /// What the caller hears then.
    pub error: Option<io::Error>,
}

impl Faults {
    /// Counts a change; an error once the process is dead.
    pub fn step(&mut self) -> io::Result<()> {
        self.alive()?;
        self.steps += 1;
        if let Some(left) = &mut self.steps_to_live {
            *left -= 1;
        }
        Ok(())
    }

    pub fn alive(&self) -> io::Result<()> {
        match self.steps_to_live {
            Some(0) => Err(io::Error::other("the simulated process is dead")),
            _ => Ok(()),
        }
    }

    fn is_dying(&self) -> bool {
        self.steps_to_live == Some(0)
    }

    /// A change of names.
    pub fn name(&mut self, rng: &mut Rng) -> io::Result<()> {
        self.step()?;
        fail(rng.one_in(self.chance.name_error))
    }

    pub fn list(&mut self, rng: &mut Rng) -> io::Result<()> {
        fail(rng.one_in(self.chance.name_error))
    }

    pub fn read(&mut self, len: usize, rng: &mut Rng) -> io::Result<usize> {
        fail(take(&mut self.failing_reads) || rng.one_in(self.chance.read_error))?;
        let is_short = len > 1 && rng.one_in(self.chance.short_read);
        Ok(if is_short {
            1 + rng.below(len as u64 - 1) as usize
        } else {
            len
        })
    }

    /// How much of `len` bytes is written at `position` into a file of `file_len` bytes.
    pub fn write(
        &mut self,
        len: usize,
        position: usize,
        file_len: usize,
        rng: &mut Rng,
    ) -> io::Result<Granted> {
        self.step()?;
        fail(take(&mut self.failing_writes))?;
        let mut granted = Granted { len, error: None };
        if rng.one_in(self.chance.write_error) {
            granted.len = rng.below(len as u64 + 1) as usize;
            granted.error = Some(Errno::IO.into());
        } else if rng.one_in(self.chance.no_space) {
            granted.len = 0;
            granted.error = Some(io::ErrorKind::StorageFull.into());
        } else if len > 0 && (self.is_dying() || self.short_writes || rng.one_in(self.chance.short_write)) {
            granted.len = 1 + rng.below(len as u64) as usize;
        }
        if let Some(space) = &mut self.space_left {
            let grown = (position + granted.len).saturating_sub(file_len) as u64;
            let fits = grown.min(*space);
            granted.len -= (grown - fits) as usize;
            if granted.len == 0 && len > 0 && granted.error.is_none() {
                granted.error = Some(io::ErrorKind::StorageFull.into());
            }
            *space -= fits;
        }
        if self.is_dying() {
            granted.error = Some(io::Error::other("the simulated process died"));
        }
        Ok(granted)
    }

    /// No handle is left for a while.
    pub fn open(&mut self) -> io::Result<()> {
        match take(&mut self.refused_opens) {
            true => Err(Errno::MFILE.into()),
            false => Ok(()),
        }
    }

    pub fn set_len(&mut self, rng: &mut Rng) -> io::Result<()> {
        self.step()?;
        fail(rng.one_in(self.chance.write_error))
    }

    /// Whether a sync does its work: it may fail, or be left out.
    pub fn sync(&mut self, path: &Path, rng: &mut Rng) -> io::Result<bool> {
        self.step()?;
        fail(take(&mut self.failing_syncs) || rng.one_in(self.chance.sync_error))?;
        let path = path.to_string_lossy();
        Ok(!self
            .skipped_syncs
            .iter()
            .any(|suffix| path.ends_with(suffix.as_str())))
    }
}

fn fail(fails: bool) -> io::Result<()> {
    match fails {
        true => Err(Errno::IO.into()),
        false => Ok(()),
    }
}

fn take(count: &mut u32) -> bool {
    let some = *count > 0;
    *count = count.saturating_sub(1);
    some
}
