//! `partition.metadata`: the topic id of a partition directory (KIP-516).

use uuid::Uuid;

use super::kafka_uuid::{decode_uuid, encode_uuid};

/// Name of the file in a partition directory.
pub(crate) const PARTITION_METADATA: &str = "partition.metadata";

/// Content of a `partition.metadata` file, version 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartitionMetadata {
    pub topic_id: Uuid,
}

impl PartitionMetadata {
    pub const FILE_NAME: &'static str = PARTITION_METADATA;

    /// `Ok(None)` for a file that holds nothing (a power loss can leave one: it is written unsynced).
    pub fn parse(bytes: &[u8]) -> Result<Option<PartitionMetadata>, String> {
        if bytes.iter().all(|b| *b == 0) {
            return Ok(None);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| "not text".to_owned())?;
        let mut lines = text.lines();
        match lines
            .next()
            .and_then(|l| l.strip_prefix("version:"))
            .map(str::trim)
        {
            Some("0") => {}
            _ => return Err("first line is not `version: 0`".to_owned()),
        }
        let id = lines
            .next()
            .and_then(|l| l.strip_prefix("topic_id:"))
            .map(str::trim);
        match id.and_then(decode_uuid) {
            Some(topic_id) => Ok(Some(PartitionMetadata { topic_id })),
            None => Err("second line is not `topic_id: ID`".to_owned()),
        }
    }

    pub fn to_text(self) -> String {
        format!("version: 0\ntopic_id: {}", encode_uuid(self.topic_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_damage() {
        let metadata = PartitionMetadata {
            topic_id: Uuid::from_u128(77),
        };
        assert_eq!(
            PartitionMetadata::parse(metadata.to_text().as_bytes()),
            Ok(Some(metadata))
        );
        assert_eq!(PartitionMetadata::parse(&[0; 43]), Ok(None));
        assert!(PartitionMetadata::parse(b"version: 1\ntopic_id: x").is_err());
    }
}
