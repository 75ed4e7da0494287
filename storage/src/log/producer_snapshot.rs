//! Producer snapshot files, version 1: `version i16, crc u32, count i32, entries`.

use super::producer_state::{BatchMeta, ProducerState};
use super::producers::Producers;

const VERSION: i16 = 1;
/// The checksum (CRC32C) covers everything behind it.
const CRC_END: usize = 6;
const HEADER_BYTES: usize = 10;
const ENTRY_BYTES: usize = 46;

/// The file content for a state; entries are ordered by producer id, so equal states make equal files.
pub(super) fn encode(producers: &Producers) -> Vec<u8> {
    let entries = producers.iter();
    let mut out = Vec::with_capacity(HEADER_BYTES + entries.len() * ENTRY_BYTES);
    out.extend_from_slice(&VERSION.to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&i32::try_from(entries.len()).unwrap_or(i32::MAX).to_be_bytes());
    for state in entries {
        let none = BatchMeta {
            last_sequence: -1,
            last_offset: -1,
            offset_delta: 0,
            timestamp: -1,
        };
        let last = state.last_batch().unwrap_or(&none);
        out.extend_from_slice(&state.producer_id.to_be_bytes());
        out.extend_from_slice(&state.epoch.to_be_bytes());
        out.extend_from_slice(&last.last_sequence.to_be_bytes());
        out.extend_from_slice(&last.last_offset.to_be_bytes());
        out.extend_from_slice(&last.offset_delta.to_be_bytes());
        out.extend_from_slice(&state.last_timestamp.to_be_bytes());
        out.extend_from_slice(&state.coordinator_epoch.to_be_bytes());
        out.extend_from_slice(&state.current_txn_first_offset.unwrap_or(-1).to_be_bytes());
    }
    let crc = crc32c::crc32c(out.get(CRC_END..).unwrap_or_default()).to_be_bytes();
    if let Some(place) = out.get_mut(2..CRC_END) {
        place.copy_from_slice(&crc);
    }
    out
}

/// Reads a snapshot; `None` when its version, checksum or length is wrong.
pub(super) fn decode(bytes: &[u8]) -> Option<Producers> {
    let mut header = Fields(bytes);
    let version = i16::from_be_bytes(header.take()?);
    let crc = u32::from_be_bytes(header.take()?);
    if version != VERSION || crc != crc32c::crc32c(bytes.get(CRC_END..)?) {
        return None;
    }
    let count = usize::try_from(i32::from_be_bytes(header.take()?)).ok()?;
    let entries = bytes.get(HEADER_BYTES..)?;
    if entries.len() != count.checked_mul(ENTRY_BYTES)? {
        return None;
    }
    let mut producers = Producers::default();
    for entry in entries.chunks_exact(ENTRY_BYTES) {
        producers.insert(decode_entry(Fields(entry))?);
    }
    Some(producers)
}

fn decode_entry(mut fields: Fields<'_>) -> Option<ProducerState> {
    let producer_id = i64::from_be_bytes(fields.take()?);
    let epoch = i16::from_be_bytes(fields.take()?);
    let mut state = ProducerState::new(producer_id, epoch);
    let last_sequence = i32::from_be_bytes(fields.take()?);
    let last_offset = i64::from_be_bytes(fields.take()?);
    let offset_delta = i32::from_be_bytes(fields.take()?);
    state.last_timestamp = i64::from_be_bytes(fields.take()?);
    state.coordinator_epoch = i32::from_be_bytes(fields.take()?);
    let first_offset = i64::from_be_bytes(fields.take()?);
    state.current_txn_first_offset = (first_offset >= 0).then_some(first_offset);
    if last_offset >= 0 {
        let timestamp = state.last_timestamp;
        state.push(BatchMeta {
            last_sequence,
            last_offset,
            offset_delta,
            timestamp,
        });
    }
    Some(state)
}

struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*field)
    }
}

/// Fuzz entry: no input may panic, and what parses must survive a round trip.
pub fn fuzz_producer_snapshot(bytes: &[u8]) {
    if let Some(producers) = decode(bytes) {
        assert_eq!(decode(&encode(&producers)), Some(producers));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_damage() {
        let mut producers = Producers::default();
        for id in [7, 3] {
            let mut state = ProducerState::new(id, 2);
            state.last_timestamp = 99;
            state.push(BatchMeta {
                last_sequence: 4,
                last_offset: 40,
                offset_delta: 4,
                timestamp: 99,
            });
            producers.insert(state);
        }
        let mut open = ProducerState::new(8, 0);
        open.current_txn_first_offset = Some(12);
        producers.insert(open);
        let bytes = encode(&producers);
        assert_eq!(bytes.len(), HEADER_BYTES + 3 * ENTRY_BYTES);
        assert_eq!(decode(&bytes), Some(producers));
        for i in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[i] ^= 1;
            assert_eq!(decode(&bad), None, "byte {i}");
            assert_eq!(decode(&bytes[..i]), None);
        }
    }
}
