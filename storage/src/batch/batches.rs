//! The batches of a buffer, one after another.

use super::header::{BATCH_HEADER_LEN, BatchHeader};

/// Iterator over the whole batches at the front of a buffer: header and all bytes of each. It stops in front of
/// the first that is cut short or has no valid length or magic; CRCs and records are not looked at.
#[derive(Clone, Debug)]
pub struct Batches<'a> {
    rest: &'a [u8],
}

impl<'a> Batches<'a> {
    /// Over `bytes`, which begin with a batch.
    pub fn new(bytes: &'a [u8]) -> Self {
        Batches { rest: bytes }
    }

    /// The bytes that are not consumed yet; once the iterator has ended, those that are no whole batch.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Batches<'a> {
    type Item = (BatchHeader, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let header = BatchHeader::read(self.rest)?;
        let size = header.size_in_bytes();
        if header.magic != 2 || size < BATCH_HEADER_LEN {
            return None;
        }
        let (batch, rest) = self.rest.split_at_checked(size)?;
        self.rest = rest;
        Some((header, batch))
    }
}
