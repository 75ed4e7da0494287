//! The embedded consumer protocol: what members on the classic protocol send as metadata and get as assignment
//! (`ConsumerProtocolSubscription`, `ConsumerProtocolAssignment`).

use bytes::Bytes;
use uuid::Uuid;

use super::member::{Assignment, Owned};
use crate::groups::topics_view::TopicsView;
use crate::groups::types_consumer::OwnedByClient;
use crate::records::codec::{CodecError, Reader, Writer};

/// Partitions by topic name.
type Named = Vec<(String, Vec<i32>)>;

/// A subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription {
    /// Topic names.
    pub topics: Vec<String>,
    /// What the member owns (version 1 and up).
    pub owned: Named,
    /// The generation in which it came to own that (version 2 and up); -1 when unknown.
    pub generation: i32,
    /// `client.rack` (version 3 and up); empty is none.
    pub rack_id: Option<String>,
}

/// An assignment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProtocolAssignment {
    /// Assigned partitions.
    pub partitions: Named,
    /// Whether a custom assignor left something of its own.
    pub has_user_data: bool,
}

fn version(r: &mut Reader<'_>) -> Result<i16, CodecError> {
    match r.i16()? {
        version @ 0.. => Ok(version),
        version => Err(CodecError::UnknownVersion(i32::from(version))),
    }
}

fn named(r: &mut Reader<'_>) -> Result<Named, CodecError> {
    r.vec(false, |r| Ok((r.string(false)?, r.vec(false, Reader::i32)?)))
}

/// Reads a subscription of any version; newer ones only add fields.
///
/// # Errors
/// [`CodecError`].
pub fn read_subscription(bytes: &[u8]) -> Result<Subscription, CodecError> {
    let mut r = Reader::new(bytes);
    let version = version(&mut r)?;
    let topics = r.vec(false, |r| r.string(false))?;
    r.nullable_bytes(false)?;
    let owned = if version >= 1 { named(&mut r)? } else { Vec::new() };
    let generation = if version >= 2 { r.i32()? } else { -1 };
    let rack_id = if version >= 3 {
        r.nullable_string(false)?
    } else {
        None
    };
    Ok(Subscription {
        topics,
        owned,
        generation,
        rack_id: rack_id.filter(|rack| !rack.is_empty()),
    })
}

/// Reads an assignment; no bytes are none.
///
/// # Errors
/// [`CodecError`].
pub fn read_assignment(bytes: &[u8]) -> Result<ProtocolAssignment, CodecError> {
    if bytes.is_empty() {
        return Ok(ProtocolAssignment::default());
    }
    let mut r = Reader::new(bytes);
    version(&mut r)?;
    Ok(ProtocolAssignment {
        partitions: named(&mut r)?,
        has_user_data: r.nullable_bytes(false)?.is_some_and(|data| !data.is_empty()),
    })
}

/// Writes an assignment in the version of the member's metadata.
///
/// # Errors
/// [`CodecError`] when the metadata does not even tell its version.
pub fn write_assignment(
    topics: &dyn TopicsView,
    assignment: &Assignment,
    metadata: &[u8],
) -> Result<Bytes, CodecError> {
    let version = version(&mut Reader::new(metadata))?.min(3);
    let known: Named = assignment
        .iter()
        .filter_map(|(id, partitions)| {
            Some((
                topics.by_id(*id)?.name.to_string(),
                partitions.iter().copied().collect(),
            ))
        })
        .collect();
    let mut w = Writer::new();
    w.i16(version);
    w.vec(false, &known, |w, (name, partitions)| {
        w.string(false, name);
        w.vec(false, partitions, |w, p| w.i32(*p));
    });
    w.nullable_bytes(false, None);
    Ok(Bytes::from(w.into_bytes()))
}

/// Partitions under their topics' ids; topics that are gone are left out.
pub fn by_id(topics: &dyn TopicsView, named: &Named) -> OwnedByClient {
    let known = named.iter();
    known
        .filter_map(|(name, partitions)| Some((topics.by_name(name)?.id, partitions.clone())))
        .collect()
}

/// The same partitions without epochs.
pub fn without_epochs(owned: &Owned) -> Assignment {
    let topics = owned.iter();
    topics
        .map(|(id, partitions): (&Uuid, _)| (*id, partitions.keys().copied().collect()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_of_all_versions() {
        let v0 = b"\0\0\0\0\0\x01\0\x01a\xff\xff\xff\xff";
        assert_eq!(read_subscription(v0).unwrap().topics, ["a"]);
        let v3 =
            b"\0\x03\0\0\0\x01\0\x01a\xff\xff\xff\xff\0\0\0\x01\0\x01b\0\0\0\x01\0\0\0\x07\0\0\0\x05\0\x01r";
        let read = read_subscription(v3).unwrap();
        assert_eq!(read.owned, [("b".to_owned(), vec![7])]);
        assert_eq!((read.generation, read.rack_id.as_deref()), (5, Some("r")));
        for len in 0..v3.len() {
            let _ = read_subscription(&v3[..len]);
        }
        assert!(read_subscription(b"x").is_err());
    }
}
