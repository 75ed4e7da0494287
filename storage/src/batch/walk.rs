//! Walking every record of a batch: the proof that a consumer will be able to read it
//! (Kafka's `DefaultRecord.readPartiallyFrom` and `LogValidator`).

use super::input::{Fault, Input};

/// Faulty records that are listed; more add nothing for a person who looks for the mistake.
const RECORD_ERRORS_MAX: usize = 100;

/// What every record must fulfil.
pub(super) struct RecordRules {
    pub(super) keys_required: bool,
    /// Bounds for timestamps, if the producer's count: (lowest, highest), in ms.
    pub(super) timestamp_bounds: Option<(i64, i64)>,
}

/// What walking found.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) max_timestamp: i64,
    pub(super) null_keys: Vec<i32>,
    pub(super) out_of_bounds: Vec<(i32, i64)>,
}

/// The first fault, and the index of the record that has it.
#[derive(Debug)]
pub(super) struct WalkError {
    pub(super) index: i32,
    pub(super) reason: String,
}

/// Walks exactly `count` records and finds nothing behind them.
pub(super) fn walk(
    input: &mut impl Input,
    count: i32,
    base_timestamp: i64,
    rules: &RecordRules,
) -> Result<Walked, WalkError> {
    let mut walked = Walked {
        max_timestamp: -1,
        ..Walked::default()
    };
    for index in 0..count {
        let record = one(input, index).map_err(|reason| WalkError {
            index,
            reason: reason.to_string(),
        })?;
        let timestamp = base_timestamp.wrapping_add(record.timestamp_delta);
        walked.max_timestamp = walked.max_timestamp.max(timestamp);
        if rules.keys_required && record.null_key && walked.null_keys.len() < RECORD_ERRORS_MAX {
            walked.null_keys.push(index);
        }
        if let Some((lowest, highest)) = rules.timestamp_bounds {
            let outside = timestamp != -1 && !(lowest..=highest).contains(&timestamp);
            if outside && walked.out_of_bounds.len() < RECORD_ERRORS_MAX {
                walked.out_of_bounds.push((index, timestamp));
            }
        }
    }
    match input.at_end() {
        Ok(true) => Ok(walked),
        Ok(false) => Err(WalkError {
            index: count,
            reason: "bytes follow the last record".to_owned(),
        }),
        Err(fault) => Err(WalkError {
            index: count,
            reason: fault.to_string(),
        }),
    }
}

struct Seen {
    timestamp_delta: i64,
    null_key: bool,
}

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("its size field is wrong")]
    Size,
    #[error("its offset delta is {0}, not its place in the batch")]
    OffsetDelta(i32),
    #[error("a length is negative")]
    NegativeLength,
}

#[inline(always)]
fn one(input: &mut impl Input, index: i32) -> Result<Seen, Reason> {
    let size = u64::try_from(input.varint()?).map_err(|_| Reason::Size)?;
    let end = input.position() + size;
    input.byte()?; // attributes, unused
    let timestamp_delta = input.varlong()?;
    let offset_delta = input.varint()?;
    if offset_delta != index {
        return Err(Reason::OffsetDelta(offset_delta));
    }
    let key_len = input.varint()?;
    skip(input, key_len, end)?;
    let value_len = input.varint()?;
    skip(input, value_len, end)?;
    let headers = input.varint()?;
    if headers != 0 {
        walk_headers(input, headers, end)?;
    }
    if input.position() != end {
        return Err(Reason::Size);
    }
    Ok(Seen {
        timestamp_delta,
        null_key: key_len < 0,
    })
}

/// Skips a nullable field; never past the end of its record, so that a lie costs no decompression.
#[inline(always)]
fn skip(input: &mut impl Input, len: i32, end: u64) -> Result<(), Reason> {
    if len < 0 {
        return if len == -1 {
            Ok(())
        } else {
            Err(Reason::NegativeLength)
        };
    }
    if input.position() + len as u64 > end {
        return Err(Reason::Size);
    }
    Ok(input.skip(len as u64)?)
}

fn walk_headers(input: &mut impl Input, count: i32, end: u64) -> Result<(), Reason> {
    if count < 0 {
        return Err(Reason::NegativeLength);
    }
    for _ in 0..count {
        let key_len = input.varint()?;
        if key_len < 0 {
            return Err(Reason::NegativeLength);
        }
        skip(input, key_len, end)?;
        let value_len = input.varint()?;
        skip(input, value_len, end)?;
    }
    Ok(())
}
