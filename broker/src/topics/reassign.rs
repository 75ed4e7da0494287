//! What becomes of a request to move replicas between brokers, while a cluster has one broker.

use super::error::{TopicError, TopicErrorKind};
use super::handle::Topics;
use super::image::MetadataImage;

/// What is wanted of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reassign {
    /// These brokers, the preferred leader first.
    To(Vec<i32>),
    /// An end of the reassignment that is going on.
    Cancel,
}

impl Topics {
    /// Checks each reassignment. With one broker a replica is either where it has to be, which is a success that
    /// changes nothing, or cannot go there.
    ///
    /// # Errors
    /// [`TopicErrorKind::UnknownTopic`], [`TopicErrorKind::InvalidAssignment`] or
    /// [`TopicErrorKind::NoReassignment`]; texts of Kafka's `ReplicationControlManager`.
    pub async fn reassign(
        &self,
        wanted: &[(String, i32, Reassign)],
        may_change_factor: bool,
    ) -> Vec<Result<(), TopicError>> {
        self.with_rules(|state, image, rules| {
            let check = |(name, index, wanted): &(String, i32, Reassign)| {
                let now = replicas(image, name, *index)?;
                let Reassign::To(brokers) = wanted else {
                    return Err(TopicError::bare(TopicErrorKind::NoReassignment));
                };
                rules.check_manual(state, brokers, None)?;
                if !may_change_factor && brokers.len() != now.len() {
                    let text = format!(
                        "The replication factor is changed from {} to {}",
                        now.len(),
                        brokers.len()
                    );
                    return Err(TopicError::new(TopicErrorKind::InvalidReplicationFactor, text));
                }
                match now == brokers.as_slice() {
                    true => Ok(()),
                    // Only the folder of a broker of a larger cluster has such partitions.
                    false => {
                        let text = format!(
                            "{name}-{index} has replicas {now:?}; brokers that are not here hold some."
                        );
                        Err(TopicError::new(TopicErrorKind::InvalidAssignment, text))
                    }
                }
            };
            wanted.iter().map(check).collect()
        })
        .await
    }
}

/// Brokers that hold a partition now.
fn replicas<'a>(image: &'a MetadataImage, name: &str, index: i32) -> Result<&'a [i32], TopicError> {
    let unknown = |text: String| TopicError::new(TopicErrorKind::UnknownTopic, text);
    let topic = image
        .topic(name)
        .ok_or_else(|| unknown(format!("Unable to find a topic named {name}.")))?;
    let placed = usize::try_from(index)
        .ok()
        .and_then(|index| topic.placement.get(index))
        .ok_or_else(|| unknown(format!("Unable to find partition {name}:{index}.")))?;
    Ok(&placed.placement.replicas)
}
