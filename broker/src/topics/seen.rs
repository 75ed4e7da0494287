//! Partitions as clients see them: who leads now, and who is out of reach.

use std::ops::Range;

use super::image::{MetadataImage, Topic};
use super::placement::Placement;
use crate::partition::Partition;

/// A partition as clients see it.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Number.
    pub index: i32,
    /// The partition on this broker. Its own leader epoch is what clients are told: after a crash it is ahead of what the
    /// metadata log says.
    pub partition: &'a Partition,
    /// Who holds and leads it, as the metadata log has it.
    pub placement: &'a Placement,
    /// Its leader, when that can be reached.
    pub leader: Option<i32>,
    /// Replicas that cannot be reached, or whose folder is out of use.
    pub offline: Vec<i32>,
}

impl MetadataImage {
    /// The partitions of a topic with these numbers, as far as there are so many.
    pub fn seen<'a>(&'a self, topic: &'a Topic, numbers: Range<usize>) -> impl Iterator<Item = Seen<'a>> {
        let partitions = topic.partitions.iter().zip(&topic.placement).zip(0..);
        let partitions = partitions.skip(numbers.start).take(numbers.len());
        partitions.map(|((partition, state), index)| {
            let placement = &*state.placement;
            let is_offline =
                |id: &i32| !self.is_alive(*id) || (*id == self.node_id && partition.is_offline());
            let offline: Vec<i32> = placement.replicas.iter().copied().filter(is_offline).collect();
            let leader = Some(placement.leader).filter(|id| self.is_alive(*id) && !offline.contains(id));
            Seen {
                index,
                partition,
                placement,
                leader,
                offline,
            }
        })
    }

    /// Whether a broker takes part in the cluster.
    fn is_alive(&self, broker: i32) -> bool {
        match self.brokers.get(&broker) {
            _ if broker == self.node_id => true,
            Some(registered) => !registered.fenced,
            None => false,
        }
    }
}
