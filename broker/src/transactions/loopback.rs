//! The only [`Peer`] so far: this broker itself.

use crate::env::Env;
use crate::groups::Groups;
use crate::partition::{EndMarker, PartitionError, Ticket};
use crate::topics::{CONSUMER_OFFSETS, Topics};

use super::peer::{Marker, MarkerError, Peer, Written};
use super::state::TopicPartition;

/// Writes markers into the partitions of this broker. Those of the offsets topic go through the groups, whose pending
/// offsets they decide.
#[derive(Debug)]
pub struct Loopback {
    env: Env,
    topics: Topics,
    groups: Groups,
}

impl Loopback {
    /// Over the broker's own topics and groups.
    pub fn new(env: Env, topics: Topics, groups: Groups) -> Loopback {
        Loopback { env, topics, groups }
    }

    fn append(&self, marker: EndMarker, to: &TopicPartition) -> Result<Ticket, MarkerError> {
        if *to.topic == *CONSUMER_OFFSETS {
            return self
                .groups
                .end_transaction(to.partition, marker)
                .map_err(|error| failed(to, &error));
        }
        let image = self.topics.image();
        let topic = image.topic(&to.topic).ok_or(MarkerError::UnknownPartition)?;
        let partition = topic
            .partition(to.partition)
            .ok_or(MarkerError::UnknownPartition)?;
        let appended = partition.append_marker(marker, self.env.now_ms());
        Ok(appended.map_err(|error| failed(to, &error))?.1)
    }
}

fn failed(to: &TopicPartition, error: &PartitionError) -> MarkerError {
    use storage::AppendError;
    match error {
        PartitionError::Deleted => MarkerError::UnknownPartition,
        PartitionError::Append(AppendError::InvalidProducerEpoch { .. }) => MarkerError::InvalidProducerEpoch,
        PartitionError::Append(AppendError::TransactionCoordinatorFenced { .. }) => {
            MarkerError::CoordinatorFenced
        }
        error => {
            tracing::warn!(topic = &*to.topic, partition = to.partition, %error, "a marker could not be written");
            MarkerError::Failed
        }
    }
}

impl Peer for Loopback {
    fn write_marker<'a>(&'a self, marker: Marker, partitions: &'a [TopicPartition]) -> Written<'a> {
        let marker = EndMarker {
            producer_id: marker.producer.id,
            epoch: marker.producer.epoch,
            commit: marker.commit,
            coordinator_epoch: marker.coordinator_epoch,
            raised: marker.version.bumps_epoch(),
        };
        // All are appended before one is waited for: one sync may do for all.
        let tickets: Vec<_> = partitions.iter().map(|to| self.append(marker, to)).collect();
        Box::pin(async move {
            let mut outcomes = Vec::with_capacity(tickets.len());
            for ticket in tickets {
                outcomes.push(match ticket {
                    Ok(mut ticket) => ticket.done().await.map_err(|_| MarkerError::Failed),
                    Err(error) => Err(error),
                });
            }
            outcomes
        })
    }
}
