//! Key → last offset, for one pass of compaction: bounded memory, allocated as keys come.
//!
//! As Kafka's `SkimpyOffsetMap` it holds no keys but 128-bit hashes of them. The hash is SipHash-1-3 under a
//! random key, so nobody can choose keys that collide. An entry takes 16 bytes (Kafka: 24): 96 bits of the hash
//! beside the bits that choose its place, and the offset relative to the first one of the pass. Many small tables
//! instead of a large one: growing needs memory for a copy of one of them only.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher13};

/// Most tables; a power of two.
const TABLES_MAX: usize = 256;
/// A table of fewer places than this is not split further.
const TABLE_SLOTS_MIN: usize = 4096;
/// A table grows at this load as long as memory allows; more makes lookups slow.
const LOAD_EASY: f64 = 0.8;
/// Above this a table is full whatever the configuration says: searching must come to an end.
const LOAD_MAX: f64 = 0.95;
/// Bytes of an entry.
const SLOT_BYTES: usize = size_of::<Slot>();

/// Hash bits (low half of the first word, then the second word) and offset − start + 1; 0 there: empty.
type Slot = [u32; 4];

/// Bounds of a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct MapLimits {
    /// Most bytes it takes.
    pub bytes_max: u64,
    /// Share of its places that may be taken.
    pub load_factor: f64,
    /// Key of the hash.
    pub hash_key: (u64, u64),
}

/// Last offset by key for a run of offsets.
///
/// Invariant: every table keeps an empty place, so every search ends.
#[derive(Debug)]
pub(super) struct OffsetMap {
    tables: Vec<Table>,
    table_slots_max: usize,
    load_factor: f64,
    hash_key: (u64, u64),
    start: i64,
    /// Every record up to here is in the map.
    latest_offset: i64,
}

#[derive(Debug, Default)]
struct Table {
    slots: Vec<Slot>,
    taken: usize,
}

struct Hashed {
    table: usize,
    bits: [u32; 3],
}

impl OffsetMap {
    /// An empty map for offsets from `start` on. Takes no memory to speak of.
    pub fn new(limits: &MapLimits, start: i64) -> OffsetMap {
        let slots = usize::try_from(limits.bytes_max).unwrap_or(usize::MAX) / SLOT_BYTES;
        let tables = (slots / TABLE_SLOTS_MIN).clamp(1, TABLES_MAX);
        let tables = 1 << tables.ilog2();
        OffsetMap {
            tables: (0..tables).map(|_| Table::default()).collect(),
            table_slots_max: (slots / tables).max(2),
            load_factor: limits.load_factor.clamp(f64::MIN_POSITIVE, LOAD_MAX),
            hash_key: limits.hash_key,
            start,
            latest_offset: start - 1,
        }
    }

    /// Notes that `key` has a record at `offset`, which is not below the start. `false` when there is no room.
    #[must_use]
    pub fn put(&mut self, key: &[u8], offset: i64) -> bool {
        // One more must still fit: 0 marks an empty place.
        let relative = u32::try_from(offset - self.start).ok();
        let Some(marked) = relative.and_then(|relative| relative.checked_add(1)) else {
            return false;
        };
        let hashed = self.hash(key);
        let (slots_max, load_factor) = (self.table_slots_max, self.load_factor);
        match self.tables.get_mut(hashed.table) {
            Some(table) => table.put(hashed.bits, marked, slots_max, load_factor),
            None => false,
        }
    }

    /// The last offset noted for `key`.
    pub fn get(&self, key: &[u8]) -> Option<i64> {
        let hashed = self.hash(key);
        let table = self.tables.get(hashed.table)?;
        let place = table.slots.get(table.find(hashed.bits)?)?;
        place[3]
            .checked_sub(1)
            .map(|relative| self.start + i64::from(relative))
    }

    /// Every record up to this offset is in the map.
    pub fn latest_offset(&self) -> i64 {
        self.latest_offset
    }

    /// Notes that every record up to `offset` is in the map.
    pub fn note_latest(&mut self, offset: i64) {
        self.latest_offset = self.latest_offset.max(offset);
    }

    /// Keys in the map.
    pub fn len(&self) -> usize {
        self.tables.iter().map(|table| table.taken).sum()
    }

    /// Bytes taken.
    pub fn allocated_bytes(&self) -> usize {
        self.tables
            .iter()
            .map(|table| table.slots.capacity() * SLOT_BYTES)
            .sum()
    }

    fn hash(&self, key: &[u8]) -> Hashed {
        let mut hasher = SipHasher13::new_with_keys(self.hash_key.0, self.hash_key.1);
        hasher.write(key);
        let hash = hasher.finish128();
        Hashed {
            table: (hash.h1 >> 32) as usize & (self.tables.len() - 1),
            bits: [hash.h1 as u32, hash.h2 as u32, (hash.h2 >> 32) as u32],
        }
    }
}

impl Table {
    fn put(&mut self, bits: [u32; 3], relative: u32, slots_max: usize, load_factor: f64) -> bool {
        if let Some(place) = self.find(bits).and_then(|at| self.slots.get_mut(at))
            && place[3] != 0
        {
            place[3] = relative;
            return true;
        }
        if !self.has_room(load_factor.min(LOAD_EASY)) {
            self.grow(slots_max);
            if !self.has_room(load_factor) {
                return false;
            }
        }
        self.insert([bits[0], bits[1], bits[2], relative]);
        true
    }

    /// Whether one more leaves the load within `load` and a place empty.
    fn has_room(&self, load: f64) -> bool {
        let taken = self.taken + 1;
        taken < self.slots.len() && taken as f64 <= (self.slots.len() as f64 * load).max(1.0)
    }

    fn grow(&mut self, slots_max: usize) {
        let len = self.slots.len();
        let wanted = (len + len / 4).max(16).min(slots_max);
        if wanted <= len {
            return;
        }
        let old = std::mem::replace(&mut self.slots, vec![[0; 4]; wanted]);
        self.taken = 0;
        for slot in old.into_iter().filter(|slot| slot[3] != 0) {
            self.insert(slot);
        }
    }

    fn insert(&mut self, slot: Slot) {
        let place = self.find([slot[0], slot[1], slot[2]]);
        debug_assert!(place.is_some(), "there is an empty place");
        if let Some(place) = place.and_then(|at| self.slots.get_mut(at)) {
            *place = slot;
            self.taken += 1;
        }
    }

    /// Where an entry is, or would go; `None` when the table has no memory yet.
    fn find(&self, bits: [u32; 3]) -> Option<usize> {
        let len = self.slots.len();
        let first = ((u64::from(bits[0]) * len as u64) >> 32) as usize;
        let (before, from_first) = self.slots.split_at_checked(first)?;
        let is_it = |slot: &Slot| slot[3] == 0 || [slot[0], slot[1], slot[2]] == bits;
        match from_first.iter().position(is_it) {
            Some(at) => Some(first + at),
            None => before.iter().position(is_it),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(bytes_max: u64) -> MapLimits {
        MapLimits {
            bytes_max,
            load_factor: 0.9,
            hash_key: (1, 2),
        }
    }

    #[test]
    fn the_last_offset_of_a_key_counts() {
        let mut map = OffsetMap::new(&limits(1 << 20), 1000);
        for round in 0..3 {
            for i in 0..5000i64 {
                assert!(map.put(&i.to_be_bytes(), 1000 + round * 5000 + i));
            }
        }
        assert_eq!(map.len(), 5000);
        for i in 0..5000i64 {
            assert_eq!(map.get(&i.to_be_bytes()), Some(11_000 + i));
        }
        assert_eq!(map.get(b"other"), None);
        assert_eq!(map.latest_offset(), 999);
        // Too far from the start for an entry: the pass ends there.
        assert!(!map.put(b"far", 1000 + i64::from(u32::MAX)));
    }

    #[test]
    fn memory_is_bounded_and_grows_with_the_keys() {
        for bytes_max in [0, 40, 500, 5000, 300_000, 3_000_000] {
            let mut map = OffsetMap::new(&limits(bytes_max), 0);
            assert_eq!(map.allocated_bytes(), 0);
            let mut keys = 0i64;
            while map.put(&keys.to_be_bytes(), keys) {
                keys += 1;
                assert!(map.allocated_bytes() as u64 <= bytes_max.max(32));
            }
            assert!(keys >= 1, "even the smallest map takes a key");
            let room = bytes_max / SLOT_BYTES as u64;
            assert!(keys as u64 >= room * 8 / 10, "{keys} keys in {bytes_max} bytes");
            assert!((0..keys).all(|key| map.get(&key.to_be_bytes()) == Some(key)));
            assert!(map.put(&0i64.to_be_bytes(), keys), "a known key always fits");
        }
    }

    #[test]
    fn a_million_keys_take_a_quarter_of_kafkas_buffer() {
        let mut map = OffsetMap::new(&limits(128 << 20), 0);
        assert!((0..1_000_000i64).all(|key| map.put(&key.to_be_bytes(), key)));
        assert!(map.allocated_bytes() <= 32 << 20, "{}", map.allocated_bytes());
    }
}
