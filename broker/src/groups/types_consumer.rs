//! What goes into and comes out of groups on the newer protocol, in their own words.

use std::fmt;

use uuid::Uuid;

use super::types::GroupError;

/// Partitions by topic id as a client lists them.
pub type OwnedByClient = Vec<(Uuid, Vec<i32>)>;

/// A refusal with the sentence that Kafka's answer carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub error: GroupError,
    /// For people.
    pub message: String,
}

impl Refusal {
    /// With its sentence.
    pub fn new(error: GroupError, message: impl Into<String>) -> Refusal {
        Refusal {
            error,
            message: message.into(),
        }
    }
}

impl From<GroupError> for Refusal {
    fn from(error: GroupError) -> Refusal {
        Refusal::new(error, error.to_string())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A ConsumerGroupHeartbeat: joins with epoch 0, leaves with -1, leaves for a while with -2.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsumerHeartbeat {
    /// Group id.
    pub group: String,
    /// Member id; empty lets the group choose one (version 0 only).
    pub member_id: String,
    /// Epoch that the member is in.
    pub member_epoch: i32,
    /// `group.instance.id`; sent in every request of a static member.
    pub instance_id: Option<String>,
    /// `client.rack`; `None` when unchanged.
    pub rack_id: Option<String>,
    /// Milliseconds to give partitions back; `None` when unchanged.
    pub rebalance_timeout_ms: Option<i32>,
    /// Topics; `None` when unchanged.
    pub topic_names: Option<Vec<String>>,
    /// Regular expression for topics; `None` when unchanged.
    pub topic_regex: Option<String>,
    /// Server-side assignor; `None` when unchanged.
    pub server_assignor: Option<String>,
    /// What the member owns; `None` when unchanged.
    pub owned: Option<OwnedByClient>,
    /// Client id of the connection's request.
    pub client_id: String,
    /// Address of the client, Java style.
    pub client_host: String,
    /// Whether clients of this version bring their own member id (version 1 and up).
    pub client_makes_id: bool,
}

/// The answer to a [`ConsumerHeartbeat`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerHeartbeatReply {
    /// The member's id.
    pub member_id: String,
    /// Epoch that it is in from now on.
    pub member_epoch: i32,
    /// When it has to come again, milliseconds; 0 for one that left.
    pub heartbeat_interval_ms: i32,
    /// What it may use; `None` when that did not change.
    pub assignment: Option<OwnedByClient>,
}

/// Partitions of a topic in a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedTopic {
    /// Topic id.
    pub id: Uuid,
    /// Topic name.
    pub name: String,
    /// Partition indexes.
    pub partitions: Vec<i32>,
}

/// A consumer group in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedConsumerGroup {
    /// State name as Kafka writes it.
    pub state: &'static str,
    /// Group epoch.
    pub epoch: i32,
    /// Epoch of the target assignment.
    pub assignment_epoch: i32,
    /// The assignor in use.
    pub assignor: String,
    /// Its members.
    pub members: Vec<DescribedConsumer>,
}

/// A member of a [`DescribedConsumerGroup`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedConsumer {
    /// Member id.
    pub member_id: String,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
    /// `client.rack`.
    pub rack_id: Option<String>,
    /// Member epoch.
    pub epoch: i32,
    /// Client id.
    pub client_id: String,
    /// Client address, Java style.
    pub client_host: String,
    /// Subscribed names.
    pub topic_names: Vec<String>,
    /// Subscribed regular expression.
    pub topic_regex: Option<String>,
    /// What it has, what it has to give back included.
    pub assignment: Vec<DescribedTopic>,
    /// What it shall have.
    pub target: Vec<DescribedTopic>,
    /// Whether it uses the classic protocol.
    pub is_classic: bool,
}
