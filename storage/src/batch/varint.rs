//! Zigzag varints as Kafka's `ByteUtils` reads and writes them: overlong forms are accepted, surplus high bits of
//! the last byte are dropped.

/// Reads a varint of at most 5 bytes at `at` and moves `at` behind it.
#[inline(always)]
pub(super) fn read_i32(bytes: &[u8], at: &mut usize) -> Option<i32> {
    let first = *bytes.get(*at)?;
    if first < 0x80 {
        *at += 1;
        return Some(unzigzag32(u32::from(first)));
    }
    let second = *bytes.get(*at + 1)?;
    if second < 0x80 {
        *at += 2;
        return Some(unzigzag32(u32::from(first & 0x7f) | u32::from(second) << 7));
    }
    let (raw, used) = read_long(bytes.get(*at..)?, 5)?;
    *at += used;
    Some(unzigzag32(raw as u32))
}

/// Reads a varint of at most 10 bytes at `at` and moves `at` behind it.
#[inline(always)]
pub(super) fn read_i64(bytes: &[u8], at: &mut usize) -> Option<i64> {
    let first = *bytes.get(*at)?;
    if first < 0x80 {
        *at += 1;
        return Some(unzigzag64(u64::from(first)));
    }
    let second = *bytes.get(*at + 1)?;
    if second < 0x80 {
        *at += 2;
        return Some(unzigzag64(u64::from(first & 0x7f) | u64::from(second) << 7));
    }
    let (raw, used) = read_long(bytes.get(*at..)?, 10)?;
    *at += used;
    Some(unzigzag64(raw))
}

#[inline(never)]
fn read_long(bytes: &[u8], bytes_max: usize) -> Option<(u64, usize)> {
    let mut raw = 0u64;
    for (index, byte) in bytes.iter().take(bytes_max).enumerate() {
        raw |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((raw, index + 1));
        }
    }
    None
}

/// Folds a varint's raw bits back to a signed number.
#[inline(always)]
pub(super) fn unzigzag32(raw: u32) -> i32 {
    (raw >> 1) as i32 ^ -((raw & 1) as i32)
}

/// Folds a varint's raw bits back to a signed number.
#[inline(always)]
pub(super) fn unzigzag64(raw: u64) -> i64 {
    (raw >> 1) as i64 ^ -((raw & 1) as i64)
}

/// Appends a number; a 32-bit one takes the same bytes either way.
pub(super) fn write(out: &mut Vec<u8>, value: i64) {
    let mut raw = ((value << 1) ^ (value >> 63)) as u64;
    while raw >= 0x80 {
        out.push(raw as u8 | 0x80);
        raw >>= 7;
    }
    out.push(raw as u8);
}

/// Bytes that `write` appends.
pub(super) fn len(value: i64) -> usize {
    let raw = ((value << 1) ^ (value >> 63)) as u64;
    (64 - (raw | 1).leading_zeros() as usize).div_ceil(7)
}
