//! The handle: what is limited now, what was used, and how long whoever used more has to wait.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use arc_swap::ArcSwap;

use super::bucket::TokenBucket;
use super::client::{Client, Kind};
use super::limits::{Limit, Limits};
use super::rate::{Rate, Windows};
use super::sensors::Sensors;
use crate::config::Config;
use crate::env::Env;
use crate::topics::{ClientQuotas, Topics};

/// Set in [`Quotas::active`] when connections of addresses are limited.
const ADDRESSES: u8 = 1 << 7;
/// `max.connection.creation.rate` that means no limit.
const UNLIMITED: i64 = i32::MAX as i64;

type ByClient<S> = Sensors<(String, String), S>;

/// All quotas of clients, and what clients used of them. Where nothing is limited, a question costs one load.
#[derive(Debug)]
pub struct Quotas {
    env: Env,
    topics: Topics,
    /// A bit for each kind that is limited for anybody.
    active: AtomicU8,
    limits: ArcSwap<Limits>,
    windows: Windows,
    mutation_windows: Windows,
    produced: ByClient<Rate>,
    fetched: ByClient<Rate>,
    busy: ByClient<Rate>,
    mutated: ByClient<TokenBucket>,
    addresses: Sensors<IpAddr, Rate>,
    /// By listener, and of all under no name.
    connections: Sensors<Option<Arc<str>>, Rate>,
}

impl Quotas {
    /// The quotas of the metadata, now and whenever they change.
    pub fn open(env: Env, config: &Config, topics: &Topics) -> Arc<Quotas> {
        let settings = config.settings();
        let windows = |prefix: &str| Windows {
            samples: i64::from(settings.int(&format!("{prefix}quota.window.num"))).max(1),
            sample_ms: i64::from(settings.int(&format!("{prefix}quota.window.size.seconds"))).max(1) * 1000,
        };
        let quotas = Arc::new(Quotas {
            env,
            topics: topics.clone(),
            active: AtomicU8::new(0),
            limits: ArcSwap::default(),
            windows: windows(""),
            mutation_windows: windows("controller."),
            produced: Sensors::default(),
            fetched: Sensors::default(),
            busy: Sensors::default(),
            mutated: Sensors::default(),
            addresses: Sensors::default(),
            connections: Sensors::default(),
        });
        let own = Arc::downgrade(&quotas);
        topics.on_change(Box::new(move |changed| {
            if let (Some(now), Some(quotas)) = (&changed.quotas, own.upgrade()) {
                quotas.set(now);
            }
        }));
        quotas.set(&topics.image().quotas);
        quotas
    }

    fn set(&self, quotas: &ClientQuotas) {
        let limits = Limits::of(quotas);
        let mut active = Kind::ALL
            .into_iter()
            .filter(|kind| !limits.kind(*kind).is_empty())
            .fold(0, |bits, kind| bits | kind.bit());
        if limits.has_addresses() {
            active |= ADDRESSES;
        }
        self.limits.store(Arc::new(limits));
        self.active.store(active, Ordering::Relaxed);
    }

    /// Whether anything that clients ask for is limited for anybody.
    pub fn any(&self) -> bool {
        self.active.load(Ordering::Relaxed) & !ADDRESSES != 0
    }

    /// Whether one kind is limited for anybody.
    pub fn has(&self, kind: Kind) -> bool {
        self.active.load(Ordering::Relaxed) & kind.bit() != 0
    }

    /// Notes that a client sent so many bytes to be written; answers how long it has to wait, in milliseconds.
    pub fn produced(&self, client: Client<'_>, bytes: usize) -> i32 {
        self.used(Kind::Produce, &self.produced, client, bytes as f64)
    }

    /// Notes that a client is to get so many bytes; answers how long it has to wait instead: then they were not noted.
    pub fn fetched(&self, client: Client<'_>, bytes: usize) -> i32 {
        let bytes = bytes as f64;
        let wait_ms = self.used(Kind::Fetch, &self.fetched, client, bytes);
        if wait_ms > 0 {
            self.used(Kind::Fetch, &self.fetched, client, -bytes);
        }
        wait_ms
    }

    /// Takes back what [`Quotas::fetched`] noted: the client gets nothing for another reason.
    pub fn not_fetched(&self, client: Client<'_>, bytes: usize) {
        self.used(Kind::Fetch, &self.fetched, client, -(bytes as f64));
    }

    /// The most bytes that a client may get at once: more would be over its quota even if it had got nothing before.
    pub fn fetch_max_bytes(&self, client: Client<'_>) -> usize {
        if !self.has(Kind::Fetch) {
            return usize::MAX;
        }
        let span_s = (self.windows.samples - 1) * self.windows.sample_ms / 1000;
        let limits = self.limits.load();
        let limit = limits.kind(Kind::Fetch).of(client);
        limit.map_or(usize::MAX, |limit| (limit.bound * span_s as f64) as usize)
    }

    /// Notes that a client's request took so many nanoseconds of a thread; answers how long it has to wait, in
    /// milliseconds: at most a sample's span.
    pub fn worked(&self, client: Client<'_>, ns: i64) -> i32 {
        let percent = ns as f64 * 100.0 / 1e9;
        let wait_ms = self.used(Kind::Request, &self.busy, client, percent);
        wait_ms.min(to_wait(self.windows.sample_ms))
    }

    fn used(&self, kind: Kind, sensors: &ByClient<Rate>, client: Client<'_>, amount: f64) -> i32 {
        if !self.has(kind) {
            return 0;
        }
        let limits = self.limits.load();
        let Some(limit) = limits.kind(kind).of(client) else {
            return 0;
        };
        let now_ms = self.now_ms();
        let excess_ms = sensors.with(key(limit), now_ms, Rate::default, |rate| {
            rate.record(self.windows, amount, now_ms);
            rate.excess_ms(self.windows, limit.bound, now_ms)
        });
        to_wait(excess_ms)
    }

    /// Spends a token for each partition that a client makes or removes. `strict` refuses when the bucket is empty;
    /// else it may be overdrawn and the client has to wait. Answers how long, and whether it was refused.
    pub(super) fn mutated(&self, client: Client<'_>, partitions: usize, strict: bool) -> (i32, bool) {
        let limits = self.limits.load();
        let Some(limit) = limits.kind(Kind::Mutations).of(client) else {
            return (0, false);
        };
        let (now_ms, windows, rate) = (self.now_ms(), self.mutation_windows, limit.bound);
        let full = || TokenBucket::full(windows, rate, now_ms);
        let (wait_ms, refused) = self.mutated.with(key(limit), now_ms, full, |bucket| {
            if strict {
                let wait_ms = bucket.excess_ms(windows, rate, now_ms);
                if wait_ms > 0 {
                    return (wait_ms, true);
                }
            }
            bucket.spend(windows, rate, partitions as f64, now_ms);
            let wait_ms = bucket.excess_ms(windows, rate, now_ms);
            (if strict { 0 } else { wait_ms }, false)
        });
        (to_wait(wait_ms), refused)
    }

    /// Notes a new connection from an address; answers how long it is to be held and then closed, in milliseconds,
    /// or 0 if it may come in.
    pub fn connected_from(&self, address: IpAddr) -> i32 {
        if self.active.load(Ordering::Relaxed) & ADDRESSES == 0 {
            return 0;
        }
        let Some(bound) = self.limits.load().of_address(address) else {
            return 0;
        };
        let (now_ms, windows) = (self.now_ms(), self.windows);
        let excess_ms = self.addresses.with(address, now_ms, Rate::default, |rate| {
            rate.record(windows, 1.0, now_ms);
            let excess_ms = rate.excess_ms(windows, bound, now_ms);
            if excess_ms > 0 {
                rate.record(windows, -1.0, now_ms);
            }
            excess_ms
        });
        to_wait(excess_ms.min(windows.sample_ms))
    }

    /// Notes a new connection; answers how long to accept none behind it on its listener, in milliseconds
    /// (`max.connection.creation.rate`, of the broker and of the listener).
    pub fn connected(&self, listener: &Arc<str>) -> i32 {
        self.note_connection(listener, 1.0)
    }

    /// Takes back what [`Quotas::connected`] noted: the connection is not let in for another reason.
    pub fn not_connected(&self, listener: &Arc<str>) {
        self.note_connection(listener, -1.0);
    }

    fn note_connection(&self, listener: &Arc<str>, count: f64) -> i32 {
        let config = &self.topics.image().config;
        let note = |of: Option<&Arc<str>>, bound: i64| {
            if bound == UNLIMITED {
                return 0;
            }
            let (now_ms, windows) = (self.now_ms(), self.windows);
            let excess_ms = self.connections.with(of.cloned(), now_ms, Rate::default, |rate| {
                rate.record(windows, count, now_ms);
                rate.excess_ms(windows, bound as f64, now_ms)
            });
            to_wait(excess_ms.min(windows.sample_ms))
        };
        let of_all = match config.is_protected(listener) {
            true => 0,
            false => note(None, config.settings().number("max.connection.creation.rate")),
        };
        of_all.max(note(Some(listener), config.connection_rate_on(listener)))
    }

    fn now_ms(&self) -> i64 {
        self.env.clock.monotonic_ms()
    }
}

fn key(limit: Limit<'_>) -> (String, String) {
    (limit.user.to_owned(), limit.client_id.to_owned())
}

fn to_wait(ms: i64) -> i32 {
    i32::try_from(ms).unwrap_or(i32::MAX)
}
