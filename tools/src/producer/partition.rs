//! Which partition a record goes to (`BuiltInPartitioner`): by the hash of its key, or, without one, the same partition
//! until a batch's worth of bytes has gone there.

/// Kafka's `Utils.murmur2`.
pub(crate) fn murmur2(bytes: &[u8]) -> i32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    let mut hash = SEED ^ (bytes.len() as u32);
    let mut words = bytes.chunks_exact(4);
    for word in words.by_ref() {
        let mut k = word
            .first_chunk::<4>()
            .map_or(0, |word| u32::from_le_bytes(*word));
        k = k.wrapping_mul(M);
        k ^= k >> 24;
        k = k.wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ k;
    }
    let rest = words.remainder();
    for (at, byte) in rest.iter().enumerate() {
        hash ^= u32::from(*byte) << (8 * at);
    }
    if !rest.is_empty() {
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    (hash ^ (hash >> 15)) as i32
}

/// The partition of a key; `count` is above 0.
pub(crate) fn of_key(key: &[u8], count: i32) -> i32 {
    (murmur2(key) & i32::MAX) % count.max(1)
}

/// Where records without a key go at the moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sticky {
    current: Option<i32>,
    bytes: usize,
}

impl Sticky {
    /// The partition for a record of so many bytes; `chance` chooses the next one after a batch's worth.
    pub(super) fn next(
        &mut self,
        count: i32,
        bytes: usize,
        batch_bytes: usize,
        chance: impl FnOnce() -> u32,
    ) -> i32 {
        if self.bytes >= batch_bytes.max(1) {
            *self = Sticky::default();
        }
        self.bytes += bytes;
        let partition = match self.current {
            Some(partition) if partition < count => partition,
            _ => (chance() & 0x7fff_ffff) as i32 % count.max(1),
        };
        self.current = Some(partition);
        partition
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hash_as_in_kafka() {
        // Vectors of Kafka's UtilsTest.testMurmur2.
        let cases: [(&[u8], i32); 6] = [
            (b"21", -973_932_308),
            (b"foobar", -790_332_482),
            (b"a-little-bit-long-string", -985_981_536),
            (b"a-little-bit-longer-string", -1_486_304_829),
            (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            (b"abc", 479_470_107),
        ];
        for (bytes, hash) in cases {
            assert_eq!(murmur2(bytes), hash, "{bytes:?}");
        }
        assert!((0..3).contains(&of_key(b"k", 3)));
    }

    #[test]
    fn a_partition_is_kept_for_a_batch() {
        let mut sticky = Sticky::default();
        let mut turns = 0..;
        let mut next = |bytes| sticky.next(4, bytes, 100, || turns.next().unwrap_or_default());
        assert_eq!([next(60), next(60), next(60), next(60), next(1)], [0, 0, 1, 1, 2]);
    }
}
