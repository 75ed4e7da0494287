//! Decompressed bytes through a fixed window.

use std::io::{self, Read, Write};

use super::codec::Codec;
use super::error::{BatchError, RecordFault};
use super::varint;

/// Pulls decompressed bytes through a window; counts them against a limit.
pub(super) struct Stream<'a> {
    codec: Codec,
    reader: &'a mut dyn Read,
    window: &'a mut [u8],
    start: usize,
    end: usize,
    left: usize,
    limit: usize,
}

/// Why a read failed: the codec (final), or the record reaches behind the end.
pub(super) enum StreamFault {
    Batch(BatchError),
    Record(RecordFault),
}

impl From<RecordFault> for StreamFault {
    fn from(fault: RecordFault) -> Self {
        StreamFault::Record(fault)
    }
}

impl StreamFault {
    /// As the fault of the record with this index.
    pub fn at(self, index: i32) -> BatchError {
        match self {
            StreamFault::Batch(error) => error,
            StreamFault::Record(fault) => BatchError::record(index, fault),
        }
    }
}

impl<'a> Stream<'a> {
    pub fn new(codec: Codec, reader: &'a mut dyn Read, window: &'a mut [u8], limit: usize) -> Self {
        Stream {
            codec,
            reader,
            window,
            start: 0,
            end: 0,
            left: limit,
            limit,
        }
    }

    /// What is decompressed and not yet consumed.
    fn buffered(&self) -> &[u8] {
        self.window.get(self.start..self.end).unwrap_or_default()
    }

    /// Decompresses more behind what is buffered; false at the end or if the window is full.
    fn fill(&mut self) -> Result<bool, StreamFault> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.window.len() && self.start > 0 {
            self.window.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let space = self.window.get_mut(self.end..).unwrap_or_default();
        let count = self
            .reader
            .read(space)
            .map_err(|error| StreamFault::Batch(BatchError::undecodable(self.codec, error)))?;
        self.end += count;
        self.left = self
            .left
            .checked_sub(count)
            .ok_or(StreamFault::Batch(BatchError::RecordsTooLarge {
                max: self.limit,
            }))?;
        Ok(count > 0)
    }

    /// True if nothing is left.
    pub fn is_at_end(&mut self) -> Result<bool, StreamFault> {
        Ok(self.start == self.end && !self.fill()?)
    }

    /// A record's length.
    pub fn record_len(&mut self) -> Result<usize, StreamFault> {
        let (raw, _) = self.varint(5)?;
        usize::try_from(varint::unzigzag32(raw as u32)).map_err(|_| RecordFault::Length.into())
    }

    /// True if the window can hold `len` bytes.
    pub fn fits(&self, len: usize) -> bool {
        len <= self.window.len()
    }

    /// The next `len` bytes, consumed; the caller has asked whether they fit.
    pub fn take(&mut self, len: usize) -> Result<&[u8], StreamFault> {
        while self.end - self.start < len {
            if !self.fill()? {
                return Err(RecordFault::Truncated.into());
            }
        }
        let taken = self.start;
        self.start += len;
        Ok(self.window.get(taken..self.start).unwrap_or_default())
    }

    /// Appends the next `len` bytes to `out`, which grows only as they really come.
    pub fn take_into(&mut self, len: usize, out: &mut Vec<u8>) -> Result<(), StreamFault> {
        out.clear();
        while out.len() < len {
            if self.start == self.end && !self.fill()? {
                return Err(RecordFault::Truncated.into());
            }
            let ready = self.buffered();
            let part = ready.get(..len - out.len()).unwrap_or(ready);
            out.extend_from_slice(part);
            self.start += part.len();
        }
        Ok(())
    }

    /// Drops the next `len` bytes.
    pub fn skip(&mut self, mut len: usize) -> Result<(), StreamFault> {
        while len > 0 {
            if self.start == self.end && !self.fill()? {
                return Err(RecordFault::Truncated.into());
            }
            let step = len.min(self.end - self.start);
            self.start += step;
            len -= step;
        }
        Ok(())
    }

    /// Hands the next `len` bytes to `to`; what is wrong with it is the inner result.
    pub fn pass_on(&mut self, mut len: usize, to: &mut impl Write) -> Result<io::Result<()>, StreamFault> {
        while len > 0 {
            if self.start == self.end && !self.fill()? {
                return Err(RecordFault::Truncated.into());
            }
            let ready = self.buffered();
            let part = ready.get(..len).unwrap_or(ready);
            let step = part.len();
            if let Err(error) = to.write_all(part) {
                return Ok(Err(error));
            }
            self.start += step;
            len -= step;
        }
        Ok(Ok(()))
    }

    /// Bytes that were consumed so far.
    pub fn consumed(&self) -> usize {
        self.limit - self.left - (self.end - self.start)
    }

    /// The raw bits of a varint of at most `bytes_max` bytes, and its length.
    pub fn varint(&mut self, bytes_max: u32) -> Result<(u64, usize), StreamFault> {
        let mut raw = 0u64;
        for index in 0..bytes_max {
            let byte = self.byte()?;
            raw |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                return Ok((raw, index as usize + 1));
            }
        }
        Err(RecordFault::Structure.into())
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8, StreamFault> {
        if self.start == self.end && !self.fill()? {
            return Err(RecordFault::Truncated.into());
        }
        let byte = self.buffered().first().copied().ok_or(RecordFault::Truncated)?;
        self.start += 1;
        Ok(byte)
    }
}
