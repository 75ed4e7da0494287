//! Reading the fields of a record.

use uuid::Uuid;

use super::CodecError;

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
