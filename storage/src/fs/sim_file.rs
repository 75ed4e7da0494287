//! An open file of the simulated disk.

use std::io::{self, IoSlice};

use super::File;
use super::sim::{SimFs, take};

#[derive(Debug)]
pub(super) struct SimFile {
    pub(super) fs: SimFs,
    /// `None` is a directory.
    pub(super) inode: Option<u64>,
}

impl File for SimFile {
    fn read_at(&self, buf: &mut [u8], position: u64) -> io::Result<usize> {
        let mut state = self.fs.state();
        if take(&mut state.failing_reads) {
            return Err(rustix::io::Errno::IO.into());
        }
        let data = self
            .inode
            .and_then(|i| state.disk.inodes.get(&i))
            .map_or(&[][..], |i| &i.data);
        let rest = usize::try_from(position)
            .ok()
            .and_then(|p| data.get(p..))
            .unwrap_or_default();
        let n = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }

    fn try_read_at(&self, buf: &mut [u8], position: u64) -> io::Result<Option<usize>> {
        self.read_at(buf, position).map(Some)
    }

    fn write_at(&self, bufs: &[IoSlice<'_>], position: u64) -> io::Result<usize> {
        let bytes = bufs.iter().flat_map(|b| b.iter().copied()).collect::<Vec<u8>>();
        let inode = self.inode.ok_or(io::ErrorKind::IsADirectory)?;
        self.fs.state().write(inode, &bytes, position)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.fs.state();
        state.step()?;
        let len = usize::try_from(len).map_err(io::Error::other)?;
        let mut freed = 0;
        if let Some(file) = self.inode.and_then(|i| state.disk.inodes.get_mut(&i)) {
            freed = file.data.len().saturating_sub(len) as u64;
            file.data.resize(len, 0);
        }
        if let Some(space) = &mut state.space_left {
            *space += freed;
        }
        Ok(())
    }

    fn preallocate(&self, len: u64) -> io::Result<()> {
        let grown = len.saturating_sub(self.len()?);
        {
            let mut state = self.fs.state();
            if let Some(space) = &mut state.space_left {
                *space = space.checked_sub(grown).ok_or(io::ErrorKind::StorageFull)?;
            }
        }
        self.set_len(len)
    }

    fn len(&self) -> io::Result<u64> {
        let state = self.fs.state();
        Ok(self
            .inode
            .and_then(|i| state.disk.inodes.get(&i))
            .map_or(0, |i| i.data.len() as u64))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.fs.state();
        state.step()?;
        if take(&mut state.failing_syncs) {
            return Err(io::Error::other("simulated sync error"));
        }
        match self.inode {
            None => state.disk.sync_names(),
            Some(inode) => {
                if let Some(file) = state.disk.inodes.get_mut(&inode) {
                    file.synced.clone_from(&file.data);
                }
            }
        }
        Ok(())
    }
}
