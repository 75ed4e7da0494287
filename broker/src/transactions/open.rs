//! Transactions over the broker's own topics.

use std::sync::Arc;

use storage::Compression;

use super::config::{Times, TransactionsConfig};
use super::handle::{FreshId, Parts, ProducerIds, Transactions};
use super::loopback::Loopback;
use super::state::TxnVersion;
use crate::config::Config;
use crate::coordinator::TopicLog;
use crate::env::Env;
use crate::groups::Groups;
use crate::topics::{TRANSACTION_STATE, TRANSACTION_VERSION, Topics, TopicsChanged};

impl ProducerIds for Topics {
    fn fresh(&self) -> FreshId<'_> {
        Box::pin(async move {
            let fresh = self.allocate_producer_id().await;
            fresh
                .inspect_err(|error| tracing::warn!(%error, "no producer ids"))
                .ok()
        })
    }
}

impl Transactions {
    /// Transactions whose log is `__transaction_state`, with their timer task, which reads what an earlier run of the
    /// broker left open.
    pub fn open(env: &Env, config: &Config, topics: &Topics, groups: &Groups) -> Transactions {
        let image = topics.image();
        let there = image.topic(TRANSACTION_STATE).map(|topic| topic.partitions.len());
        let transactions = Transactions::new(Parts {
            config: TransactionsConfig {
                partitions: there
                    .and_then(|count| i32::try_from(count).ok())
                    .unwrap_or(config.transactions.partitions),
                max_timeout_ms: config.transactions.max_timeout_ms,
                times: times(config),
            },
            env: env.clone(),
            log: Arc::new(TopicLog::new(
                topics.clone(),
                TRANSACTION_STATE,
                Compression::NONE,
            )),
            ids: Arc::new(topics.clone()),
            peer: Arc::new(Loopback::new(env.clone(), topics.clone(), groups.clone())),
            version: TxnVersion::from_level(image.feature_level(TRANSACTION_VERSION)),
        });
        // The topics must not keep the transactions, which keep the topics.
        let handle = Arc::downgrade(&transactions.0);
        topics.on_change(Box::new(move |changed| {
            if let Some(inner) = handle.upgrade() {
                changed_topics(&Transactions(inner), changed);
            }
        }));
        let task = transactions.timer_task();
        let loading = transactions.clone();
        drop(env.spawn(async move {
            crate::partition::blocking(|| loading.load());
            drop(loading);
            task.await;
        }));
        transactions
    }
}

/// What deadlines go by, as configured.
pub(super) fn times(config: &Config) -> Times {
    let config = &config.transactions;
    Times {
        expiration_ms: config.id_expiration_ms,
        remove_interval_ms: config.remove_interval_ms,
        abort_interval_ms: config.abort_interval_ms,
    }
}

fn changed_topics(transactions: &Transactions, changed: &TopicsChanged) {
    if changed
        .deleted
        .iter()
        .any(|topic| &*topic.name == TRANSACTION_STATE)
    {
        transactions.unload();
    }
    if let Some(features) = &changed.features {
        let level = features.get(TRANSACTION_VERSION).copied().unwrap_or(0);
        transactions.set_version(TxnVersion::from_level(level));
    }
}
