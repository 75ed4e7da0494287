//! Kafka's primitive types, read from a slice of the frame and written to a growing buffer.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

/// Longest string that the protocol can carry, in bytes (an i16, for compact strings too).
pub(crate) const STRING_BYTES_MAX: usize = i16::MAX as usize;

/// Why bytes are no message, or a message cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WireError {
    #[error("ends too early")]
    Truncated,
    #[error("a string is not UTF-8")]
    Utf8,
    #[error("a varint is longer than 5 bytes")]
    Varint,
    #[error("null where a value is required")]
    Null,
    #[error("a string of {0} bytes, at most 32767 are allowed")]
    StringTooLong(usize),
    #[error("an array of {0} elements is longer than its message")]
    ArrayTooLong(usize),
    #[error("a length above 2^31")]
    TooLong,
    #[error("{0}")]
    Other(&'static str),
}

/// Result of reading or writing a piece of a message.
pub(crate) type WireResult<T> = Result<T, WireError>;

/// Reads primitives. Everything that it gives out is a slice of the frame.
pub(crate) struct Reader {
    buf: Bytes,
    flexible: bool,
}

macro_rules! fixed {
    ($($name:ident -> $ty:ty, $get:ident;)+) => {
        $(pub(crate) fn $name(&mut self) -> WireResult<$ty> {
            self.buf.$get().map_err(|_| WireError::Truncated)
        })+
    };
}

impl Reader {
    /// Reads `buf`; `flexible` chooses compact lengths and tagged fields.
    pub(crate) fn new(buf: Bytes, flexible: bool) -> Self {
        Self { buf, flexible }
    }

    fixed! {
        u8 -> u8, try_get_u8;
        i8 -> i8, try_get_i8;
        i16 -> i16, try_get_i16;
        i32 -> i32, try_get_i32;
        i64 -> i64, try_get_i64;
        u128 -> u128, try_get_u128;
    }

    pub(crate) fn bool(&mut self) -> WireResult<bool> {
        Ok(self.u8()? != 0)
    }

    pub(crate) fn uuid(&mut self) -> WireResult<Uuid> {
        Ok(Uuid::from_u128(self.u128()?))
    }

    /// The rest, unread.
    pub(crate) fn into_rest(self) -> Bytes {
        self.buf
    }

    fn uvarint(&mut self) -> WireResult<u32> {
        let mut value = 0u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.u8()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(WireError::Varint)
    }

    /// A length of the flexible kind (plus one, 0 for null), or as read by `fixed`, below zero for null.
    fn length(&mut self, fixed: impl FnOnce(&mut Self) -> WireResult<i32>) -> WireResult<Option<usize>> {
        if self.flexible {
            return match self.uvarint()?.checked_sub(1) {
                None => Ok(None),
                Some(len) if len > i32::MAX as u32 => Err(WireError::TooLong),
                Some(len) => Ok(Some(len as usize)),
            };
        }
        Ok(usize::try_from(fixed(self)?).ok())
    }

    fn take(&mut self, len: usize) -> WireResult<Bytes> {
        if len > self.buf.len() {
            return Err(WireError::Truncated);
        }
        Ok(self.buf.split_to(len))
    }

    pub(crate) fn nullable_bytes(&mut self) -> WireResult<Option<Bytes>> {
        match self.length(Self::i32)? {
            None => Ok(None),
            Some(len) => self.take(len).map(Some),
        }
    }

    pub(crate) fn nullable_string(&mut self) -> WireResult<Option<StrBytes>> {
        match self.length(|r| r.i16().map(i32::from))? {
            None => Ok(None),
            Some(len) if len > STRING_BYTES_MAX => Err(WireError::StringTooLong(len)),
            Some(len) => StrBytes::from_utf8(self.take(len)?)
                .map(Some)
                .map_err(|_| WireError::Utf8),
        }
    }

    pub(crate) fn string(&mut self) -> WireResult<StrBytes> {
        self.nullable_string()?.ok_or(WireError::Null)
    }

    /// An array whose elements take at least `least` bytes each, which bounds what is allocated for its length.
    pub(crate) fn nullable_array<T>(
        &mut self,
        least: usize,
        mut element: impl FnMut(&mut Self) -> WireResult<T>,
    ) -> WireResult<Option<Vec<T>>> {
        let Some(len) = self.length(Self::i32)? else {
            return Ok(None);
        };
        if len > self.buf.len() / least.max(1) {
            return Err(WireError::ArrayTooLong(len));
        }
        let mut elements = Vec::with_capacity(len);
        for _ in 0..len {
            elements.push(element(self)?);
        }
        Ok(Some(elements))
    }

    pub(crate) fn array<T>(
        &mut self,
        least: usize,
        element: impl FnMut(&mut Self) -> WireResult<T>,
    ) -> WireResult<Vec<T>> {
        self.nullable_array(least, element)?.ok_or(WireError::Null)
    }

    /// Skips the tagged fields at the end of a flexible structure.
    pub(crate) fn skip_tags(&mut self) -> WireResult<()> {
        self.tags(|_, _| Ok(()))
    }

    /// Gives each tagged field to `field`, with a reader of its bytes alone; what it does not read is skipped.
    pub(crate) fn tags(
        &mut self,
        mut field: impl FnMut(u32, &mut Reader) -> WireResult<()>,
    ) -> WireResult<()> {
        if !self.flexible {
            return Ok(());
        }
        for _ in 0..self.uvarint()? {
            let tag = self.uvarint()?;
            let len = self.uvarint()?;
            let bytes = self.take(len as usize)?;
            field(tag, &mut Reader::new(bytes, true))?;
        }
        Ok(())
    }
}

/// Writes primitives to one growing buffer.
pub(crate) struct Writer {
    buf: BytesMut,
    flexible: bool,
}

impl Writer {
    /// Writes behind what `buf` holds; `flexible` chooses compact lengths and tagged fields.
    pub(crate) fn new(buf: BytesMut, flexible: bool) -> Self {
        Self { buf, flexible }
    }

    pub(crate) fn into_inner(self) -> BytesMut {
        self.buf
    }

    pub(crate) fn position(&self) -> usize {
        self.buf.len()
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.buf.put_u8(u8::from(value));
    }

    #[cfg(feature = "client")]
    pub(crate) fn i8(&mut self, value: i8) {
        self.buf.put_i8(value);
    }

    pub(crate) fn i16(&mut self, value: i16) {
        self.buf.put_i16(value);
    }

    pub(crate) fn i32(&mut self, value: i32) {
        self.buf.put_i32(value);
    }

    pub(crate) fn i64(&mut self, value: i64) {
        self.buf.put_i64(value);
    }

    pub(crate) fn uuid(&mut self, value: Uuid) {
        self.buf.put_slice(value.as_bytes());
    }

    fn uvarint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.buf.put_u8(value as u8 | 0x80);
            value >>= 7;
        }
        self.buf.put_u8(value as u8);
    }

    /// Length of an array or of bytes; `None` is null.
    pub(crate) fn length(&mut self, len: Option<usize>) -> WireResult<()> {
        let len = len
            .map(i32::try_from)
            .transpose()
            .map_err(|_| WireError::TooLong)?;
        match (self.flexible, len) {
            (true, Some(len)) => self.uvarint(len as u32 + 1),
            (true, None) => self.uvarint(0),
            (false, len) => self.buf.put_i32(len.unwrap_or(-1)),
        }
        Ok(())
    }

    pub(crate) fn nullable_string(&mut self, value: Option<&str>) -> WireResult<()> {
        let len = value.map_or(0, str::len);
        let short = i16::try_from(len).map_err(|_| WireError::StringTooLong(len))?;
        if self.flexible {
            self.length(value.map(str::len))?;
        } else {
            self.buf.put_i16(if value.is_some() { short } else { -1 });
        }
        self.buf.put_slice(value.unwrap_or_default().as_bytes());
        Ok(())
    }

    pub(crate) fn string(&mut self, value: &str) -> WireResult<()> {
        self.nullable_string(Some(value))
    }

    #[cfg(feature = "client")]
    pub(crate) fn nullable_bytes(&mut self, value: Option<&[u8]>) -> WireResult<()> {
        self.length(value.map(<[u8]>::len))?;
        self.buf.put_slice(value.unwrap_or_default());
        Ok(())
    }

    pub(crate) fn array<T>(
        &mut self,
        values: &[T],
        mut element: impl FnMut(&mut Self, &T) -> WireResult<()>,
    ) -> WireResult<()> {
        self.length(Some(values.len()))?;
        values.iter().try_for_each(|value| element(self, value))
    }

    pub(crate) fn nullable_array<T>(
        &mut self,
        values: Option<&[T]>,
        element: impl FnMut(&mut Self, &T) -> WireResult<()>,
    ) -> WireResult<()> {
        match values {
            Some(values) => self.array(values, element),
            None => self.length(None),
        }
    }

    /// Ends a flexible structure without tagged fields.
    pub(crate) fn no_tags(&mut self) {
        if self.flexible {
            self.buf.put_u8(0);
        }
    }

    /// Ends a flexible structure with tagged fields, which must come in the order of their tags.
    pub(crate) fn tags(&mut self, fields: &[(u32, &[u8])]) {
        if !self.flexible {
            return;
        }
        self.uvarint(fields.len() as u32);
        for (tag, bytes) in fields {
            self.uvarint(*tag);
            self.uvarint(bytes.len() as u32);
            self.buf.put_slice(bytes);
        }
    }
}
