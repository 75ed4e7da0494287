//! The batches of a log file, one after another, whatever the file holds.

use std::io;
use std::sync::Arc;

use crate::batch::{BATCH_HEADER_LEN, BatchHeader};
use crate::fs::{File, read_exact_at};

/// Bytes read at a time; grows to the size of a larger batch.
const WINDOW_BYTES: u64 = 256 << 10;

/// What stands at a position of a log file.
#[derive(Debug)]
pub enum Walked<'a> {
    /// A whole batch of format v2; its checksum and records are not looked at.
    Batch {
        /// Byte where it starts.
        position: u64,
        /// Its header.
        header: BatchHeader,
        /// All its bytes.
        bytes: &'a [u8],
    },
    /// Nothing but zeros up to the end of the file: room kept for a growing segment, or writes that the disk lost.
    Zeros {
        /// Byte where they begin.
        position: u64,
    },
    /// No batch can be framed here, so nothing behind can be found either. The walk ends.
    Fault {
        /// Byte where the batch should start.
        position: u64,
        /// Why it is none.
        what: String,
    },
}

/// A walk over a file of batches (a `.log`, or a metadata snapshot). Memory is bounded by the largest batch that the
/// file really holds.
#[derive(Debug)]
pub struct BatchWalk {
    file: Arc<dyn File>,
    len: u64,
    position: u64,
    window: Vec<u8>,
    window_start: u64,
}

impl BatchWalk {
    /// Over the first `len` bytes of `file`.
    pub fn new(file: Arc<dyn File>, len: u64) -> BatchWalk {
        BatchWalk {
            file,
            len,
            position: 0,
            window: Vec::new(),
            window_start: 0,
        }
    }

    /// Byte that the next step looks at.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The next batch; `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read.
    #[allow(clippy::should_implement_trait, reason = "the item borrows the walk")]
    pub fn next(&mut self) -> io::Result<Option<Walked<'_>>> {
        let position = self.position;
        let left = self.len.saturating_sub(position);
        if left == 0 {
            return Ok(None);
        }
        let head = self.bytes(position, (BATCH_HEADER_LEN as u64).min(left))?;
        let header = match framed(head, left) {
            Ok(header) => header,
            Err(what) => {
                self.position = self.len;
                return Ok(Some(match self.only_zeros_from(position)? {
                    true => Walked::Zeros { position },
                    false => Walked::Fault { position, what },
                }));
            }
        };
        let size = header.size_in_bytes() as u64;
        self.position = position + size;
        let bytes = self.bytes(position, size)?;
        if (bytes.len() as u64) < size {
            let what = "the file became shorter while it was read".to_owned();
            return Ok(Some(Walked::Fault { position, what }));
        }
        Ok(Some(Walked::Batch {
            position,
            header,
            bytes,
        }))
    }

    fn only_zeros_from(&mut self, mut position: u64) -> io::Result<bool> {
        while position < self.len {
            let bytes = self.bytes(position, WINDOW_BYTES.min(self.len - position))?;
            if bytes.is_empty() || bytes.iter().any(|b| *b != 0) {
                return Ok(false);
            }
            position += bytes.len() as u64;
        }
        Ok(true)
    }

    /// So many bytes from `position` on, or fewer when the file has become shorter.
    fn bytes(&mut self, position: u64, count: u64) -> io::Result<&[u8]> {
        let held_to = self.window_start + self.window.len() as u64;
        if position < self.window_start || position + count > held_to {
            let wanted = count.max(WINDOW_BYTES).min(self.len - position);
            self.window.clear();
            self.window
                .resize(usize::try_from(wanted).unwrap_or(usize::MAX), 0);
            self.window_start = position;
            if !read_exact_at(&*self.file, &mut self.window, position)? {
                let now = self.file.len()?.saturating_sub(position).min(wanted);
                self.window.truncate(usize::try_from(now).unwrap_or(0));
                read_exact_at(&*self.file, &mut self.window, position)?;
            }
        }
        let from = usize::try_from(position - self.window_start).unwrap_or(usize::MAX);
        let to = from.saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
        let held = self.window.get(from..).unwrap_or_default();
        Ok(self.window.get(from..to).unwrap_or(held))
    }
}

/// The header at the front of `head` if a whole v2 batch can stand in the `left` bytes of the file.
fn framed(head: &[u8], left: u64) -> Result<BatchHeader, String> {
    if let Some(magic @ (0 | 1)) = head.get(16).filter(|_| head.iter().take(16).any(|b| *b != 0)) {
        return Err(format!(
            "a message in the old format v{magic}, which Kafka 4 and Ottla do not read"
        ));
    }
    if head.iter().all(|b| *b == 0) {
        return Err("zeros where a batch should be".to_owned());
    }
    let Some(header) = BatchHeader::read(head) else {
        return Err(format!(
            "the file ends within a batch header, after {} of 61 bytes",
            head.len()
        ));
    };
    if header.magic != 2 {
        return Err(format!("no batch: its format would be {}", header.magic));
    }
    let size = header.size_in_bytes();
    if header.batch_length < 0 || size < BATCH_HEADER_LEN {
        return Err(format!(
            "a batch length of {}, which none can have",
            header.batch_length
        ));
    }
    if size as u64 > left {
        return Err(format!("a batch of {size} bytes where only {left} are left"));
    }
    Ok(header)
}
