//! A group of any kind.

use super::classic::{ClassicGroup, State};
use super::consumer::{ConsumerGroup, ConsumerState};

/// A group. Its committed offsets are kept beside it, under its id.
#[derive(Debug)]
pub enum Group {
    /// On the classic protocol, or only a name for offsets.
    Classic(Box<ClassicGroup>),
    /// On the newer protocol (KIP-848).
    Consumer(Box<ConsumerGroup>),
}

impl Group {
    /// Whether it has no members.
    pub fn is_empty(&self) -> bool {
        match self {
            Group::Classic(group) => group.state == State::Empty,
            Group::Consumer(group) => group.members.is_empty(),
        }
    }

    /// The kind as Kafka writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Group::Classic(_) => "classic",
            Group::Consumer(_) => "consumer",
        }
    }

    /// The state as Kafka writes it.
    pub fn state(&self) -> &'static str {
        match self {
            Group::Classic(group) => group.state.name(),
            Group::Consumer(group) => ConsumerState::name(group.state()),
        }
    }

    /// The classic group that it is.
    pub fn as_classic(&self) -> Option<&ClassicGroup> {
        match self {
            Group::Classic(group) => Some(group),
            Group::Consumer(_) => None,
        }
    }
}
