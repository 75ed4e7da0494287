//! Where the walker's bytes come from: a slice, or a decompressor through a bounded window.

use std::io::Read;

/// Why bytes cannot be walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("the records end too early")]
    Truncated,
    #[error("a varint is too long")]
    Varint,
    #[error("the compressed records cannot be decompressed")]
    Compressed,
    #[error("the records have more than {DECOMPRESSED_BYTES_MAX} bytes when decompressed")]
    Bomb,
}

/// Bytes that one batch may have when decompressed. Ten times the largest batch that a producer with
/// default limits can make out of text; beyond it decompressing is an attack.
pub(super) const DECOMPRESSED_BYTES_MAX: u64 = 1 << 30;
/// Window between a decompressor and the walker.
pub(super) const WINDOW_BYTES: usize = 32 * 1024;

/// A forward-only source of bytes.
pub(super) trait Input {
    fn byte(&mut self) -> Result<u8, Fault>;
    fn skip(&mut self, n: u64) -> Result<(), Fault>;
    /// Bytes given out so far.
    fn position(&self) -> u64;
    /// Whether no byte is left.
    fn at_end(&mut self) -> Result<bool, Fault>;

    /// A zigzag varint of at most 5 bytes.
    #[inline(always)]
    fn varint(&mut self) -> Result<i32, Fault> {
        let first = self.byte()?;
        let raw = if first < 0x80 {
            u32::from(first)
        } else {
            self.long_varint(first, 5)? as u32
        };
        Ok((raw >> 1) as i32 ^ -((raw & 1) as i32))
    }

    /// A zigzag varint of at most 10 bytes.
    #[inline(always)]
    fn varlong(&mut self) -> Result<i64, Fault> {
        let first = self.byte()?;
        let raw = if first < 0x80 {
            u64::from(first)
        } else {
            self.long_varint(first, 10)?
        };
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    #[inline]
    fn long_varint(&mut self, first: u8, bytes_max: u32) -> Result<u64, Fault> {
        let mut value = u64::from(first & 0x7f);
        for i in 1..bytes_max {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Fault::Varint)
    }
}

/// Uncompressed records.
pub(super) struct SliceInput<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> SliceInput<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> SliceInput<'a> {
        SliceInput { bytes, at: 0 }
    }
}

impl Input for SliceInput<'_> {
    #[inline(always)]
    fn byte(&mut self) -> Result<u8, Fault> {
        let byte = self.bytes.get(self.at).copied().ok_or(Fault::Truncated)?;
        self.at += 1;
        Ok(byte)
    }

    #[inline(always)]
    fn skip(&mut self, n: u64) -> Result<(), Fault> {
        if n > (self.bytes.len() - self.at) as u64 {
            return Err(Fault::Truncated);
        }
        self.at += n as usize;
        Ok(())
    }

    #[inline(always)]
    fn position(&self) -> u64 {
        self.at as u64
    }

    fn at_end(&mut self) -> Result<bool, Fault> {
        Ok(self.at == self.bytes.len())
    }
}

/// Decompressed records, a window at a time: a record larger than the window is walked, not held.
pub(super) struct StreamInput<'a> {
    source: Box<dyn Read + 'a>,
    window: &'a mut [u8],
    at: usize,
    filled: usize,
    /// Bytes in windows that are used up.
    before: u64,
}

impl<'a> StreamInput<'a> {
    pub(super) fn new(source: Box<dyn Read + 'a>, window: &'a mut [u8]) -> StreamInput<'a> {
        StreamInput {
            source,
            window,
            at: 0,
            filled: 0,
            before: 0,
        }
    }

    /// Fills the empty window; false at the end.
    fn refill(&mut self) -> Result<bool, Fault> {
        self.before += self.filled as u64;
        self.at = 0;
        self.filled = 0;
        if self.before > DECOMPRESSED_BYTES_MAX {
            return Err(Fault::Bomb);
        }
        self.filled = self.source.read(self.window).map_err(|_| Fault::Compressed)?;
        Ok(self.filled > 0)
    }
}

impl Input for StreamInput<'_> {
    #[inline]
    fn byte(&mut self) -> Result<u8, Fault> {
        if self.at == self.filled && !self.refill()? {
            return Err(Fault::Truncated);
        }
        let byte = self.window.get(self.at).copied().ok_or(Fault::Truncated)?;
        self.at += 1;
        Ok(byte)
    }

    fn skip(&mut self, mut n: u64) -> Result<(), Fault> {
        loop {
            let here = (self.filled - self.at) as u64;
            if n <= here {
                self.at += n as usize;
                return Ok(());
            }
            n -= here;
            self.at = self.filled;
            if !self.refill()? {
                return Err(Fault::Truncated);
            }
        }
    }

    fn position(&self) -> u64 {
        self.before + self.at as u64
    }

    fn at_end(&mut self) -> Result<bool, Fault> {
        Ok(self.at == self.filled && !self.refill()?)
    }
}
