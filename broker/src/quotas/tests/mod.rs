//! Tests of quotas, by a clock that stands still until it is moved.

mod enforced;
mod limits;
mod parts;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use storage::MemoryBudget;

use super::*;
use crate::config::{Config, Flush, Profile};
use crate::env::{Clock, Env};
use crate::partition::{PartitionStore, Place};
use crate::records::metadata_quota::QuotaEntity;
use crate::topics::{ConfigChange, QuotaAlteration, Resource, Topics};

#[derive(Debug, Default)]
struct TestClock(AtomicI64);

impl TestClock {
    fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    fn monotonic_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

const ALICE: Client<'_> = Client {
    user: "alice",
    id: "one",
};

/// An entity by the names of a user and a client; `*` is the default, nothing leaves the type out.
fn entity(user: &str, client_id: &str) -> QuotaEntity {
    let name = |name: &str| (name != "*").then(|| name.to_owned());
    let names = [("user", user), ("client-id", client_id)].into_iter();
    let names = names.filter(|(_, of)| !of.is_empty());
    QuotaEntity(names.map(|(kind, of)| (kind.to_owned(), name(of))).collect())
}

fn ip(host: Option<&str>) -> QuotaEntity {
    QuotaEntity([("ip".to_owned(), host.map(str::to_owned))].into())
}

/// Quotas of a broker that keeps nothing.
struct Bench {
    clock: Arc<TestClock>,
    topics: Topics,
    quotas: Arc<Quotas>,
}

impl Bench {
    fn new() -> Bench {
        Bench::with(Config::of_profile(Profile::Dev))
    }

    fn with(config: Config) -> Bench {
        let clock = Arc::new(TestClock::default());
        clock.advance(1_000);
        let env = Env {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ..Env::system()
        };
        let place = Place::Memory(Arc::new(MemoryBudget::new(1 << 20)));
        let store = PartitionStore::open(env.clone(), place, Flush::Os).unwrap();
        let config = Arc::new(config);
        let topics = Topics::open(env.clone(), Arc::clone(&config), store).unwrap();
        let quotas = Quotas::open(env, &config, &topics);
        Bench {
            clock,
            topics,
            quotas,
        }
    }

    /// Sets a config of all brokers.
    async fn set_config(&self, name: &str, value: &str) {
        let change = ConfigChange {
            resource: Resource::broker(""),
            name: name.to_owned(),
            value: Some(value.to_owned()),
        };
        self.topics.alter_configs(vec![change]).await.unwrap();
    }

    async fn set(&self, entity: QuotaEntity, key: &str, value: Option<f64>) {
        let alteration = QuotaAlteration {
            entity,
            ops: vec![(key.to_owned(), value)],
        };
        let results = self.topics.alter_quotas(&[alteration], |_| true, false).await;
        assert!(results.iter().all(|(_, result)| result.is_ok()), "{results:?}");
    }
}
