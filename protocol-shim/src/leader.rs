//! Parts that several of the hand-written messages share: leader hints (KIP-951) and topics by name or by id.

use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use crate::wire::{Reader, WireResult, Writer};

/// The leader of a partition and its epoch; -1 and -1 (the default) say nothing and are not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaderIdAndEpoch {
    /// Broker id of the leader, -1 when unknown.
    pub leader_id: i32,
    /// Its epoch, -1 when unknown.
    pub leader_epoch: i32,
}

impl Default for LeaderIdAndEpoch {
    fn default() -> Self {
        Self {
            leader_id: -1,
            leader_epoch: -1,
        }
    }
}

impl LeaderIdAndEpoch {
    /// The structure as the content of a tagged field.
    pub(crate) fn tag_bytes(self) -> [u8; 9] {
        let mut bytes = [0; 9];
        let (id, rest) = bytes.split_at_mut(4);
        id.copy_from_slice(&self.leader_id.to_be_bytes());
        if let Some(epoch) = rest.get_mut(..4) {
            epoch.copy_from_slice(&self.leader_epoch.to_be_bytes());
        }
        bytes
    }

    #[cfg(feature = "client")]
    pub(crate) fn read(r: &mut Reader) -> WireResult<Self> {
        let leader = Self {
            leader_id: r.i32()?,
            leader_epoch: r.i32()?,
        };
        r.skip_tags()?;
        Ok(leader)
    }
}

/// Address of a broker that a response names as leader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeEndpoint {
    /// Broker id.
    pub node_id: i32,
    /// Host name or address.
    pub host: StrBytes,
    /// TCP port.
    pub port: i32,
    /// Rack of the broker, if it has one.
    pub rack: Option<StrBytes>,
}

impl NodeEndpoint {
    /// Ends a response whose only tagged field (tag 0) is the list of endpoints.
    pub(crate) fn write_tag(w: &mut Writer, known: bool, endpoints: &[NodeEndpoint]) -> WireResult<()> {
        if !known || endpoints.is_empty() {
            w.no_tags();
            return Ok(());
        }
        let mut field = Writer::new(bytes::BytesMut::new(), true);
        field.array(endpoints, |w, endpoint| {
            w.i32(endpoint.node_id);
            w.string(&endpoint.host)?;
            w.i32(endpoint.port);
            w.nullable_string(endpoint.rack.as_deref())?;
            w.no_tags();
            Ok(())
        })?;
        w.tags(&[(0, &field.into_inner())]);
        Ok(())
    }

    #[cfg(feature = "client")]
    pub(crate) fn read_tag(r: &mut Reader) -> WireResult<Vec<NodeEndpoint>> {
        let mut endpoints = Vec::new();
        r.tags(|tag, r| {
            if tag == 0 {
                endpoints = r.array(11, |r| {
                    let (node_id, host, port) = (r.i32()?, r.string()?, r.i32()?);
                    let rack = r.nullable_string()?;
                    r.skip_tags()?;
                    Ok(NodeEndpoint {
                        node_id,
                        host,
                        port,
                        rack,
                    })
                })?;
            }
            Ok(())
        })?;
        Ok(endpoints)
    }
}

/// Reads a topic's name, or its id where the version carries ids; the other one is empty or nil.
pub(crate) fn read_topic(r: &mut Reader, by_id: bool) -> WireResult<(StrBytes, Uuid)> {
    if by_id {
        Ok((StrBytes::new(), r.uuid()?))
    } else {
        Ok((r.string()?, Uuid::nil()))
    }
}

/// Writes a topic's name, or its id where the version carries ids.
pub(crate) fn write_topic(w: &mut Writer, by_id: bool, name: &str, id: Uuid) -> WireResult<()> {
    if by_id {
        w.uuid(id);
        return Ok(());
    }
    w.string(name)
}
