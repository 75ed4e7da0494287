//! The bytes of an in-memory segment: copies, in blocks of bounded size.

use std::sync::{Arc, RwLock};

use bytes::Bytes;

use super::{AppendError, Chunk, MemoryBudget};
use crate::sync::{read, write};

/// Size at which a block is sealed; a larger batch gets a block of its own.
const BLOCK_BYTES: usize = 256 << 10;
/// First allocation of a block.
const BLOCK_BYTES_MIN: usize = 512;

/// Append-only bytes. Sealed blocks are shared with readers; of the open block readers get copies.
#[derive(Debug)]
pub(super) struct MemBlocks {
    blocks: RwLock<Blocks>,
    budget: Arc<MemoryBudget>,
}

#[derive(Debug, Default)]
struct Blocks {
    sealed: Vec<(u64, Bytes)>,
    open_start: u64,
    open: Vec<u8>,
    charged_bytes: u64,
}

impl MemBlocks {
    pub fn new(budget: Arc<MemoryBudget>) -> MemBlocks {
        MemBlocks {
            blocks: RwLock::default(),
            budget,
        }
    }

    /// Appends copies of both slices as one unit; [`AppendError::MemoryFull`] when the budget is used up.
    pub fn append(&self, head: &[u8], body: &[u8]) -> Result<(), AppendError> {
        let size = head.len() + body.len();
        let mut blocks = write(&self.blocks);
        if !blocks.open.is_empty() && blocks.open.len() + size > BLOCK_BYTES {
            blocks.seal();
        }
        let len = blocks.open.len();
        let capacity = blocks.open.capacity();
        if len + size > capacity {
            let doubled = (capacity * 2).clamp(BLOCK_BYTES_MIN, BLOCK_BYTES);
            let wanted = doubled.max(len + size);
            if !self.budget.take((wanted - capacity) as u64) {
                return Err(AppendError::MemoryFull {
                    limit_bytes: self.budget.limit_bytes(),
                });
            }
            blocks.charged_bytes += (wanted - capacity) as u64;
            blocks.open.reserve_exact(wanted - len);
        }
        blocks.open.extend_from_slice(head);
        blocks.open.extend_from_slice(body);
        Ok(())
    }

    /// Ends the open block: nothing more is appended for now.
    pub fn seal(&self) {
        let mut blocks = write(&self.blocks);
        if !blocks.open.is_empty() {
            blocks.seal();
        }
    }

    /// Copies bytes from `position` into `buf`; short at the end.
    pub fn read_at(&self, buf: &mut [u8], position: u64) -> usize {
        let blocks = read(&self.blocks);
        let mut done = 0;
        while let Some(rest) = buf.get_mut(done..).filter(|r| !r.is_empty()) {
            let Some(run) = blocks.run_at(position + done as u64) else {
                break;
            };
            let n = run.len().min(rest.len());
            if let (Some(to), Some(from)) = (rest.get_mut(..n), run.get(..n)) {
                to.copy_from_slice(from);
            }
            done += n;
        }
        done
    }

    /// The bytes `position..position + len` as chunks.
    pub fn chunks(&self, mut position: u64, mut len: usize, out: &mut Vec<Chunk>) {
        let blocks = read(&self.blocks);
        while len > 0 {
            let chunk = match blocks.sealed_at(position) {
                Some((start, bytes)) => {
                    let from = (position - start) as usize;
                    bytes.slice(from..bytes.len().min(from.saturating_add(len)))
                }
                None => {
                    let Some(run) = blocks.run_at(position) else {
                        return;
                    };
                    Bytes::copy_from_slice(run.get(..len.min(run.len())).unwrap_or_default())
                }
            };
            position += chunk.len() as u64;
            len -= chunk.len();
            out.push(Chunk::Mem(chunk));
        }
    }
}

impl Drop for MemBlocks {
    fn drop(&mut self) {
        self.budget.give_back(read(&self.blocks).charged_bytes);
    }
}

impl Blocks {
    fn seal(&mut self) {
        let bytes = Bytes::from(std::mem::take(&mut self.open));
        let start = self.open_start;
        self.open_start += bytes.len() as u64;
        self.sealed.push((start, bytes));
    }

    fn sealed_at(&self, position: u64) -> Option<(u64, &Bytes)> {
        if position >= self.open_start {
            return None;
        }
        let next = self.sealed.partition_point(|(start, _)| *start <= position);
        self.sealed
            .get(next.checked_sub(1)?)
            .map(|(start, bytes)| (*start, bytes))
    }

    /// The longest contiguous run of bytes from `position`.
    fn run_at(&self, position: u64) -> Option<&[u8]> {
        let (start, bytes) = match self.sealed_at(position) {
            Some((start, bytes)) => (start, &bytes[..]),
            None => (self.open_start, &self.open[..]),
        };
        bytes
            .get(usize::try_from(position.checked_sub(start)?).ok()?..)
            .filter(|run| !run.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appends_read_back_across_blocks() {
        let budget = Arc::new(MemoryBudget::new(64 << 20));
        let blocks = MemBlocks::new(Arc::clone(&budget));
        let mut all = Vec::new();
        for i in 0..3000usize {
            let body = vec![i as u8; (i * 37) % 900];
            blocks.append(b"head", &body).unwrap();
            all.extend_from_slice(b"head");
            all.extend_from_slice(&body);
        }
        blocks.append(b"big", &vec![7; 2 * BLOCK_BYTES]).unwrap();
        all.extend_from_slice(b"big");
        all.extend(vec![7; 2 * BLOCK_BYTES]);
        let mut copy = vec![0; all.len() + 5];
        assert_eq!(blocks.read_at(&mut copy, 0), all.len());
        assert!(copy[..all.len()] == all[..]);
        let mut chunks = Vec::new();
        blocks.chunks(1000, all.len() - 2000, &mut chunks);
        let joined: Vec<u8> = chunks.iter().flat_map(|c| c.to_bytes().unwrap()).collect();
        assert!(joined == all[1000..all.len() - 1000]);
        assert!(budget.used_bytes() >= all.len() as u64);
        drop(blocks);
        assert_eq!(budget.used_bytes(), 0);
    }

    #[test]
    fn a_full_budget_refuses_and_changes_nothing() {
        let budget = Arc::new(MemoryBudget::new(1000));
        let blocks = MemBlocks::new(Arc::clone(&budget));
        blocks.append(b"a", &[1; 600]).unwrap();
        assert!(matches!(
            blocks.append(b"a", &[1; 600]),
            Err(AppendError::MemoryFull { .. })
        ));
        let mut buf = [0; 700];
        assert_eq!(blocks.read_at(&mut buf, 0), 601);
    }
}
