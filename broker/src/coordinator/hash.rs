//! Which shard a group or transactional id lives in.

/// Java's `String.hashCode`: over UTF-16 units.
pub fn string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    })
}

/// The partition of the internal topic that holds `id`: its [`string_hash`], absolute (with `MIN_VALUE` as 0), modulo
/// the number of partitions.
pub fn shard_of(id: &str, partitions: i32) -> i32 {
    string_hash(id)
        .checked_abs()
        .unwrap_or(0)
        .checked_rem(partitions)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{shard_of, string_hash};

    #[test]
    fn hashes_are_javas() {
        assert_eq!(string_hash("polygenelubricants"), i32::MIN);
        assert_eq!(string_hash("ü"), 252);
    }

    #[test]
    fn equals_kafka() {
        // From Kafka 4.3.1; the last but one is a string whose hash is Integer.MIN_VALUE.
        for (id, shard) in [
            ("", 0),
            ("grp", 29),
            ("test-group", 12),
            ("gruppe-ü", 22),
            ("😀", 49),
            ("polygenelubricants", 0),
            ("consumer-group-1", 20),
        ] {
            assert_eq!(shard_of(id, 50), shard, "{id}");
        }
    }
}
