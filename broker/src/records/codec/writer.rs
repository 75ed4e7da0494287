//! Writing the fields of a record.

use uuid::Uuid;

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
