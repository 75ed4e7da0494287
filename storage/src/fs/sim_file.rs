//! An open file of the simulated disk.

use std::io::{self, IoSlice};
use std::path::PathBuf;

use super::File;
use super::sim::{SimFs, State};
use super::sim_faults::SimOp;

#[derive(Debug)]
pub(super) struct SimFile {
    pub(super) fs: SimFs,
    /// The file or directory, whatever its name is by now.
    pub(super) node: u64,
    /// Its name when it was opened.
    pub(super) path: PathBuf,
}

impl SimFile {
    fn is_dir(&self, state: &State) -> bool {
        state.disk.dir(self.node).is_some()
    }
}

impl File for SimFile {
    fn read_at(&self, buf: &mut [u8], position: u64) -> io::Result<usize> {
        self.fs.called(SimOp::Read, &self.path);
        let mut guard = self.fs.state();
        let state = &mut *guard;
        let wanted = state.faults.read(buf.len(), &mut state.rng)?;
        let content = state.disk.file(self.node).map_or(&[][..], |file| &file.data);
        let rest = usize::try_from(position)
            .ok()
            .and_then(|position| content.get(position..))
            .unwrap_or_default();
        let len = rest.len().min(wanted);
        if let (Some(to), Some(from)) = (buf.get_mut(..len), rest.get(..len)) {
            to.copy_from_slice(from);
        }
        Ok(len)
    }

    fn try_read_at(&self, buf: &mut [u8], position: u64) -> io::Result<Option<usize>> {
        let is_cold = {
            let mut guard = self.fs.state();
            let state = &mut *guard;
            state.rng.one_in(state.faults.chance.cold_read)
        };
        match is_cold {
            true => Ok(None),
            false => self.read_at(buf, position).map(Some),
        }
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], position: u64) -> io::Result<usize> {
        self.fs.called(SimOp::Write, &self.path);
        let bytes = bufs.iter().flat_map(|b| b.iter().copied()).collect::<Vec<u8>>();
        let position = usize::try_from(position).map_err(io::Error::other)?;
        let mut guard = self.fs.state();
        let state = &mut *guard;
        if self.is_dir(state) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let file = state.disk.file_mut(self.node).ok_or(io::ErrorKind::NotFound)?;
        let granted = state
            .faults
            .write(bytes.len(), position, file.data.len(), &mut state.rng)?;
        if granted.len > 0 {
            file.modified_ms = state.now_ms;
            file.write(bytes.get(..granted.len).unwrap_or_default(), position);
        }
        if granted.len == bytes.len() {
            file.written_whole();
        }
        granted.error.map_or(Ok(granted.len), Err)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.fs.called(SimOp::Write, &self.path);
        let len = usize::try_from(len).map_err(io::Error::other)?;
        let mut guard = self.fs.state();
        let state = &mut *guard;
        state.faults.set_len(&mut state.rng)?;
        let file = state.disk.file_mut(self.node).ok_or(io::ErrorKind::NotFound)?;
        let freed = file.data.len().saturating_sub(len) as u64;
        file.set_len(len);
        if let Some(space) = &mut state.faults.space_left {
            *space += freed;
        }
        Ok(())
    }

    fn preallocate(&self, len: u64) -> io::Result<()> {
        let grown = len.saturating_sub(self.len()?);
        {
            let mut state = self.fs.state();
            if let Some(space) = &mut state.faults.space_left {
                *space = space.checked_sub(grown).ok_or(io::ErrorKind::StorageFull)?;
            }
        }
        self.set_len(len)
    }

    fn len(&self) -> io::Result<u64> {
        let state = self.fs.state();
        Ok(state
            .disk
            .file(self.node)
            .map_or(0, |file| file.data.len() as u64))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.fs.called(SimOp::Sync, &self.path);
        let mut guard = self.fs.state();
        let state = &mut *guard;
        if state.faults.sync(&self.path, &mut state.rng)? {
            state.disk.sync(self.node);
        }
        Ok(())
    }
}
