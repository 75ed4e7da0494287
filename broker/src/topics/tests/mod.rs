//! Tests of topics and metadata: decisions, replay, restart, crash, handlers.

mod bootstrap_file;
mod crash;
mod decisions;
mod features;
mod folders;
mod inherit;
mod moves;
mod properties;
mod restart;
mod slow_disk;
mod whole_requests;

use std::path::Path;
use std::sync::Arc;

use storage::{DataFolder, FileSystem, FolderIds, MemoryBudget, RealFs};
use uuid::Uuid;

use super::*;
use crate::config::{Config, Flush, Profile, Settings, Source};
use crate::env::Env;
use crate::partition::{PartitionStore, Place};

/// A broker's topics that keep nothing.
pub fn in_memory(profile: Profile) -> Topics {
    let store = PartitionStore::open(
        Env::system(),
        Place::Memory(Arc::new(MemoryBudget::new(1 << 20))),
        Flush::Os,
    );
    Topics::open(
        Env::system(),
        Arc::new(Config::of_profile(profile)),
        store.unwrap(),
    )
    .unwrap()
}

pub fn folder(fs: Arc<dyn FileSystem>, path: &Path) -> Arc<DataFolder> {
    let ids = FolderIds {
        cluster_id: None,
        node_id: 1,
        fresh_cluster_id: Uuid::new_v4(),
        fresh_directory_id: Uuid::new_v4(),
    };
    DataFolder::open(fs, path, &ids, 100).unwrap()
}

/// Topics over a data folder, with the store that holds their partitions.
pub fn on_disk(
    fs: Arc<dyn FileSystem>,
    path: &Path,
    flush: Flush,
) -> Result<(Topics, Arc<PartitionStore>), MetadataStartError> {
    let env = Env {
        fs: Arc::clone(&fs),
        ..Env::system()
    };
    let store = PartitionStore::open(env.clone(), Place::one_folder(folder(fs, path)), flush).unwrap();
    let mut config = Config::of_profile(Profile::Dev);
    config.flush = flush;
    Topics::open(env, Arc::new(config), Arc::clone(&store)).map(|topics| (topics, store))
}

/// Topics over a data folder of a broker that was started with these settings.
pub fn started_with(path: &Path, given: &[(&str, &str)]) -> (Topics, Arc<PartitionStore>) {
    let mut settings = Settings::new(Profile::Kafka);
    settings.lay(given.iter().copied(), &Source::Set).unwrap();
    let config = Arc::new(Config::new(settings).unwrap());
    let place = Place::one_folder(folder(Arc::new(RealFs), path));
    let store = PartitionStore::open(Env::system(), place, Flush::Os).unwrap();
    let topics = Topics::open(Env::system(), config, Arc::clone(&store)).unwrap();
    (topics, store)
}

pub fn real(path: &Path) -> (Topics, Arc<PartitionStore>) {
    on_disk(Arc::new(RealFs), path, Flush::Os).unwrap()
}

pub fn new_topic(name: &str, partitions: i32) -> NewTopic {
    NewTopic {
        partitions,
        ..NewTopic::with_defaults(name)
    }
}

pub fn by_name(name: &str) -> TopicRef {
    TopicRef {
        name: Some(name.into()),
        id: Uuid::nil(),
    }
}

/// What an image says, in a form that can be compared.
pub fn picture(topics: &Topics) -> Vec<String> {
    let image = topics.image();
    let mut lines: Vec<String> = image
        .sorted_topics()
        .into_iter()
        .map(|t| {
            // A stop notes the leader epochs that were in force.
            let placement: Vec<_> = t
                .placement
                .iter()
                .map(|p| (&p.placement, p.partition_epoch))
                .collect();
            format!("{} {} {placement:?} {:?}", t.name, t.id, t.own_configs)
        })
        .collect();
    let resources: Vec<_> = image.configured_resources().cloned().collect();
    lines.extend(resources.iter().map(|r| format!("{r:?} {:?}", image.configs(r))));
    lines.push(format!("{:?} {:?}", image.features, image.quotas));
    lines
}
