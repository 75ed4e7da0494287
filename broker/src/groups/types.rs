//! What goes into the groups and what comes out, in their own words.

use bytes::Bytes;
use uuid::Uuid;

/// Why a group refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// The offsets topic cannot be made or read just now.
    #[error("the coordinator is not available")]
    CoordinatorNotAvailable,
    /// The shard's log failed; its state is being read again.
    #[error("this is not the coordinator")]
    NotCoordinator,
    /// Empty or null group id.
    #[error("the group id is invalid")]
    InvalidGroupId,
    /// The member is not (or no longer) in the group.
    #[error("the coordinator is not aware of this member")]
    UnknownMemberId,
    /// The generation is not the group's.
    #[error("the generation is not the current one")]
    IllegalGeneration,
    /// The group rebalances: join again.
    #[error("the group is rebalancing")]
    RebalanceInProgress,
    /// Protocol type or protocols do not go with those of the other members.
    #[error("the group protocol is inconsistent")]
    InconsistentGroupProtocol,
    /// Another member with the same instance id took over.
    #[error("the static member was fenced by another with the same group.instance.id")]
    FencedInstanceId,
    /// Session timeout out of the allowed range.
    #[error("the session timeout is not within the allowed range")]
    InvalidSessionTimeout,
    /// The group is full.
    #[error("the group has reached its maximum size")]
    GroupMaxSizeReached,
    /// Join again with the member id of the answer.
    #[error("the member must join with a member id")]
    MemberIdRequired,
    /// No such group.
    #[error("the group id does not exist")]
    GroupIdNotFound,
    /// The group has members.
    #[error("the group is not empty")]
    NonEmptyGroup,
    /// Commit metadata too long.
    #[error("the offset metadata is too large")]
    OffsetMetadataTooLarge,
    /// The member's epoch is not the group's: it gives everything up and joins anew.
    #[error("the member epoch is fenced")]
    FencedMemberEpoch,
    /// The member's epoch is not the present one: it tries again with the present one.
    #[error("the member epoch is stale")]
    StaleMemberEpoch,
    /// The instance id is another member's, which has not left.
    #[error("the instance id is still used by another member")]
    UnreleasedInstanceId,
    /// No such server-side assignor.
    #[error("the assignor is not supported")]
    UnsupportedAssignor,
    /// The subscribed pattern is no regular expression.
    #[error("the regular expression is not valid")]
    InvalidRegularExpression,
    /// The request contradicts itself.
    #[error("the request is invalid")]
    InvalidRequest,
    /// The version of the request cannot say what it would have to.
    #[error("the version of the request is too old for this member")]
    UnsupportedVersion,
    /// The group consumes from the topic whose offsets are to be deleted.
    #[error("the group is subscribed to the topic")]
    GroupSubscribedToTopic,
    /// What should not happen.
    #[error("the group cannot do that")]
    UnknownServerError,
}

/// A protocol (assignor) that a member supports, with the member's metadata for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// Name, for instance `range`.
    pub name: String,
    /// Opaque to the group.
    pub metadata: Bytes,
}

/// A member asks to join.
#[derive(Clone, Debug)]
pub struct JoinRequest {
    /// Group id.
    pub group: String,
    /// Member id; empty for a new member.
    pub member_id: String,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<String>,
    /// Client id of the connection's request; empty when null.
    pub client_id: String,
    /// Address of the client, Java style (`/127.0.0.1`).
    pub client_host: String,
    /// Milliseconds without a heartbeat until the member counts as gone.
    pub session_timeout_ms: i32,
    /// Milliseconds that a rebalance waits for the member.
    pub rebalance_timeout_ms: i32,
    /// For instance `consumer`.
    pub protocol_type: String,
    /// In order of the member's preference.
    pub protocols: Vec<Protocol>,
    /// Whether a new dynamic member must join twice (JoinGroup v4+).
    pub requires_known_member_id: bool,
    /// Whether the client knows SkipAssignment (JoinGroup v9+).
    pub can_skip_assignment: bool,
}

/// A join that led to a generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The member's id.
    pub member_id: String,
    /// The generation.
    pub generation: i32,
    /// The group's protocol type.
    pub protocol_type: Option<String>,
    /// The chosen protocol.
    pub protocol_name: Option<String>,
    /// Member id of the leader.
    pub leader: String,
    /// The leader need not assign: the assignment is kept.
    pub skip_assignment: bool,
    /// All members with their metadata, for the leader; empty for others.
    pub members: Vec<JoinedMember>,
}

/// A member as the leader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedMember {
    /// Member id.
    pub member_id: String,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
    /// Metadata for the chosen protocol.
    pub metadata: Bytes,
}

/// A join that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinRefused {
    /// Why.
    pub error: GroupError,
    /// The member id to answer with; with [`GroupError::MemberIdRequired`] the one to join with.
    pub member_id: String,
}

/// The answer to a [`JoinRequest`].
pub type JoinReply = Result<Joined, JoinRefused>;

/// A member asks for its assignment; the leader brings everybody's.
#[derive(Clone, Debug)]
pub struct SyncRequest {
    /// Group id.
    pub group: String,
    /// Member id.
    pub member_id: String,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
    /// Generation of the join.
    pub generation: i32,
    /// Must equal the group's when given (SyncGroup v5+).
    pub protocol_type: Option<String>,
    /// Must equal the group's when given (SyncGroup v5+).
    pub protocol_name: Option<String>,
    /// (member id, assignment); looked at when the leader sends it.
    pub assignments: Vec<(String, Bytes)>,
}

/// An assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synced {
    /// The group's protocol type.
    pub protocol_type: Option<String>,
    /// The chosen protocol.
    pub protocol_name: Option<String>,
    /// Opaque to the group.
    pub assignment: Bytes,
}

/// The answer to a [`SyncRequest`].
pub type SyncReply = Result<Synced, GroupError>;

/// Who sends a heartbeat.
#[derive(Clone, Debug)]
pub struct HeartbeatRequest {
    /// Group id.
    pub group: String,
    /// Member id.
    pub member_id: String,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
    /// Generation that the member is in.
    pub generation: i32,
}

/// A member that leaves, or that an administrator removes by its instance id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Member id; empty to remove by instance id.
    pub member_id: String,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
}

/// Offsets to commit.
#[derive(Clone, Debug)]
pub struct CommitRequest {
    /// Group id; may be empty, as old clients do.
    pub group: String,
    /// Member id; empty outside a group.
    pub member_id: String,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
    /// Generation; negative outside a group.
    pub generation: i32,
    /// Whether a missing group answers [`GroupError::GroupIdNotFound`] (OffsetCommit v9+).
    pub knows_group_id_not_found: bool,
    /// Milliseconds to keep the offsets (OffsetCommit v2–4); `None` is the broker's retention.
    pub retention_ms: Option<i64>,
    /// What to commit; topics and partitions have been checked to exist.
    pub topics: Vec<CommitTopic>,
}

/// A topic of a [`CommitRequest`].
#[derive(Clone, Debug)]
pub struct CommitTopic {
    /// Topic name.
    pub name: String,
    /// Topic id.
    pub id: Uuid,
    /// Its partitions.
    pub partitions: Vec<CommitPartition>,
}

impl CommitTopic {
    /// The partitions' numbers, topic by topic.
    pub fn indexes(topics: &[CommitTopic]) -> Vec<Vec<i32>> {
        let indexes = |topic: &CommitTopic| topic.partitions.iter().map(|p| p.index).collect();
        topics.iter().map(indexes).collect()
    }
}

/// A partition of a [`CommitTopic`].
#[derive(Clone, Debug)]
pub struct CommitPartition {
    /// Partition index.
    pub index: i32,
    /// Position to commit.
    pub offset: i64,
    /// Leader epoch of the last consumed record; -1 when unknown.
    pub leader_epoch: i32,
    /// What the client keeps beside the offset.
    pub metadata: Option<String>,
}

/// Per topic of the request, in its order, per partition: index and outcome.
pub type CommitOutcome = Vec<Vec<(i32, Result<(), GroupError>)>>;

/// Committed offsets of one group are asked for.
#[derive(Clone, Debug)]
pub struct FetchRequest {
    /// Group id.
    pub group: String,
    /// Member id and epoch of a member that asks (OffsetFetch v9 and up).
    pub member: Option<(String, i32)>,
    /// Offsets that an open transaction may change are not told (KIP-447).
    pub require_stable: bool,
    /// Topics with their id (nil when not known) and partitions; `None` asks for all there are.
    pub topics: Option<Vec<FetchTopic>>,
}

/// A topic of a [`FetchRequest`].
#[derive(Clone, Debug)]
pub struct FetchTopic {
    /// Topic name.
    pub name: String,
    /// Topic id; nil when the request has none. Offsets of another topic of the same name are not shown.
    pub id: Uuid,
    /// Partition indexes.
    pub partitions: Vec<i32>,
}

/// Committed offsets of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedTopic {
    /// Topic name.
    pub name: String,
    /// Topic id of the request, or of the commits when all were asked for; nil when unknown.
    pub id: Uuid,
    /// Its partitions.
    pub partitions: Vec<FetchedPartition>,
}

/// A committed offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedPartition {
    /// Partition index.
    pub index: i32,
    /// Committed position; -1 when there is none.
    pub offset: i64,
    /// Leader epoch of the commit; -1 when unknown.
    pub leader_epoch: i32,
    /// Metadata of the commit.
    pub metadata: String,
    /// An open transaction may change it, and the request wanted to know.
    pub unstable: bool,
}

/// A row of the group list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedGroup {
    /// Group id.
    pub group: String,
    /// Protocol type; empty for a simple group.
    pub protocol_type: String,
    /// State name as Kafka writes it.
    pub state: &'static str,
    /// Group type as Kafka writes it.
    pub kind: &'static str,
}

/// A group in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedGroup {
    /// Group id.
    pub group: String,
    /// State name as Kafka writes it.
    pub state: &'static str,
    /// Protocol type; empty for a simple group.
    pub protocol_type: String,
    /// The chosen protocol; empty unless stable.
    pub protocol: String,
    /// Its members.
    pub members: Vec<DescribedMember>,
}

/// A member of a [`DescribedGroup`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedMember {
    /// Member id.
    pub member_id: String,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
    /// Client id.
    pub client_id: String,
    /// Client address, Java style.
    pub client_host: String,
    /// Metadata for the chosen protocol; empty unless stable.
    pub metadata: Bytes,
    /// Its assignment.
    pub assignment: Bytes,
}

/// A topic that is gone, for [`super::Groups::topics_deleted`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedTopic {
    /// Topic name.
    pub name: String,
    /// Topic id.
    pub id: Uuid,
}
