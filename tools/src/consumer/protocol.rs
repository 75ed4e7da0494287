//! What members tell each other through the coordinator: `ConsumerProtocolSubscription` and
//! `ConsumerProtocolAssignment`.

use std::collections::BTreeMap;

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Partitions by topic.
pub(crate) type Assignment = BTreeMap<String, Vec<i32>>;

/// Highest version of a subscription that is written.
const SUBSCRIPTION: i16 = 3;
/// Version of an assignment that is written; all have the same fields.
const ASSIGNMENT: i16 = 3;

/// What a member wants, and what it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Subscribed {
    pub topics: Vec<String>,
    pub owned: Assignment,
    /// Generation that it had `owned` in, -1 for none.
    pub generation: i32,
    pub rack: Option<String>,
}

impl Subscribed {
    pub(super) fn encode(&self) -> Bytes {
        let mut out = BytesMut::new();
        out.put_i16(SUBSCRIPTION);
        out.put_i32(self.topics.len() as i32);
        for topic in &self.topics {
            put_string(&mut out, topic);
        }
        // User data: the generation, for members that know of none in the message itself.
        out.put_i32(4);
        out.put_i32(self.generation);
        put_assignment(&mut out, &self.owned);
        out.put_i32(self.generation);
        match &self.rack {
            Some(rack) => put_string(&mut out, rack),
            None => out.put_i16(-1),
        }
        out.freeze()
    }

    /// Reads any version; fields that are missing have their defaults. `None` for what makes no sense.
    pub(super) fn decode(mut bytes: Bytes) -> Option<Subscribed> {
        let version = bytes.try_get_i16().ok()?;
        let mut topics = Vec::new();
        for _ in 0..bytes.try_get_i32().ok()? {
            topics.push(string(&mut bytes)??);
        }
        let user_data = nullable_bytes(&mut bytes)?;
        let owned = if version >= 1 {
            assignment(&mut bytes)?
        } else {
            Assignment::new()
        };
        let generation = match (version >= 2, user_data) {
            (true, _) => bytes.try_get_i32().ok()?,
            (false, Some(mut data)) if data.len() == 4 => data.get_i32(),
            _ => -1,
        };
        let rack = if version >= 3 { string(&mut bytes)? } else { None };
        Some(Subscribed {
            topics,
            owned,
            generation,
            rack,
        })
    }
}

/// The bytes of an assignment.
pub(super) fn encode_assignment(assigned: &Assignment) -> Bytes {
    let mut out = BytesMut::new();
    out.put_i16(ASSIGNMENT);
    put_assignment(&mut out, assigned);
    out.put_i32(-1);
    out.freeze()
}

/// The partitions of an assignment; `None` for what makes no sense. No bytes mean none.
pub(crate) fn decode_assignment(mut bytes: Bytes) -> Option<Assignment> {
    if bytes.is_empty() {
        return Some(Assignment::new());
    }
    bytes.try_get_i16().ok()?;
    assignment(&mut bytes)
}

fn put_string(out: &mut BytesMut, text: &str) {
    out.put_i16(text.len() as i16);
    out.put_slice(text.as_bytes());
}

fn put_assignment(out: &mut BytesMut, assigned: &Assignment) {
    out.put_i32(assigned.len() as i32);
    for (topic, partitions) in assigned {
        put_string(out, topic);
        out.put_i32(partitions.len() as i32);
        partitions.iter().for_each(|partition| out.put_i32(*partition));
    }
}

fn assignment(bytes: &mut Bytes) -> Option<Assignment> {
    let mut assigned = Assignment::new();
    for _ in 0..bytes.try_get_i32().ok()? {
        let topic = string(bytes)??;
        let partitions = assigned.entry(topic).or_default();
        for _ in 0..bytes.try_get_i32().ok()? {
            partitions.push(bytes.try_get_i32().ok()?);
        }
    }
    Some(assigned)
}

/// A string, or the null that stands for none.
fn string(bytes: &mut Bytes) -> Option<Option<String>> {
    let Ok(len) = usize::try_from(bytes.try_get_i16().ok()?) else {
        return Some(None);
    };
    let text = (bytes.len() >= len).then(|| bytes.split_to(len))?;
    String::from_utf8(text.to_vec()).ok().map(Some)
}

fn nullable_bytes(bytes: &mut Bytes) -> Option<Option<Bytes>> {
    let Ok(len) = usize::try_from(bytes.try_get_i32().ok()?) else {
        return Some(None);
    };
    (bytes.len() >= len).then(|| Some(bytes.split_to(len)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let subscribed = Subscribed {
            topics: vec!["a".to_owned(), "b".to_owned()],
            owned: [("a".to_owned(), vec![0, 2])].into(),
            generation: 7,
            rack: Some("r".to_owned()),
        };
        let bytes = subscribed.encode();
        assert_eq!(Subscribed::decode(bytes.clone()), Some(subscribed.clone()));
        for len in 0..bytes.len() {
            // Cut short it is refused, never a panic.
            assert_eq!(Subscribed::decode(bytes.slice(..len)), None);
        }
        let bytes = encode_assignment(&subscribed.owned);
        assert_eq!(decode_assignment(bytes), Some(subscribed.owned));
        assert_eq!(decode_assignment(Bytes::new()), Some(Assignment::new()));
        assert_eq!(decode_assignment(Bytes::from_static(&[0, 0, 0, 0, 0, 9])), None);
    }
}
