//! The primitives of Kafka's message schemas, for records that the message crate lacks.
//!
//! Sizes and counts are checked against the bytes that are left before anything is allocated, so a damaged
//! record costs an error and never memory. Numbers are big-endian, as everywhere in Kafka.

use uuid::Uuid;

/// Why bytes are not the record they claim to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Fewer bytes than the schema asks for.
    #[error("the record ends too early")]
    Truncated,
    /// A variable-length number of too many bytes.
    #[error("a variable-length number is too long")]
    VarintTooLong,
    /// A length below what the field allows.
    #[error("a length is negative or null where it must not be")]
    InvalidLength,
    /// A string that is not UTF-8.
    #[error("a string is not UTF-8")]
    InvalidUtf8,
    /// A version or type that this code does not know.
    #[error("unknown record type or version {0}")]
    UnknownVersion(i32),
}

/// Reads fields from the front of a record.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader over the whole of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    /// Bytes not read yet.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The next `len` bytes.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], CodecError> {
        let (head, tail) = self.rest.split_at_checked(len).ok_or(CodecError::Truncated)?;
        self.rest = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let (head, tail) = self.rest.split_first_chunk::<N>().ok_or(CodecError::Truncated)?;
        self.rest = tail;
        Ok(*head)
    }

    /// `bool`: one byte, anything but 0 is true.
    pub fn bool(&mut self) -> Result<bool, CodecError> {
        Ok(self.i8()? != 0)
    }

    /// `int8`.
    pub fn i8(&mut self) -> Result<i8, CodecError> {
        Ok(i8::from_be_bytes(self.array()?))
    }

    /// `int16`.
    pub fn i16(&mut self) -> Result<i16, CodecError> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    /// `uint16`.
    pub fn u16(&mut self) -> Result<u16, CodecError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// `int32`.
    pub fn i32(&mut self) -> Result<i32, CodecError> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    /// `int64`.
    pub fn i64(&mut self) -> Result<i64, CodecError> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// `float64`.
    pub fn f64(&mut self) -> Result<f64, CodecError> {
        Ok(f64::from_be_bytes(self.array()?))
    }

    /// `uuid`.
    pub fn uuid(&mut self) -> Result<Uuid, CodecError> {
        Ok(Uuid::from_bytes(self.array()?))
    }

    /// Unsigned varint of up to five bytes.
    pub fn uvarint(&mut self) -> Result<u32, CodecError> {
        let mut value = 0u32;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.array::<1>()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(CodecError::VarintTooLong)
    }

    fn len(&self, len: i64) -> Result<Option<usize>, CodecError> {
        match len {
            -1 => Ok(None),
            len => usize::try_from(len)
                .map(Some)
                .map_err(|_| CodecError::InvalidLength),
        }
    }

    /// A count of an array; every element takes at least one byte, so a larger one is a lie.
    fn count(&self, len: Option<usize>) -> Result<Option<usize>, CodecError> {
        match len {
            Some(count) if count > self.rest.len() => Err(CodecError::Truncated),
            len => Ok(len),
        }
    }

    fn text(bytes: &[u8]) -> Result<String, CodecError> {
        std::str::from_utf8(bytes)
            .map(str::to_owned)
            .map_err(|_| CodecError::InvalidUtf8)
    }

    /// Nullable string: two length bytes, or a varint of length + 1 when `flexible`.
    pub fn nullable_string(&mut self, flexible: bool) -> Result<Option<String>, CodecError> {
        let len = if flexible {
            i64::from(self.uvarint()?) - 1
        } else {
            i64::from(self.i16()?)
        };
        match self.len(len)? {
            None => Ok(None),
            Some(len) => Self::text(self.take(len)?).map(Some),
        }
    }

    /// String that must not be null.
    pub fn string(&mut self, flexible: bool) -> Result<String, CodecError> {
        self.nullable_string(flexible)?.ok_or(CodecError::InvalidLength)
    }

    /// Nullable bytes: four length bytes, or a varint of length + 1 when `flexible`.
    pub fn nullable_bytes(&mut self, flexible: bool) -> Result<Option<&'a [u8]>, CodecError> {
        let len = if flexible {
            i64::from(self.uvarint()?) - 1
        } else {
            i64::from(self.i32()?)
        };
        match self.len(len)? {
            None => Ok(None),
            Some(len) => self.take(len).map(Some),
        }
    }

    /// Bytes that must not be null.
    pub fn bytes(&mut self, flexible: bool) -> Result<&'a [u8], CodecError> {
        self.nullable_bytes(flexible)?.ok_or(CodecError::InvalidLength)
    }

    /// Nullable array whose elements `element` reads.
    pub fn nullable_array<T>(
        &mut self,
        flexible: bool,
        mut element: impl FnMut(&mut Self) -> Result<T, CodecError>,
    ) -> Result<Option<Vec<T>>, CodecError> {
        let len = if flexible {
            i64::from(self.uvarint()?) - 1
        } else {
            i64::from(self.i32()?)
        };
        let Some(count) = self.len(len).and_then(|len| self.count(len))? else {
            return Ok(None);
        };
        // Grown as elements arrive: an element in memory may be far larger than its one byte here.
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(element(self)?);
        }
        Ok(Some(items))
    }

    /// Array that must not be null.
    pub fn vec<T>(
        &mut self,
        flexible: bool,
        element: impl FnMut(&mut Self) -> Result<T, CodecError>,
    ) -> Result<Vec<T>, CodecError> {
        self.nullable_array(flexible, element)?
            .ok_or(CodecError::InvalidLength)
    }

    /// Tagged fields: `field` gets the tag and a reader over exactly that field; unknown tags it ignores.
    pub fn tagged_fields(
        &mut self,
        mut field: impl FnMut(u32, &mut Reader<'a>) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        for _ in 0..self.uvarint()? {
            let tag = self.uvarint()?;
            let size = usize::try_from(self.uvarint()?).map_err(|_| CodecError::InvalidLength)?;
            let mut inner = Reader::new(self.take(size)?);
            field(tag, &mut inner)?;
        }
        Ok(())
    }

    /// Tagged fields of which none is known.
    pub fn skip_tagged_fields(&mut self) -> Result<(), CodecError> {
        self.tagged_fields(|_, _| Ok(()))
    }
}

/// Writes fields behind one another.
///
/// Lengths above what a schema can say (strings of 32 KiB when not flexible, 2 GiB otherwise) cannot come from
/// a request, which had the same limits; they are cut to the limit instead of writing a wrong length.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// An empty record.
    pub fn new() -> Writer {
        Writer::default()
    }

    /// The bytes written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// `bool`.
    pub fn bool(&mut self, value: bool) {
        self.out.push(u8::from(value));
    }

    /// `int8`.
    pub fn i8(&mut self, value: i8) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    /// `int16`.
    pub fn i16(&mut self, value: i16) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    /// `uint16`.
    pub fn u16(&mut self, value: u16) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    /// `int32`.
    pub fn i32(&mut self, value: i32) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    /// `int64`.
    pub fn i64(&mut self, value: i64) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    /// `float64`.
    pub fn f64(&mut self, value: f64) {
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    /// `uuid`.
    pub fn uuid(&mut self, value: Uuid) {
        self.out.extend_from_slice(value.as_bytes());
    }

    /// Unsigned varint.
    pub fn uvarint(&mut self, mut value: u32) {
        loop {
            let byte = u8::try_from(value & 0x7f).unwrap_or(0);
            value >>= 7;
            if value == 0 {
                self.out.push(byte);
                return;
            }
            self.out.push(byte | 0x80);
        }
    }

    fn compact_len(&mut self, len: Option<usize>) {
        self.uvarint(len.map_or(0, |len| u32::try_from(len).unwrap_or(u32::MAX - 1) + 1));
    }

    /// Nullable string.
    pub fn nullable_string(&mut self, flexible: bool, value: Option<&str>) {
        if flexible {
            self.compact_len(value.map(str::len));
            self.out.extend_from_slice(value.unwrap_or_default().as_bytes());
            return;
        }
        let Some(mut text) = value else {
            return self.i16(-1);
        };
        let len = i16::try_from(text.len()).unwrap_or_else(|_| {
            let end = text.floor_char_boundary(i16::MAX as usize);
            text = text.get(..end).unwrap_or_default();
            i16::try_from(end).unwrap_or(i16::MAX)
        });
        self.i16(len);
        self.out.extend_from_slice(text.as_bytes());
    }

    /// String.
    pub fn string(&mut self, flexible: bool, value: &str) {
        self.nullable_string(flexible, Some(value));
    }

    /// Nullable bytes.
    pub fn nullable_bytes(&mut self, flexible: bool, value: Option<&[u8]>) {
        if flexible {
            self.compact_len(value.map(<[u8]>::len));
        } else {
            self.i32(value.map_or(-1, |v| i32::try_from(v.len()).unwrap_or(i32::MAX)));
        }
        self.out.extend_from_slice(value.unwrap_or_default());
    }

    /// Bytes.
    pub fn bytes(&mut self, flexible: bool, value: &[u8]) {
        self.nullable_bytes(flexible, Some(value));
    }

    /// Nullable array; `element` writes one item.
    pub fn nullable_array<T>(
        &mut self,
        flexible: bool,
        items: Option<&[T]>,
        mut element: impl FnMut(&mut Self, &T),
    ) {
        if flexible {
            self.compact_len(items.map(<[T]>::len));
        } else {
            self.i32(items.map_or(-1, |v| i32::try_from(v.len()).unwrap_or(i32::MAX)));
        }
        for item in items.unwrap_or_default() {
            element(self, item);
        }
    }

    /// Array.
    pub fn vec<T>(&mut self, flexible: bool, items: &[T], element: impl FnMut(&mut Self, &T)) {
        self.nullable_array(flexible, Some(items), element);
    }

    /// Tagged fields in ascending tag order: (tag, content written by another [`Writer`]).
    pub fn tagged_fields(&mut self, fields: &[(u32, Writer)]) {
        self.uvarint(u32::try_from(fields.len()).unwrap_or(0));
        for (tag, content) in fields {
            self.uvarint(*tag);
            self.uvarint(u32::try_from(content.out.len()).unwrap_or(u32::MAX));
            self.out.extend_from_slice(&content.out);
        }
    }

    /// No tagged fields.
    pub fn no_tagged_fields(&mut self) {
        self.uvarint(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_bytes() {
        let mut w = Writer::new();
        w.uvarint(300);
        w.string(false, "ab");
        w.nullable_string(false, None);
        w.string(true, "ab");
        w.nullable_string(true, None);
        w.vec(true, &[1i32, -1], |w, v| w.i32(*v));
        w.nullable_array::<i32>(false, None, |w, v| w.i32(*v));
        let mut inner = Writer::new();
        inner.bool(true);
        w.tagged_fields(&[(5, inner)]);
        let bytes = w.into_bytes();
        assert_eq!(
            bytes,
            [
                0xac, 2, 0, 2, b'a', b'b', 0xff, 0xff, 3, b'a', b'b', 0, 3, 0, 0, 0, 1, 255, 255, 255, 255,
                255, 255, 255, 255, 1, 5, 1, 1
            ]
        );
        let mut r = Reader::new(&bytes);
        assert_eq!(r.uvarint(), Ok(300));
        assert_eq!(r.string(false).unwrap(), "ab");
        assert_eq!(r.nullable_string(false), Ok(None));
        assert_eq!(r.string(true).unwrap(), "ab");
        assert_eq!(r.nullable_string(true), Ok(None));
        assert_eq!(r.vec(true, Reader::i32), Ok(vec![1, -1]));
        assert_eq!(r.nullable_array(false, Reader::i32), Ok(None));
        let mut seen = Vec::new();
        r.tagged_fields(|tag, r| {
            seen.push((tag, r.bool()?));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, [(5, true)]);
        assert_eq!(r.remaining(), 0);
    }

    #[test]
    fn hostile_lengths_are_errors() {
        assert_eq!(
            Reader::new(&[0x7f, 0xff, 0xff, 0xff]).vec(false, Reader::i8),
            Err(CodecError::Truncated)
        );
        assert_eq!(Reader::new(&[0xff; 5]).uvarint(), Err(CodecError::VarintTooLong));
        assert_eq!(
            Reader::new(&[0xff, 0xfe]).nullable_string(false),
            Err(CodecError::InvalidLength)
        );
        assert_eq!(
            Reader::new(&[0, 1, 0xff]).string(false),
            Err(CodecError::InvalidUtf8)
        );
        assert_eq!(Reader::new(&[0]).string(true), Err(CodecError::InvalidLength));
    }

    #[test]
    fn long_plain_string_is_cut_at_a_character() {
        let mut w = Writer::new();
        w.string(false, &"é".repeat(20_000));
        let bytes = w.into_bytes();
        assert_eq!(Reader::new(&bytes).string(false).unwrap(), "é".repeat(16_383));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn strings_and_bytes_come_back(text in proptest::option::of(".{0,40}"), flexible: bool, number: u32,
                                       data in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..300))) {
            let mut w = Writer::new();
            w.nullable_string(flexible, text.as_deref());
            w.nullable_bytes(flexible, data.as_deref());
            w.uvarint(number);
            let bytes = w.into_bytes();
            let mut r = Reader::new(&bytes);
            prop_assert_eq!(r.nullable_string(flexible).unwrap(), text);
            prop_assert_eq!(r.nullable_bytes(flexible).unwrap(), data.as_deref());
            prop_assert_eq!(r.uvarint().unwrap(), number);
            prop_assert_eq!(r.remaining(), 0);
        }
    }
}
