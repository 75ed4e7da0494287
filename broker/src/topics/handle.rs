//! The handle that everybody above holds: the image, and the one way to change it.
//!
//! One change at a time: decide → append to the metadata log → (sync) → apply → publish → answer. Nobody
//! sees a topic whose record could still be lost.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::change_configs::config_records;
use super::client_quotas::{QuotaAlteration, QuotaResult, alter_quotas};
use super::create::create_topics;
use super::delete::delete_topics;
use super::error::TopicError;
use super::features::metadata_level;
use super::grow::create_partitions;
use super::idle_configs::IdleConfigs;
use super::image::{ImageMaker, MetadataImage, TopicsChanged};
use super::log::MetadataLog;
use super::producer_ids::IdBlock;
use super::request::{
    ConfigChange, CreateResult, DeleteResult, GrowResult, MorePartitions, NewTopic, Terms, TopicRef,
};
use super::rules::{Rules, topic_id};
use super::start_error::MetadataStartError;
use super::state::{MetadataState, Touched};
use crate::config::Profile;
use crate::env::Env;
use crate::partition::{Partition, PartitionStore};
use crate::records::metadata::MetadataRecord;

/// Called with every change of the topics, in order, after the image that shows it is published. Must be
/// quick and must not ask for another change.
pub type TopicsHook = Box<dyn Fn(&TopicsChanged) + Send + Sync>;

/// Handle to the metadata. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Topics(Arc<Shared>);

pub(super) struct Shared {
    pub(super) env: Env,
    pub(super) maker: ImageMaker,
    pub(super) image: ArcSwap<MetadataImage>,
    pub(super) writer: tokio::sync::Mutex<MetadataWriter>,
    pub(super) ids: Mutex<IdBlock>,
    hooks: Mutex<Vec<TopicsHook>>,
    idle_configs: IdleConfigs,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Topics")
            .field("maker", &self.maker)
            .finish_non_exhaustive()
    }
}

/// The logged state and its log; whoever holds the lock is the one owner.
#[derive(Debug)]
pub(super) struct MetadataWriter {
    pub(super) state: MetadataState,
    pub(super) log: MetadataLog,
}

impl Topics {
    pub(super) fn new(env: Env, maker: ImageMaker, writer: MetadataWriter) -> Topics {
        let idle_configs = IdleConfigs::default();
        idle_configs.note_state(&writer.state);
        let image = maker.first(&writer.state, writer.log.end_offset(), writer.log.epoch());
        Topics(Arc::new(Shared {
            env,
            maker,
            image: ArcSwap::from_pointee(image),
            writer: tokio::sync::Mutex::new(writer),
            ids: Mutex::default(),
            hooks: Mutex::default(),
            idle_configs,
        }))
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.0
    }

    /// Where partitions keep their logs.
    pub fn store(&self) -> &Arc<PartitionStore> {
        &self.0.maker.store
    }

    /// The metadata as they are now.
    pub fn image(&self) -> Arc<MetadataImage> {
        self.0.image.load_full()
    }

    /// Adds a hook for changes of the topics from now on.
    pub fn on_change(&self, hook: TopicsHook) {
        self.0
            .hooks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(hook);
    }

    /// Makes topics; they serve when this returns. Topics are independent: one refused holds up no other.
    pub async fn create_topics(&self, topics: &[NewTopic], validate_only: bool) -> Vec<CreateResult> {
        self.create_topics_on(topics, validate_only, Terms::OWN).await
    }

    /// The same, on a client's terms.
    pub async fn create_topics_on(
        &self,
        topics: &[NewTopic],
        validate_only: bool,
        terms: Terms<'_>,
    ) -> Vec<CreateResult> {
        let mut writer = self.0.writer.lock().await;
        let image = self.0.image.load_full();
        let rules = self.0.rules(&image);
        let mut new_id = || topic_id(|| self.0.env.uuid());
        let (records, mut results) = create_topics(&writer.state, &rules, topics, terms, &mut new_id);
        if !validate_only && let Err(error) = self.0.change(&mut writer, records) {
            fail(results.iter_mut().map(|(_, result)| result), &error);
        }
        results
    }

    /// Removes topics and their data.
    pub async fn delete_topics(&self, topics: &[TopicRef]) -> Vec<DeleteResult> {
        self.delete_topics_on(topics, Terms::OWN).await
    }

    /// The same, on a client's terms.
    pub async fn delete_topics_on(&self, topics: &[TopicRef], terms: Terms<'_>) -> Vec<DeleteResult> {
        let mut writer = self.0.writer.lock().await;
        let (records, mut results) = delete_topics(&writer.state, topics, terms);
        if let Err(error) = self.0.change(&mut writer, records) {
            fail(results.iter_mut().map(|row| &mut row.result), &error);
        }
        results
    }

    /// Adds partitions to topics; they serve when this returns.
    pub async fn create_partitions(&self, topics: &[MorePartitions], validate_only: bool) -> Vec<GrowResult> {
        self.create_partitions_on(topics, validate_only, Terms::OWN).await
    }

    /// The same, on a client's terms.
    pub async fn create_partitions_on(
        &self,
        topics: &[MorePartitions],
        validate_only: bool,
        terms: Terms<'_>,
    ) -> Vec<GrowResult> {
        let mut writer = self.0.writer.lock().await;
        let image = self.0.image.load_full();
        let (records, mut results) = create_partitions(&writer.state, &self.0.rules(&image), topics, terms);
        if !validate_only && let Err(error) = self.0.change(&mut writer, records) {
            fail(results.iter_mut().map(|(_, result)| result), &error);
        }
        results
    }

    /// Changes quotas of clients, each entity for itself. `is_host` says whether a name is that of a host.
    pub async fn alter_quotas(
        &self,
        alterations: &[QuotaAlteration],
        is_host: impl Fn(&str) -> bool,
        validate_only: bool,
    ) -> Vec<QuotaResult> {
        let mut writer = self.0.writer.lock().await;
        let (records, mut results) = alter_quotas(&writer.state, alterations, is_host);
        if !validate_only && let Err(error) = self.0.change(&mut writer, records) {
            fail(results.iter_mut().map(|(_, result)| result), &error);
        }
        results
    }

    /// Changes configs of any resource. Values must have been checked.
    ///
    /// # Errors
    /// When the metadata log cannot be written; nothing changed then.
    pub async fn alter_configs(&self, changes: Vec<ConfigChange>) -> Result<(), TopicError> {
        self.alter_configs_by(|_| (changes, ())).await
    }

    /// Changes configs as `decide` says from the newest image: nothing changes in between, so what it read
    /// (for APPEND and SUBTRACT) still holds. Everything it returns is changed together or not at all.
    ///
    /// # Errors
    /// When the metadata log cannot be written; nothing changed then.
    pub async fn alter_configs_by<R>(
        &self,
        decide: impl FnOnce(&MetadataImage) -> (Vec<ConfigChange>, R),
    ) -> Result<R, TopicError> {
        let mut writer = self.0.writer.lock().await;
        let (changes, answer) = decide(&self.0.image.load_full());
        let records = config_records(&writer.state, &changes);
        self.0.change(&mut writer, records)?;
        self.0.note_folders(&mut writer)?;
        Ok(answer)
    }

    /// A look at the newest metadata and the rules for changing it, while nothing changes.
    pub(super) async fn with_rules<R>(
        &self,
        look: impl FnOnce(&MetadataState, &MetadataImage, &Rules<'_>) -> R,
    ) -> R {
        let writer = self.0.writer.lock().await;
        let image = self.image();
        look(&writer.state, &image, &self.0.rules(&image))
    }

    /// Writes a snapshot if worth it and closes the log. Later changes are refused.
    ///
    /// # Errors
    /// When files cannot be written; the next start then recovers.
    pub async fn close(&self) -> Result<(), MetadataStartError> {
        let MetadataWriter { state, log } = &mut *self.0.writer.lock().await;
        log.maybe_snapshot(state, true, self.0.env.now_ms());
        log.close()
    }
}

impl Shared {
    fn rules<'a>(&self, image: &'a MetadataImage) -> Rules<'a> {
        let (directories, cordoned) = self.directories_for_new(&image.config);
        Rules {
            config: &image.config,
            node_id: self.maker.node_id,
            directories,
            cordoned,
            placed: RefCell::default(),
            cap_replicas: image.config.profile() == Profile::Dev,
        }
    }

    /// Appends, applies and publishes one change.
    pub(super) fn change(
        &self,
        writer: &mut MetadataWriter,
        mut records: Vec<MetadataRecord>,
    ) -> Result<(), TopicError> {
        if records.is_empty() {
            return Ok(());
        }
        let level = metadata_level(&writer.state.features, &records);
        records.iter_mut().for_each(|record| record.fit(level));
        let now_ms = self.env.now_ms();
        writer.log.append(&records, level, now_ms)?;
        self.idle_configs.note_records(&records);
        let mut touched = Touched::default();
        for record in records {
            // A decision makes only records that fit the state it was made from.
            if let Err(error) = writer.state.apply(record, &mut touched) {
                tracing::error!(%error, "a metadata record does not fit the state it was decided from");
            }
        }
        self.publish(writer, &touched);
        writer.log.maybe_snapshot(&writer.state, false, now_ms);
        Ok(())
    }

    pub(super) fn publish(&self, writer: &MetadataWriter, touched: &Touched) {
        let (offset, epoch) = (writer.log.end_offset(), writer.log.epoch());
        let before = self.image.load_full();
        let (image, mut changed) = self.maker.next(&before, &writer.state, touched, offset, epoch);
        changed.features = (before.features != image.features).then(|| Arc::clone(&image.features));
        changed.quotas = touched.quotas.then(|| Arc::clone(&image.quotas));
        changed.config = touched.broker_configs.then(|| Arc::clone(&image.config));
        self.image.store(Arc::new(image));
        // Still under the writer's lock: a topic made anew under the same name finds the directories gone,
        // and no snapshot forgets a removal whose directories are still there.
        if !changed.deleted.is_empty() {
            Partition::delete_all(changed.deleted.iter().flat_map(|topic| &topic.partitions));
        }
        if changed.is_nothing() {
            return;
        }
        for hook in self.hooks.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            hook(&changed);
        }
    }
}

/// Nothing was written: every success becomes this refusal.
fn fail<'a, T: 'a>(results: impl Iterator<Item = &'a mut Result<T, TopicError>>, error: &TopicError) {
    for result in results.filter(|result| result.is_ok()) {
        *result = Err(error.clone());
    }
}
