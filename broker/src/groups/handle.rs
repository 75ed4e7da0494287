//! The groups of this broker, for handlers.

use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, oneshot};

use super::admin::Filters;
use super::classic::Waiter;
use super::config::GroupsConfig;
use super::effects::{Effects, Now, Reply};
use super::log::OffsetsLog;
use super::shard::Shard;
use super::slot::Slot;
use super::topics_view::TopicsSource;
use super::types::{
    CommitOutcome, CommitRequest, DeletedTopic, DescribedGroup, FetchRequest, FetchedTopic, GroupError,
    HeartbeatRequest, JoinRefused, JoinReply, JoinRequest, Leaving, ListedGroup, SyncReply, SyncRequest,
};
use crate::coordinator::shard_of;
use crate::env::Env;
use crate::partition::{Ticket, TicketError};

/// A cheap handle to all groups; every method waits until what it reports is durable.
#[derive(Clone, Debug)]
pub struct Groups(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) config: Arc<GroupsConfig>,
    pub(super) env: Env,
    pub(super) log: Arc<dyn OffsetsLog>,
    pub(super) topics: Arc<dyn TopicsSource>,
    pub(super) slots: Vec<Slot>,
    /// Rung when there is something to do for the timer task.
    pub(super) alarm: Arc<Notify>,
    /// Topics that are gone and whose offsets are to be forgotten by the timer task; as many at most as were
    /// deleted since it last ran.
    pub(super) deleted: Mutex<Vec<DeletedTopic>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The timer task finds nobody and ends.
        self.alarm.notify_one();
    }
}

impl Groups {
    /// Groups over `log` and `topics`. Nothing is read before the first use.
    pub fn new(
        config: GroupsConfig,
        env: Env,
        log: Arc<dyn OffsetsLog>,
        topics: Arc<dyn TopicsSource>,
    ) -> Groups {
        let slots = (0..config.offsets_partitions.max(1)).map(Slot::new).collect();
        Groups(Arc::new(Inner {
            config: Arc::new(config),
            env,
            log,
            topics,
            slots,
            alarm: Arc::default(),
            deleted: Mutex::default(),
        }))
    }

    /// The partition of `__consumer_offsets` that holds a group.
    pub fn shard_of(&self, group: &str) -> i32 {
        shard_of(group, self.0.config.offsets_partitions)
    }

    /// Makes the offsets topic if it is not there.
    ///
    /// # Errors
    /// [`GroupError::CoordinatorNotAvailable`] when it cannot be made.
    pub async fn ensure_topic(&self) -> Result<(), GroupError> {
        Ok(self.0.log.ensure_topic().await?)
    }

    /// Joins a group; waits until the join phase ends.
    pub async fn join(&self, request: JoinRequest) -> JoinReply {
        let member_id = request.member_id.clone();
        let refused = |error| JoinRefused { error, member_id };
        let group = request.group.clone();
        let reply = self.parked(&group, |shard, waiter, now, effects| {
            shard.join(request, waiter, self.0.env.uuid(), now, effects);
        });
        match reply.await {
            Ok(Reply::Join(reply)) => reply,
            Ok(Reply::Sync(_)) => Err(refused(GroupError::NotCoordinator)),
            Err(error) => Err(refused(error)),
        }
    }

    /// Asks for the assignment; waits until the leader has brought it.
    pub async fn sync(&self, request: SyncRequest) -> SyncReply {
        let group = request.group.clone();
        let reply = self.parked(&group, |shard, waiter, now, effects| {
            shard.sync(request, waiter, now, effects);
        });
        match reply.await? {
            Reply::Sync(reply) => reply,
            Reply::Join(_) => Err(GroupError::NotCoordinator),
        }
    }

    /// A member lives.
    ///
    /// # Errors
    /// What it has to do.
    pub async fn heartbeat(&self, request: HeartbeatRequest) -> Result<(), GroupError> {
        let index = self.checked(&request.group)?;
        // Reports no change, so it does not wait for what others changed.
        self.decide(index, None, |shard, _, now, effects| {
            shard.heartbeat(&request, now, effects)
        })?
        .0
    }

    /// Members leave: one outcome per asked member, in order.
    ///
    /// # Errors
    /// When nothing could be decided.
    pub async fn leave(
        &self,
        group: &str,
        leaving: &[Leaving],
    ) -> Result<Vec<Result<(), GroupError>>, GroupError> {
        let index = self.checked(group)?;
        self.decide_durably(index, |shard, now, effects| {
            shard.leave(group, leaving, now, effects)
        })
        .await
    }

    /// Commits offsets.
    ///
    /// # Errors
    /// The error that every partition of the request gets.
    pub async fn commit(&self, request: CommitRequest) -> Result<CommitOutcome, GroupError> {
        self.ensure_topic().await?;
        let index = self.shard_of(&request.group);
        self.decide_durably(index, |shard, now, effects| shard.commit(request, now, effects))
            .await?
    }

    /// Committed offsets.
    ///
    /// # Errors
    /// When the shard cannot be read; [`GroupError::NotCoordinator`] before anybody asked for a coordinator,
    /// as in Kafka: the question makes the offsets topic.
    pub async fn fetch(&self, request: FetchRequest) -> Result<Vec<FetchedTopic>, GroupError> {
        if !self.0.log.exists() {
            return Err(GroupError::NotCoordinator);
        }
        let index = self.shard_of(&request.group);
        self.read(index, |shard| shard.fetch(request)).await?
    }

    /// All groups that pass the filters of ListGroups.
    ///
    /// # Errors
    /// When a shard cannot be read.
    pub async fn list(&self, states: &[String], types: &[String]) -> Result<Vec<ListedGroup>, GroupError> {
        let mut rows = Vec::new();
        let filters = Filters::new(states, types);
        if self.0.log.exists() {
            for index in self.indexes() {
                rows.extend(self.read(index, |shard| shard.list(&filters)).await?);
            }
        }
        Ok(rows)
    }

    /// A group in full; `None` when there is none.
    ///
    /// # Errors
    /// When the shard cannot be read.
    pub async fn describe(&self, group: &str) -> Result<Option<DescribedGroup>, GroupError> {
        self.read(self.shard_of(group), |shard| shard.describe(group))
            .await
    }

    /// Deletes an empty group and its offsets.
    ///
    /// # Errors
    /// [`GroupError::GroupIdNotFound`], [`GroupError::NonEmptyGroup`], or when nothing could be decided.
    pub async fn delete(&self, group: &str) -> Result<(), GroupError> {
        let index = self.shard_of(group);
        self.decide_durably(index, |shard, now, effects| shard.delete(group, now, effects))
            .await?
    }

    /// Forgets the offsets of topics that are gone; to be called after every deletion of topics.
    ///
    /// # Errors
    /// When a shard cannot be read or written; the others are done all the same.
    pub async fn topics_deleted(&self, deleted: &[DeletedTopic]) -> Result<(), GroupError> {
        let mut result = Ok(());
        if self.0.log.exists() {
            for index in self.indexes() {
                let done =
                    self.decide_durably(index, |shard, _, effects| shard.topics_deleted(deleted, effects));
                result = result.and(done.await);
            }
        }
        result
    }

    pub(super) fn indexes(&self) -> impl Iterator<Item = i32> + use<> {
        0..self.0.config.offsets_partitions.max(1)
    }

    pub(super) fn slot(&self, index: i32) -> Option<&Slot> {
        self.0.slots.get(usize::try_from(index).ok()?)
    }

    pub(super) fn checked(&self, group: &str) -> Result<i32, GroupError> {
        if group.is_empty() {
            Err(GroupError::InvalidGroupId)
        } else {
            Ok(self.shard_of(group))
        }
    }

    pub(super) fn decide<R>(
        &self,
        index: i32,
        waiter: Option<oneshot::Sender<Reply>>,
        decision: impl FnOnce(&mut Shard, Waiter, Now, &mut Effects) -> R,
    ) -> Result<(R, Ticket), GroupError> {
        let now = Now {
            wall_ms: self.0.env.now_ms(),
            mono_ms: self.0.env.clock.monotonic_ms(),
        };
        let slot = self.slot(index).ok_or(GroupError::NotCoordinator)?;
        let decided = slot.decide(
            &self.0.config,
            &*self.0.log,
            &*self.0.topics,
            now,
            waiter,
            |shard, waiter, effects| decision(shard, waiter, now, effects),
        )?;
        if decided.hurry {
            self.0.alarm.notify_one();
        }
        Ok((decided.answer, decided.ticket))
    }

    pub(super) fn settled(&self, index: i32, durable: Result<(), TicketError>) -> Result<(), GroupError> {
        durable.map_err(|_| {
            // What the shard believes is not in the log for good.
            if let Some(slot) = self.slot(index) {
                slot.unload();
            }
            GroupError::NotCoordinator
        })
    }

    pub(super) async fn barrier(&self, index: i32) -> Result<(), GroupError> {
        let mut ticket = self.0.log.barrier(index);
        self.settled(index, ticket.done().await)
    }

    pub(super) async fn decide_durably<R>(
        &self,
        index: i32,
        decision: impl FnOnce(&mut Shard, Now, &mut Effects) -> R,
    ) -> Result<R, GroupError> {
        let (answer, mut ticket) = self.decide(index, None, |shard, _, now, effects| {
            decision(shard, now, effects)
        })?;
        self.settled(index, ticket.done().await)?;
        Ok(answer)
    }

    pub(super) async fn read<R>(&self, index: i32, look: impl FnOnce(&Shard) -> R) -> Result<R, GroupError> {
        let (answer, _) = self.decide(index, None, |shard, _, _, _| look(shard))?;
        self.barrier(index).await?;
        Ok(answer)
    }

    /// Decides something that is answered through a waiter, perhaps much later.
    async fn parked(
        &self,
        group: &str,
        decision: impl FnOnce(&mut Shard, Waiter, Now, &mut Effects),
    ) -> Result<Reply, GroupError> {
        let index = self.checked(group)?;
        self.ensure_topic().await?;
        let (sender, receiver) = oneshot::channel();
        // Whenever the answer comes, the barrier below covers what this decision appended.
        let _ = self.decide(index, Some(sender), decision)?;
        let reply = receiver.await.map_err(|_| GroupError::NotCoordinator)?;
        self.barrier(index).await?;
        Ok(reply)
    }
}
