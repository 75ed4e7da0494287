//! Which shard a group lives in.

use super::assignor::string_hash;

/// The partition of `__consumer_offsets` that holds `group`: Java's `String.hashCode` over UTF-16 units,
/// absolute (with `MIN_VALUE` as 0), modulo the number of partitions.
pub fn shard_of(group: &str, partitions: i32) -> i32 {
    string_hash(group)
        .checked_abs()
        .unwrap_or(0)
        .checked_rem(partitions)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::shard_of;

    #[test]
    fn equals_kafka() {
        // From Kafka 4.3.1; the last but one is a string whose hash is Integer.MIN_VALUE.
        for (group, shard) in [
            ("", 0),
            ("grp", 29),
            ("test-group", 12),
            ("gruppe-ü", 22),
            ("😀", 49),
            ("polygenelubricants", 0),
            ("consumer-group-1", 20),
        ] {
            assert_eq!(shard_of(group, 50), shard, "{group}");
        }
    }
}
