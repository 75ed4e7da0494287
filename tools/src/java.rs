//! Habits of Java that show in the output: the order of hash tables, and how collections print.

use std::fmt::Display;

/// `String.hashCode`.
pub(crate) fn string_hash(text: &str) -> i32 {
    let units = text.encode_utf16();
    units.fold(0_i32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    })
}

/// `TopicPartition.hashCode`.
pub(crate) fn partition_hash(topic: &str, partition: i32) -> i32 {
    let hash = 31_i32.wrapping_add(partition);
    hash.wrapping_mul(31).wrapping_add(string_hash(topic))
}

/// Puts items in the order in which a `java.util.HashMap` gives them back, that was made for `room` items (16 unless
/// told) and got them in this order.
pub(crate) fn hash_order<T>(items: &mut [T], room: usize, hash: impl Fn(&T) -> i32) {
    let mut buckets = room.max(1).next_power_of_two();
    while items.len() * 4 > buckets * 3 {
        buckets *= 2;
    }
    let mask = u32::try_from(buckets - 1).unwrap_or(u32::MAX);
    items.sort_by_key(|item| {
        let hash = hash(item).cast_unsigned();
        (hash ^ (hash >> 16)) & mask
    });
}

/// Room of a `HashMap` that nobody gave one.
pub(crate) const HASH_ROOM: usize = 16;

/// As a Java list or set prints: `[a, b]`.
pub(crate) fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    format!("[{}]", joined(items, ", "))
}

/// The items with `between` between them.
pub(crate) fn joined<T: Display>(items: impl IntoIterator<Item = T>, between: &str) -> String {
    let texts: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    texts.join(between)
}

#[cfg(test)]
mod tests {
    use super::{HASH_ROOM, hash_order, list, string_hash};

    #[test]
    fn hashes_and_order_as_in_java() {
        assert_eq!(string_hash("hello"), 99_162_322);
        assert_eq!(string_hash(""), 0);
        let mut words = ["b", "Q", "a", "r"];
        hash_order(&mut words, HASH_ROOM, |word| string_hash(word));
        // 98, 81, 97 and 114 modulo 16; those of one bucket as they came.
        assert_eq!(words, ["Q", "a", "b", "r"]);
        assert_eq!(list([1, 2]), "[1, 2]");
    }
}
