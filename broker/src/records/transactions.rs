//! Records of `__transaction_state`, in Kafka's own format (`TransactionLogKey`, `TransactionLogValue`).
//!
//! A key is a type number and the transactional id; a value is a version number and the message. Both versions
//! are read; which one is written depends on the finalised `transaction.version`.

use super::codec::{CodecError, Reader, Writer};
use crate::partition::KeyValue;

/// Key type of a transaction.
const TRANSACTION_TYPE: i16 = 0;
/// First version with tagged fields; written once `transaction.version` is at least 1.
const FLEXIBLE_VERSION: i16 = 1;

const PREVIOUS_PRODUCER_ID: u32 = 0;
const NEXT_PRODUCER_ID: u32 = 1;
const CLIENT_TRANSACTION_VERSION: u32 = 2;
const NEXT_PRODUCER_EPOCH: u32 = 3;

/// The partitions of one topic in a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPartitions {
    /// Topic name.
    pub topic: String,
    /// Partition indexes.
    pub partitions: Vec<i32>,
}

/// The state of one transactional id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionValue {
    /// Producer id in use.
    pub producer_id: i64,
    /// Producer id before the last change of the record; -1 when there was none.
    pub previous_producer_id: i64,
    /// Producer id that the next transaction uses, when the epochs of this one are used up; else -1.
    pub next_producer_id: i64,
    /// Epoch of `producer_id`.
    pub producer_epoch: i16,
    /// Epoch that goes with `next_producer_id` (KIP-939); -1 when unused.
    pub next_producer_epoch: i16,
    /// Milliseconds after which an open transaction is aborted.
    pub timeout_ms: i32,
    /// Number of the state (`TransactionState#id`).
    pub status: i8,
    /// Partitions of the transaction; `None` in state Empty.
    pub partitions: Option<Vec<TopicPartitions>>,
    /// When the record was written, milliseconds since the epoch.
    pub last_update_ms: i64,
    /// When the transaction began, milliseconds since the epoch; -1 when there is none.
    pub start_ms: i64,
    /// `transaction.version` that the client of the last request can do.
    pub client_transaction_version: i16,
}

/// One record; `None` as value is a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionRecord {
    /// The transactional id.
    pub transactional_id: String,
    /// Its state, or `None` when it is forgotten.
    pub value: Option<TransactionValue>,
}

impl TransactionRecord {
    /// Key and value as they stand in the log; `flexible` writes the version with tagged fields.
    pub fn encode(&self, flexible: bool) -> KeyValue {
        let mut key = Writer::new();
        key.i16(TRANSACTION_TYPE);
        key.string(false, &self.transactional_id);
        KeyValue {
            key: Some(key.into_bytes()),
            value: self.value.as_ref().map(|value| encode(value, flexible)),
        }
    }

    /// Reads a record; `Ok(None)` for key types that this broker does not know.
    ///
    /// # Errors
    /// [`CodecError`] when the bytes do not hold what their type and version claim.
    pub fn decode(key: &[u8], value: Option<&[u8]>) -> Result<Option<TransactionRecord>, CodecError> {
        let mut key = Reader::new(key);
        if key.i16()? != TRANSACTION_TYPE {
            return Ok(None);
        }
        let transactional_id = key.string(false)?;
        let value = value.map(decode).transpose()?;
        Ok(Some(TransactionRecord {
            transactional_id,
            value,
        }))
    }
}

fn encode(value: &TransactionValue, flexible: bool) -> Vec<u8> {
    let mut w = Writer::new();
    w.i16(if flexible { FLEXIBLE_VERSION } else { 0 });
    w.i64(value.producer_id);
    w.i16(value.producer_epoch);
    w.i32(value.timeout_ms);
    w.i8(value.status);
    w.nullable_array(flexible, value.partitions.as_deref(), |w, topic| {
        w.string(flexible, &topic.topic);
        w.vec(flexible, &topic.partitions, |w, index| w.i32(*index));
        if flexible {
            w.no_tagged_fields();
        }
    });
    w.i64(value.last_update_ms);
    w.i64(value.start_ms);
    if flexible {
        w.tagged_fields(&tagged(value));
    }
    w.into_bytes()
}

/// The tagged fields that differ from their defaults.
fn tagged(value: &TransactionValue) -> Vec<(u32, Writer)> {
    let mut fields = Vec::new();
    let mut push = |tag, write: &dyn Fn(&mut Writer)| {
        let mut field = Writer::new();
        write(&mut field);
        fields.push((tag, field));
    };
    if value.previous_producer_id != -1 {
        push(PREVIOUS_PRODUCER_ID, &|w| w.i64(value.previous_producer_id));
    }
    if value.next_producer_id != -1 {
        push(NEXT_PRODUCER_ID, &|w| w.i64(value.next_producer_id));
    }
    if value.client_transaction_version != 0 {
        push(CLIENT_TRANSACTION_VERSION, &|w| {
            w.i16(value.client_transaction_version);
        });
    }
    if value.next_producer_epoch != -1 {
        push(NEXT_PRODUCER_EPOCH, &|w| w.i16(value.next_producer_epoch));
    }
    fields
}

fn decode(bytes: &[u8]) -> Result<TransactionValue, CodecError> {
    let mut r = Reader::new(bytes);
    let version = r.i16()?;
    if !(0..=FLEXIBLE_VERSION).contains(&version) {
        return Err(CodecError::UnknownVersion(i32::from(version)));
    }
    let flexible = version >= FLEXIBLE_VERSION;
    let mut value = TransactionValue {
        producer_id: r.i64()?,
        previous_producer_id: -1,
        next_producer_id: -1,
        producer_epoch: r.i16()?,
        next_producer_epoch: -1,
        timeout_ms: r.i32()?,
        status: r.i8()?,
        partitions: r.nullable_array(flexible, |r| decode_topic(r, flexible))?,
        last_update_ms: r.i64()?,
        start_ms: r.i64()?,
        client_transaction_version: 0,
    };
    if flexible {
        r.tagged_fields(|tag, r| {
            match tag {
                PREVIOUS_PRODUCER_ID => value.previous_producer_id = r.i64()?,
                NEXT_PRODUCER_ID => value.next_producer_id = r.i64()?,
                CLIENT_TRANSACTION_VERSION => value.client_transaction_version = r.i16()?,
                NEXT_PRODUCER_EPOCH => value.next_producer_epoch = r.i16()?,
                _ => {}
            }
            Ok(())
        })?;
    }
    Ok(value)
}

fn decode_topic(r: &mut Reader<'_>, flexible: bool) -> Result<TopicPartitions, CodecError> {
    let topic = TopicPartitions {
        topic: r.string(flexible)?,
        partitions: r.vec(flexible, Reader::i32)?,
    };
    if flexible {
        r.skip_tagged_fields()?;
    }
    Ok(topic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value() -> TransactionValue {
        TransactionValue {
            producer_id: 1001,
            previous_producer_id: -1,
            next_producer_id: -1,
            producer_epoch: 3,
            next_producer_epoch: -1,
            timeout_ms: 60_000,
            status: 1,
            partitions: Some(vec![TopicPartitions {
                topic: "t".into(),
                partitions: vec![0, 2],
            }]),
            last_update_ms: 20,
            start_ms: 10,
            client_transaction_version: 0,
        }
    }

    fn back(record: &TransactionRecord, flexible: bool) -> TransactionRecord {
        let encoded = record.encode(flexible);
        TransactionRecord::decode(encoded.key.as_deref().unwrap(), encoded.value.as_deref())
            .unwrap()
            .unwrap()
    }

    #[test]
    fn both_versions_come_back() {
        let plain = TransactionRecord {
            transactional_id: "copy-1".into(),
            value: Some(value()),
        };
        assert_eq!(back(&plain, false), plain);
        assert_eq!(back(&plain, true), plain);
        let full = TransactionRecord {
            value: Some(TransactionValue {
                previous_producer_id: 1000,
                next_producer_id: 1002,
                next_producer_epoch: 0,
                client_transaction_version: 2,
                partitions: None,
                status: 0,
                ..value()
            }),
            ..plain.clone()
        };
        assert_eq!(back(&full, true), full);
        let gone = TransactionRecord { value: None, ..plain };
        assert_eq!(back(&gone, true), gone);
    }

    #[test]
    fn bytes_are_kafkas() {
        let record = TransactionRecord {
            transactional_id: "t".into(),
            value: Some(TransactionValue {
                client_transaction_version: 2,
                ..value()
            }),
        };
        let encoded = record.encode(true);
        assert_eq!(encoded.key.unwrap(), [0, 0, 0, 1, b't']);
        let bytes = encoded.value.unwrap();
        // version, producer id, epoch, timeout, status, one topic "t" with two partitions, times, one tag.
        let mut expected = vec![0, 1];
        expected.extend(1001i64.to_be_bytes());
        expected.extend([0, 3, 0, 0, 0xea, 0x60, 1, 2, 2, b't', 3]);
        expected.extend([0, 0, 0, 0, 0, 0, 0, 2, 0]);
        expected.extend(20i64.to_be_bytes());
        expected.extend(10i64.to_be_bytes());
        expected.extend([1, 2, 2, 0, 2]);
        assert_eq!(bytes, expected);
    }

    #[test]
    fn damaged_records_are_errors() {
        assert_eq!(
            TransactionRecord::decode(&[0, 9, 0, 1, b't'], None),
            Ok(None),
            "unknown key types are passed over"
        );
        let key = [0, 0, 0, 1, b't'];
        assert_eq!(
            TransactionRecord::decode(&key, Some(&[0, 7])),
            Err(CodecError::UnknownVersion(7))
        );
        assert_eq!(
            TransactionRecord::decode(&key, Some(&[0, 1, 0])),
            Err(CodecError::Truncated)
        );
    }
}
