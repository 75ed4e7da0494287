//! What a shard does for members on the newer protocol.

use std::sync::Arc;

use uuid::Uuid;

use super::admin::remove_empty;
use super::consumer::{self, ConsumerGroup};
use super::effects::{Effects, Now, Scene};
use super::group::Group;
use super::shard::Shard;
use super::types::GroupError;
use super::types_consumer::{ConsumerHeartbeat, ConsumerHeartbeatReply, DescribedConsumerGroup, Refusal};

impl Shard {
    /// Decides a ConsumerGroupHeartbeat; `fresh` becomes the id of a member without one.
    ///
    /// # Errors
    /// What the member has to do. Nothing was decided then.
    pub fn consumer_heartbeat(
        &mut self,
        request: &ConsumerHeartbeat,
        fresh: Uuid,
        now: Now,
        effects: &mut Effects,
    ) -> Result<ConsumerHeartbeatReply, Refusal> {
        let records = effects.records.len();
        let outcome = self.with(&request.group, now, effects, |group, scene| {
            decide(group, scene, request, fresh)
        });
        if outcome.is_err() {
            effects.forget_since(records);
        }
        outcome
    }

    /// A consumer group in full.
    ///
    /// # Errors
    /// GROUP_ID_NOT_FOUND.
    pub fn describe_consumer(&self, id: &str) -> Result<DescribedConsumerGroup, Refusal> {
        match self.groups.get(id) {
            Some(Group::Consumer(group)) => Ok(consumer::describe(group, &self.config, &*self.topics)),
            Some(Group::Classic(_)) => Err(not_found(format!("Group {id} is not a consumer group."))),
            None => Err(not_found(format!("Group {id} not found."))),
        }
    }
}

fn not_found(text: String) -> Refusal {
    Refusal::new(GroupError::GroupIdNotFound, text)
}

fn decide(
    group: Option<&mut Group>,
    scene: &mut Scene<'_>,
    request: &ConsumerHeartbeat,
    fresh: Uuid,
) -> Result<ConsumerHeartbeatReply, Refusal> {
    let id = &request.group;
    let joins = request.member_epoch == 0;
    let leaves = request.member_epoch < 0;
    match group {
        Some(Group::Consumer(group)) if leaves => consumer::leave(group, scene, request),
        Some(Group::Consumer(group)) => consumer::heartbeat(group, scene, request, fresh),
        None if leaves => Err(not_found(format!("Group {id} not found."))),
        None if !joins => Err(not_found(format!("Consumer group {id} not found."))),
        None => {
            let group = ConsumerGroup::new(Arc::from(id.as_str()));
            consumer::heartbeat(&group, scene, request, fresh)
        }
        Some(Group::Classic(_)) if !joins => Err(not_found(format!("Group {id} is not a consumer group."))),
        Some(classic) if classic.is_empty() => {
            remove_empty(id, classic, scene);
            let group = ConsumerGroup::new(Arc::from(id.as_str()));
            consumer::heartbeat(&group, scene, request, fresh)
        }
        Some(Group::Classic(classic)) => {
            let group = consumer::upgrade(classic, scene)?;
            let reply = consumer::heartbeat(&group, scene, request, fresh)?;
            consumer::let_go(classic, scene, request.instance_id.as_deref());
            Ok(reply)
        }
    }
}
