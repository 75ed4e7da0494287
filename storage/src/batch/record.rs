//! One record: its fields as slices, and the walk over its headers.

use super::error::RecordFault;
use super::varint;

/// A record of a stored batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// Its offset in the partition.
    pub offset: i64,
    /// Its time (ms since the epoch, -1 = none), or the append time of its batch.
    pub timestamp: i64,
    /// `None` = null.
    pub key: Option<&'a [u8]>,
    /// `None` = null, on compacted topics a tombstone.
    pub value: Option<&'a [u8]>,
    /// In the order of the producer; keys may repeat.
    pub headers: Headers<'a>,
}

/// Iterator over a record's headers: key and value (`None` = null).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Headers<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a [u8], Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let mut at = 0;
        let key = read_bytes(self.rest, &mut at).ok()??;
        let value = read_bytes(self.rest, &mut at).ok()?;
        self.rest = self.rest.get(at..)?;
        Some((key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

/// A record's fields as they lie in the batch, proven to fill the record exactly.
pub(super) struct RecordFields<'a> {
    pub timestamp_delta: i64,
    pub offset_delta: i32,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: Headers<'a>,
}

impl<'a> RecordFields<'a> {
    /// Takes apart the bytes behind a record's length (`DefaultRecord.readFrom`).
    #[inline(always)]
    pub fn parse(body: &'a [u8]) -> Result<RecordFields<'a>, RecordFault> {
        let mut at = 1; // attributes: no bit is in use
        let timestamp_delta = varint::read_i64(body, &mut at).ok_or(RecordFault::Structure)?;
        let offset_delta = varint::read_i32(body, &mut at).ok_or(RecordFault::Structure)?;
        let key = read_bytes(body, &mut at)?;
        let value = read_bytes(body, &mut at)?;
        let count = varint::read_i32(body, &mut at).ok_or(RecordFault::Structure)?;
        let rest = body.get(at..).ok_or(RecordFault::Structure)?;
        let left = usize::try_from(count).map_err(|_| RecordFault::HeaderCount)?;
        let headers = Headers { rest, left };
        if left != 0 {
            check_headers(rest, left)?;
        } else if !rest.is_empty() {
            return Err(RecordFault::BytesRemain);
        }
        Ok(RecordFields {
            timestamp_delta,
            offset_delta,
            key,
            value,
            headers,
        })
    }
}

fn check_headers(headers: &[u8], count: usize) -> Result<(), RecordFault> {
    if count > headers.len() {
        return Err(RecordFault::HeaderCount);
    }
    let mut at = 0;
    for _ in 0..count {
        read_bytes(headers, &mut at)?.ok_or(RecordFault::HeaderKey)?;
        read_bytes(headers, &mut at)?;
    }
    if at == headers.len() {
        Ok(())
    } else {
        Err(RecordFault::BytesRemain)
    }
}

/// A length and as many bytes; any negative length is null, as in Kafka's `Utils.readBytes`.
#[inline(always)]
fn read_bytes<'a>(bytes: &'a [u8], at: &mut usize) -> Result<Option<&'a [u8]>, RecordFault> {
    let len = varint::read_i32(bytes, at).ok_or(RecordFault::Structure)?;
    if len < 0 {
        return Ok(None);
    }
    let end = *at + len as usize;
    let field = bytes.get(*at..end).ok_or(RecordFault::Structure)?;
    *at = end;
    Ok(Some(field))
}
