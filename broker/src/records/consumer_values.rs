//! Bytes of the values of [`super::consumer_groups`]: version 0, flexible.

use bytes::Bytes;

use super::codec::{CodecError, Reader, Writer};
use super::consumer_groups::{
    ClassicMember, CurrentAssignment, GroupEpoch, MemberSubscription, OwnedPartitions, ResolvedRegex,
    TargetEpoch, TopicPartitions,
};

fn value_writer() -> Writer {
    let mut w = Writer::new();
    w.i16(0);
    w
}

fn value_reader(bytes: &[u8]) -> Result<Reader<'_>, CodecError> {
    let mut r = Reader::new(bytes);
    match r.i16()? {
        0 => Ok(r),
        version => Err(CodecError::UnknownVersion(i32::from(version))),
    }
}

pub(super) fn no_topics() -> Vec<u8> {
    let mut w = value_writer();
    w.vec(true, &[], |_, (): &()| {});
    w.no_tagged_fields();
    w.into_bytes()
}

/// A tagged number, left out when it is the default 0.
fn tagged_i64(w: &mut Writer, value: i64) {
    if value == 0 {
        return w.no_tagged_fields();
    }
    let mut field = Writer::new();
    field.i64(value);
    w.tagged_fields(&[(0, field)]);
}

fn read_tagged_i64(r: &mut Reader<'_>) -> Result<i64, CodecError> {
    let mut value = 0;
    r.tagged_fields(|tag, r| {
        if tag == 0 {
            value = r.i64()?;
        }
        Ok(())
    })?;
    Ok(value)
}

pub(super) fn encode_epoch(value: &GroupEpoch) -> Vec<u8> {
    let mut w = value_writer();
    w.i32(value.epoch);
    tagged_i64(&mut w, value.metadata_hash);
    w.into_bytes()
}

pub(super) fn decode_epoch(bytes: &[u8]) -> Result<GroupEpoch, CodecError> {
    let mut r = value_reader(bytes)?;
    Ok(GroupEpoch {
        epoch: r.i32()?,
        metadata_hash: read_tagged_i64(&mut r)?,
    })
}

pub(super) fn encode_target_epoch(value: &TargetEpoch) -> Vec<u8> {
    let mut w = value_writer();
    w.i32(value.epoch);
    tagged_i64(&mut w, value.timestamp_ms);
    w.into_bytes()
}

pub(super) fn decode_target_epoch(bytes: &[u8]) -> Result<TargetEpoch, CodecError> {
    let mut r = value_reader(bytes)?;
    Ok(TargetEpoch {
        epoch: r.i32()?,
        timestamp_ms: read_tagged_i64(&mut r)?,
    })
}

pub(super) fn encode_member(value: &MemberSubscription) -> Vec<u8> {
    let mut w = value_writer();
    w.nullable_string(true, value.instance_id.as_deref());
    w.nullable_string(true, value.rack_id.as_deref());
    w.string(true, &value.client_id);
    w.string(true, &value.client_host);
    w.vec(true, &value.topic_names, |w, name| w.string(true, name));
    w.nullable_string(true, value.topic_regex.as_deref());
    w.i32(value.rebalance_timeout_ms);
    w.nullable_string(true, value.server_assignor.as_deref());
    match &value.classic {
        None => w.no_tagged_fields(),
        Some(classic) => {
            let mut field = Writer::new();
            // A nullable struct: 1 says that it is there.
            field.i8(1);
            field.i32(classic.session_timeout_ms);
            field.vec(true, &classic.protocols, |w, (name, metadata)| {
                w.string(true, name);
                w.bytes(true, metadata);
                w.no_tagged_fields();
            });
            field.no_tagged_fields();
            w.tagged_fields(&[(0, field)]);
        }
    }
    w.into_bytes()
}

pub(super) fn decode_member(bytes: &[u8]) -> Result<MemberSubscription, CodecError> {
    let mut r = value_reader(bytes)?;
    let mut value = MemberSubscription {
        instance_id: r.nullable_string(true)?,
        rack_id: r.nullable_string(true)?,
        client_id: r.string(true)?,
        client_host: r.string(true)?,
        topic_names: r.vec(true, |r| r.string(true))?,
        topic_regex: r.nullable_string(true)?,
        rebalance_timeout_ms: r.i32()?,
        server_assignor: r.nullable_string(true)?,
        classic: None,
    };
    r.tagged_fields(|tag, r| {
        if tag == 0 && r.i8()? >= 0 {
            value.classic = Some(decode_classic(r)?);
        }
        Ok(())
    })?;
    Ok(value)
}

fn decode_classic(r: &mut Reader<'_>) -> Result<ClassicMember, CodecError> {
    let value = ClassicMember {
        session_timeout_ms: r.i32()?,
        protocols: r.vec(true, |r| {
            let name = r.string(true)?;
            let metadata = Bytes::copy_from_slice(r.bytes(true)?);
            r.skip_tagged_fields()?;
            Ok((name, metadata))
        })?,
    };
    r.skip_tagged_fields()?;
    Ok(value)
}

pub(super) fn encode_target(topics: &[TopicPartitions]) -> Vec<u8> {
    let mut w = value_writer();
    w.vec(true, topics, |w, (topic, partitions)| {
        w.uuid(*topic);
        w.vec(true, partitions, |w, p| w.i32(*p));
        w.no_tagged_fields();
    });
    w.no_tagged_fields();
    w.into_bytes()
}

pub(super) fn decode_target(bytes: &[u8]) -> Result<Vec<TopicPartitions>, CodecError> {
    let mut r = value_reader(bytes)?;
    let topics = r.vec(true, |r| {
        let topic = (r.uuid()?, r.vec(true, Reader::i32)?);
        r.skip_tagged_fields()?;
        Ok(topic)
    })?;
    r.skip_tagged_fields()?;
    Ok(topics)
}

pub(super) fn encode_current(value: &CurrentAssignment) -> Vec<u8> {
    let mut w = value_writer();
    w.i32(value.epoch);
    w.i32(value.previous_epoch);
    w.i8(value.state);
    for owned in [&value.assigned, &value.pending_revocation] {
        w.vec(true, owned, |w, owned| {
            w.uuid(owned.topic);
            w.vec(true, &owned.partitions, |w, p| w.i32(*p));
            match &owned.epochs {
                None => w.no_tagged_fields(),
                Some(epochs) => {
                    let mut field = Writer::new();
                    field.vec(true, epochs, |w, e| w.i32(*e));
                    w.tagged_fields(&[(0, field)]);
                }
            }
        });
    }
    w.no_tagged_fields();
    w.into_bytes()
}

pub(super) fn decode_current(bytes: &[u8]) -> Result<CurrentAssignment, CodecError> {
    let mut r = value_reader(bytes)?;
    let value = CurrentAssignment {
        epoch: r.i32()?,
        previous_epoch: r.i32()?,
        state: r.i8()?,
        assigned: r.vec(true, decode_owned)?,
        pending_revocation: r.vec(true, decode_owned)?,
    };
    r.skip_tagged_fields()?;
    Ok(value)
}

fn decode_owned(r: &mut Reader<'_>) -> Result<OwnedPartitions, CodecError> {
    let (topic, partitions) = (r.uuid()?, r.vec(true, Reader::i32)?);
    let mut epochs = None;
    r.tagged_fields(|tag, r| {
        if tag == 0 {
            epochs = r.nullable_array(true, Reader::i32)?;
        }
        Ok(())
    })?;
    Ok(OwnedPartitions {
        topic,
        partitions,
        epochs,
    })
}

pub(super) fn encode_regex(value: &ResolvedRegex) -> Vec<u8> {
    let mut w = value_writer();
    w.vec(true, &value.topics, |w, topic| w.string(true, topic));
    w.i64(value.version);
    w.i64(value.timestamp_ms);
    w.no_tagged_fields();
    w.into_bytes()
}

pub(super) fn decode_regex(bytes: &[u8]) -> Result<ResolvedRegex, CodecError> {
    let mut r = value_reader(bytes)?;
    let value = ResolvedRegex {
        topics: r.vec(true, |r| r.string(true))?,
        version: r.i64()?,
        timestamp_ms: r.i64()?,
    };
    r.skip_tagged_fields()?;
    Ok(value)
}
