//! Values of Kafka's protocol out of bytes.

/// What is left to read.
pub(super) struct Reader<'a> {
    pub left: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.left.split_at_checked(count)?;
        self.left = left;
        Some(taken)
    }

    /// A signed number of so many bytes, at most 8.
    pub(super) fn int(&mut self, bytes: usize) -> Option<i64> {
        let taken = self.take(bytes)?;
        let first = i64::from(taken.first()?.cast_signed());
        let rest = taken.get(1..).unwrap_or_default();
        Some(rest.iter().fold(first, |sum, byte| (sum << 8) | i64::from(*byte)))
    }

    pub(super) fn short(&mut self) -> Option<i16> {
        i16::try_from(self.int(2)?).ok()
    }

    /// An unsigned number of 7 bits a byte.
    pub(super) fn varint(&mut self) -> Option<u32> {
        let mut sum = 0_u32;
        for shift in (0..35).step_by(7) {
            let byte = *self.take(1)?.first()?;
            sum |= u32::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(sum);
            }
        }
        None
    }

    /// A length, in the compact form or of so many bytes; `Some(None)` for null.
    pub(super) fn length(&mut self, is_compact: bool, bytes: usize) -> Option<Option<usize>> {
        if is_compact {
            let length = usize::try_from(self.varint()?).ok()?;
            return Some(length.checked_sub(1));
        }
        Some(usize::try_from(self.int(bytes)?).ok())
    }
}
