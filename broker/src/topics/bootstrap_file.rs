//! `bootstrap.checkpoint`: what a cluster begins with, as `kafka-storage format` left it in the folder of the metadata log
//! (Kafka: `BootstrapDirectory`). It counts once, for the first start; afterwards the log says everything.

use std::collections::BTreeMap;

use storage::DataFolder;

use super::eligible_leaders;
use super::features::{self, FEATURES, Feature};
use super::replay::Replay;
use super::snapshot;
use super::start_error::MetadataStartError;
use crate::config::Config;
use crate::records::metadata::MetadataRecord;

/// Name of the file.
const BOOTSTRAP: &str = "bootstrap.checkpoint";

/// The first records of a new cluster: those of the folder's file, or else the newest levels; levels that the
/// configuration asks for over both; and what must hold where eligible leader replicas are on (Kafka:
/// `ActivationRecordsGenerator.recordsForEmptyLog`).
///
/// # Errors
/// When the file is damaged, or asks for a level that this release does not have.
pub fn first_records(
    folder: Option<&DataFolder>,
    config: &Config,
) -> Result<Vec<MetadataRecord>, MetadataStartError> {
    let formatted = folder.map(read).transpose()?.flatten();
    let (mut levels, more) = formatted.unwrap_or_default();
    let wanted = config.new_cluster_features.iter();
    levels.extend(wanted.map(|(name, level)| (name.clone(), *level)));
    let mut records = features::bootstrap(&levels).map_err(MetadataStartError::Features)?;
    let is_eligible = records.iter().any(eligible_leaders::is_on);
    records.extend(more);
    records.extend(is_eligible.then(|| eligible_leaders::cluster_record(config)));
    Ok(records)
}

/// Levels by feature, 0 for those that are usual and not in the file, and all other records.
type Formatted = (BTreeMap<String, i16>, Vec<MetadataRecord>);

fn read(folder: &DataFolder) -> Result<Option<Formatted>, MetadataStartError> {
    let path = folder.path().join(BOOTSTRAP);
    let io = |source| MetadataStartError::Io {
        path: path.clone(),
        source,
    };
    let damaged = |what| MetadataStartError::Damaged {
        path: path.clone(),
        what,
    };
    if !folder.fs().exists(&path).map_err(io)? {
        return Ok(None);
    }
    let bytes = folder.fs().read(&path).map_err(io)?;
    let mut replay = Replay::default();
    replay.batches(&bytes).map_err(damaged)?;
    if !replay.saw_footer {
        return Err(damaged("its end is missing".to_owned()));
    }
    replay.finish().map_err(damaged)?;
    let mut levels: BTreeMap<String, i16> = FEATURES
        .iter()
        .filter(|feature| feature.usual > 0)
        .map(|feature| (feature.name.to_owned(), 0))
        .collect();
    levels.extend(
        replay
            .state
            .features
            .iter()
            .map(|(name, level)| (name.clone(), *level)),
    );
    if levels.get(features::METADATA_VERSION) == Some(&0) {
        return Err(damaged("it names no metadata.version".to_owned()));
    }
    let mut more: Vec<MetadataRecord> = snapshot::records(&replay.state);
    more.retain(|record| !matches!(record, MetadataRecord::FeatureLevel { .. }));
    more.extend(take_unbuilt(&mut levels));
    for (name, level) in &levels {
        if !Feature::of(name).is_some_and(|feature| feature.serves(*level)) {
            return Err(MetadataStartError::Features(format!(
                "{}: {name}={level} is not supported",
                path.display()
            )));
        }
    }
    Ok(Some((levels, more)))
}

/// Takes the levels out that every format of this release brings and that are not built: they are kept, as in a folder of
/// Kafka's, and not told.
fn take_unbuilt(levels: &mut BTreeMap<String, i16>) -> Vec<MetadataRecord> {
    let kept = FEATURES.iter().filter_map(|feature| {
        let level = levels.get(feature.name)?;
        let is_unbuilt = *level > feature.max && *level <= feature.kafka_max;
        let (name, level) = is_unbuilt.then(|| levels.remove_entry(feature.name)).flatten()?;
        Some(MetadataRecord::FeatureLevel { name, level })
    });
    kept.collect()
}
