//! The order in which Java iterates its hash tables.
//!
//! Kafka's assignors hand out partitions in the order of a `HashMap`. To give every member what Kafka gives it,
//! the same order is made here: by bucket, and within a bucket by insertion.

use uuid::Uuid;

/// `org.apache.kafka.common.Uuid.hashCode`.
pub fn uuid_hash(id: Uuid) -> i32 {
    let (high, low) = id.as_u64_pair();
    let mixed = high ^ low;
    let folded = (mixed >> 32) ^ (mixed & 0xffff_ffff);
    u32::try_from(folded).unwrap_or(0).cast_signed()
}

/// Buckets of a `new HashMap()` after `len` puts.
pub fn grown(len: usize) -> usize {
    let mut buckets = 16;
    while len > buckets / 4 * 3 {
        buckets *= 2;
    }
    buckets
}

/// Buckets of a `new HashSet(collection)` of `len` elements.
pub fn copied(len: usize) -> usize {
    (len * 4 / 3 + 1).max(16).next_power_of_two()
}

/// Sorts elements, which come in the order of their insertion, into the order of iteration.
pub fn sort_by_bucket<T>(items: &mut [T], buckets: usize, hash: impl Fn(&T) -> i32) {
    items.sort_by_key(|item| {
        let hash = hash(item).cast_unsigned();
        let spread = usize::try_from(hash ^ (hash >> 16)).unwrap_or(0);
        spread & (buckets - 1)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_javas() {
        assert_eq!(uuid_hash(Uuid::from_u64_pair(1 << 32, 2)), 3);
    }

    #[test]
    fn tables_grow_as_javas() {
        assert_eq!((grown(12), grown(13), grown(24), grown(25)), (16, 32, 32, 64));
        assert_eq!((copied(11), copied(12), copied(24)), (16, 32, 64));
    }

    #[test]
    fn buckets_come_in_order_and_keep_insertion() {
        let mut items = vec![17, 33, 2, 1];
        sort_by_bucket(&mut items, 16, |n| *n);
        assert_eq!(items, [17, 33, 1, 2]);
    }
}
