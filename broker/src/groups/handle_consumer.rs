//! The handle's part for the newer consumer protocol, and for single offsets.

use super::assignor::Assignor;
use super::handle::Groups;
use super::types::{CommitOutcome, GroupError};
use super::types_consumer::{ConsumerHeartbeat, ConsumerHeartbeatReply, DescribedConsumerGroup, Refusal};

fn invalid(text: &str) -> Refusal {
    Refusal::new(GroupError::InvalidRequest, text)
}

/// Refuses what is empty or blank.
fn not_blank(value: Option<&str>, name: &str) -> Result<(), Refusal> {
    match value {
        Some(value) if value.trim().is_empty() => Err(invalid(&format!("{name} can't be empty."))),
        _ => Ok(()),
    }
}

impl Groups {
    /// Whether `group.coordinator.rebalance.protocols` has the newer protocol.
    pub fn has_consumer_protocol(&self) -> bool {
        self.0.config.consumer.enabled
    }

    /// A member of a consumer group joins, lives or leaves.
    ///
    /// # Errors
    /// What the member has to do.
    pub async fn consumer_heartbeat(
        &self,
        request: &ConsumerHeartbeat,
    ) -> Result<ConsumerHeartbeatReply, Refusal> {
        self.check(request)?;
        self.ensure_topic().await?;
        let index = self.shard_of(&request.group);
        let fresh = self.0.env.uuid();
        let (outcome, mut ticket) = self.decide(index, None, |shard, _, now, effects| {
            shard.consumer_heartbeat(request, fresh, now, effects)
        })?;
        self.settled(index, ticket.done().await)?;
        let reply = outcome?;
        let tells = reply.assignment.is_some() || reply.member_epoch != request.member_epoch;
        if tells {
            // What it tells may be an earlier decision of which the member did not hear.
            self.barrier(index).await?;
        }
        Ok(reply)
    }

    /// `GroupCoordinatorService.throwIfConsumerGroupHeartbeatRequestIsInvalid`.
    fn check(&self, request: &ConsumerHeartbeat) -> Result<(), Refusal> {
        let epoch = request.member_epoch;
        if request.client_makes_id || epoch > 0 || epoch == -1 {
            not_blank(Some(&request.member_id), "MemberId")?;
        }
        not_blank(Some(&request.group), "GroupId")?;
        not_blank(request.instance_id.as_deref(), "InstanceId")?;
        not_blank(request.rack_id.as_deref(), "RackId")?;
        match epoch {
            0 if request.rebalance_timeout_ms.is_none() => {
                return Err(invalid("RebalanceTimeoutMs must be provided in first request."));
            }
            0 if request.owned.as_ref().is_none_or(|owned| !owned.is_empty()) => {
                return Err(invalid("TopicPartitions must be empty when (re-)joining."));
            }
            0 if request.topic_names.is_none() && request.topic_regex.is_none() => {
                return Err(invalid(
                    "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.",
                ));
            }
            -2 if request.instance_id.is_none() => return Err(invalid("InstanceId can't be null.")),
            ..-2 => return Err(invalid("MemberEpoch is invalid.")),
            _ => {}
        }
        let known: Vec<&str> = self
            .0
            .config
            .consumer
            .assignors
            .iter()
            .map(|a| Assignor::name(*a))
            .collect();
        match request.server_assignor.as_deref() {
            Some(asked) if !known.contains(&asked) => {
                let text = format!(
                    "ServerAssignor {asked} is not supported. Supported assignors: {}.",
                    known.join(", ")
                );
                Err(Refusal::new(GroupError::UnsupportedAssignor, text))
            }
            _ => Ok(()),
        }
    }

    /// A consumer group in full.
    ///
    /// # Errors
    /// GROUP_ID_NOT_FOUND, also for a group of another kind, or INVALID_GROUP_ID.
    pub async fn describe_consumer(&self, group: &str) -> Result<DescribedConsumerGroup, Refusal> {
        let index = self.checked(group)?;
        self.read(index, |shard| shard.describe_consumer(group)).await?
    }

    /// Deletes single offsets: one outcome per asked partition.
    ///
    /// # Errors
    /// What the whole request gets.
    pub async fn delete_offsets(
        &self,
        group: &str,
        asked: &[(String, Vec<i32>)],
    ) -> Result<CommitOutcome, GroupError> {
        let index = self.checked(group)?;
        self.decide_durably(index, |shard, _, effects| {
            shard.delete_offsets(group, asked, effects)
        })
        .await?
    }
}
