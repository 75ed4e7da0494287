//! A running broker: everything that was opened, and how it is closed again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::accept::accept;
use super::bind::{BoundListener, bind};
use super::folder_watch::watch_folders;
use super::mover::{moves_at_once, run_moves};
use super::open_place::open_place;
use super::registry::Registry;
use super::surroundings::Surroundings;
use crate::config::{Config, Listener, Role, StartOptions};
use crate::connection::ConnectionLimits;
use crate::context::Context;
use crate::env::Env;
use crate::fetch::FetchSessions;
use crate::groups::Groups;
use crate::metrics::{self, Watched};
use crate::partition::{
    Cleaner, CleanerStop, DiskWatch, HeavyWork, Maintenance, PartitionStore, TimedFlushes,
};
use crate::quotas::Quotas;
use crate::records::metadata_broker::BrokerEndpoint;
use crate::topics::Topics;
use crate::transactions::Transactions;

/// Produce requests of one connection that may wait for a sync at once. Java's clients send five,
/// librdkafka a million; more than this only adds memory.
const PRODUCES_IN_FLIGHT_MAX: usize = 1024;
/// How often idle connections are looked for; an idle one lives at most this much longer.
const IDLE_SWEEP_MS: i64 = 10_000;
/// How often checkpoints are written (Kafka's `log.flush.offset.checkpoint.interval.ms`).
const CHECKPOINT_MS: i64 = 60_000;
/// How long a drain waits for clients that do not take their replies.
const DRAIN_MAX: Duration = Duration::from_secs(2);

/// A broker that serves. Call [`Broker::stop`]: dropping it ends the listeners but leaves the data
/// folder unclean, as kill -9 would.
#[derive(Debug)]
pub struct Broker {
    context: Arc<Context>,
    store: Arc<PartitionStore>,
    registry: Arc<Registry>,
    stopping: watch::Sender<bool>,
    fatal: watch::Receiver<Option<String>>,
    tasks: Vec<JoinHandle<()>>,
    /// Must have ended before the logs are closed.
    maintenance: JoinHandle<()>,
    /// The same.
    moves: Vec<JoinHandle<()>>,
    /// The same: they open logs.
    loading: Vec<JoinHandle<()>>,
    cleaner: Option<(CleanerStop, JoinHandle<()>)>,
    /// Answer who asks for metrics; none without `ottla.metrics`. Must have ended before the logs are closed.
    metrics: Vec<JoinHandle<()>>,
    metrics_addresses: Vec<SocketAddr>,
    place: String,
}

impl Broker {
    /// Opens the data folder, replays the metadata, binds the listeners and serves.
    ///
    /// # Errors
    /// When the port is taken, the folder cannot be used, or its metadata is damaged; the message says
    /// what to do.
    pub async fn start(options: &StartOptions, env: Env) -> anyhow::Result<Broker> {
        let config = Arc::new(options.config.clone());
        // Ports first: a second broker by mistake should hear about the port, not about the folder.
        let listeners = bind_all(&config)?;
        let metrics = match config.metrics_listener() {
            Some(listener) => bind(listener, Role::Broker, "--metrics")?,
            None => Vec::new(),
        };
        let (place, shown) = open_place(options, &config, &env)?;
        let store = PartitionStore::open(env.clone(), place, options.flush)?;
        let topics = Topics::open(env.clone(), Arc::clone(&config), Arc::clone(&store))?;
        let groups = Groups::open(env.clone(), &config, &topics);
        topics.register(registration(&config, &listeners)).await?;
        let transactions = Transactions::open(&env, &config, &topics, &groups);
        let (stopping, stop_seen) = watch::channel(false);
        let context = Arc::new(Context {
            fetch_sessions: FetchSessions::new(config.fetch_session_slots),
            quotas: Quotas::open(env.clone(), &config, &topics),
            config,
            topics,
            groups,
            transactions,
            heavy: HeavyWork::new(cores()),
            doors: ArcSwap::from_pointee(listeners.iter().map(BoundListener::door).collect()),
            stopping: stop_seen,
            env,
        });
        let mut broker = Broker::serve(context, store, listeners, stopping, shown);
        broker.serve_metrics(metrics);
        Ok(broker)
    }

    fn serve(
        context: Arc<Context>,
        store: Arc<PartitionStore>,
        listeners: Vec<BoundListener>,
        stopping: watch::Sender<bool>,
        place: String,
    ) -> Broker {
        let config = &context.config;
        let registry = Registry::open(&context.topics);
        let limits = ConnectionLimits {
            frame_bytes_max: config.socket_request_max_bytes,
            produces_in_flight_max: PRODUCES_IN_FLIGHT_MAX,
        };
        let idle_ms = config.connections_max_idle_ms;
        let mut tasks = Vec::with_capacity(listeners.len() + 4);
        let surroundings = Surroundings::look(
            &context.env,
            config.settings().text("ottla.container").unwrap_or("auto"),
        );
        let surroundings = Arc::new(surroundings);
        for listener in listeners {
            let (registry, surroundings) = (Arc::clone(&registry), Arc::clone(&surroundings));
            let task = accept(listener, Arc::clone(&context), registry, surroundings, limits);
            tasks.push(context.env.spawn(task));
        }
        if idle_ms >= 0 {
            tasks.push(
                context
                    .env
                    .spawn(sweep_idle(context.env.clone(), Arc::clone(&registry), idle_ms)),
            );
        }
        tasks.push(
            context
                .env
                .spawn(checkpoint(context.env.clone(), Arc::clone(&store))),
        );
        tasks.push(context.env.spawn(TimedFlushes::new(Arc::clone(&store)).run()));
        tasks.push(context.env.spawn(DiskWatch::new(Arc::clone(&store)).run()));
        let maintenance = context
            .env
            .spawn(Maintenance::new(Arc::clone(&store), config).run());
        let mover = || run_moves(Arc::clone(&store), context.topics.clone());
        let movers = moves_at_once(&store, config.moves_at_once);
        let moves = (0..movers).map(|_| context.env.spawn(mover())).collect();
        let loaders = context.groups.loading(cores());
        let loading = loaders.into_iter().map(|task| context.env.spawn(task)).collect();
        let cleaner = start_cleaner(&context, &store);
        let (fatal_sender, fatal) = watch::channel(None);
        let folders = watch_folders(Arc::clone(&store), context.topics.clone(), fatal_sender);
        tasks.push(context.env.spawn(folders));
        Broker {
            context,
            store,
            registry,
            stopping,
            fatal,
            tasks,
            maintenance,
            moves,
            loading,
            cleaner,
            metrics: Vec::new(),
            metrics_addresses: Vec::new(),
            place,
        }
    }

    fn serve_metrics(&mut self, listeners: Vec<BoundListener>) {
        if listeners.is_empty() {
            return;
        }
        let registry = Arc::clone(&self.registry);
        let watched = Arc::new(Watched::new(
            Arc::clone(&self.context),
            Arc::clone(&self.store),
            Box::new(move || registry.open_connections()),
        ));
        for listener in listeners {
            self.metrics_addresses.push(listener.address);
            self.metrics.extend(metrics::serve(listener.socket, &watched));
        }
    }

    /// Where clients can connect.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses_of(Role::Broker)
    }

    /// Where administrators reach the controller; nowhere without `controller.listener.names`.
    pub fn controller_addresses(&self) -> Vec<SocketAddr> {
        self.addresses_of(Role::Controller)
    }

    fn addresses_of(&self, role: Role) -> Vec<SocketAddr> {
        let doors = self.context.doors.load();
        let of_role = doors.iter().filter(|door| door.role == role);
        of_role.map(|door| door.address).collect()
    }

    /// Where metrics are served; nowhere without `ottla.metrics`.
    pub fn metrics_addresses(&self) -> &[SocketAddr] {
        &self.metrics_addresses
    }

    /// The data folder, or "memory", for people.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Handles to everything that runs.
    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Waits until the broker cannot go on, and answers why: the folder that holds the metadata failed, or all did.
    pub async fn failed(&self) -> String {
        let mut fatal = self.fatal.clone();
        loop {
            if let Some(reason) = fatal.borrow_and_update().clone() {
                return reason;
            }
            if fatal.changed().await.is_err() {
                // Nobody watches in memory.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Drains: answers what was received, closes connections and logs, marks the folder clean.
    ///
    /// # Errors
    /// When a log or the marker cannot be written: the next start recovers then.
    pub async fn stop(self) -> anyhow::Result<()> {
        for task in self.tasks.iter().chain(&self.metrics) {
            task.abort();
        }
        let _ = self.stopping.send(true);
        self.registry.close_all();
        if tokio::time::timeout(DRAIN_MAX, self.registry.empty())
            .await
            .is_err()
        {
            tracing::warn!("some clients did not take their last replies");
        }
        self.context.topics.close().await?;
        self.store.moves().stop();
        for task in self.moves.into_iter().chain(self.loading) {
            task.abort();
            let _ = task.await;
        }
        self.maintenance.abort();
        if let Some((cleanings, task)) = self.cleaner {
            cleanings.stop();
            task.abort();
            let _ = task.await;
        }
        // They end with "cancelled", which is what was asked for.
        let _ = self.maintenance.await;
        for task in self.metrics {
            let _ = task.await;
        }
        self.store
            .close()
            .context("the data folder could not be closed cleanly")?;
        Ok(())
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Binds all listeners, those of clients first.
fn bind_all(config: &Config) -> anyhow::Result<Vec<BoundListener>> {
    let mut bound = Vec::new();
    for (role, listeners) in [
        (Role::Broker, config.listeners()),
        (Role::Controller, config.controller_listeners()),
    ] {
        for listener in listeners {
            bound.extend(bind(listener, role, "--listen")?);
        }
    }
    Ok(bound)
}

/// What the cluster's metadata say about where this broker listens.
fn registration(config: &Config, listeners: &[BoundListener]) -> Vec<BrokerEndpoint> {
    let endpoint = |listener: &Listener| {
        let mut bound = listeners.iter().filter(|bound| *bound.name == listener.name);
        let bound = bound.next().map(|bound| bound.address);
        let advertised = config.advertised(&listener.name).unwrap_or(listener);
        let host = if advertised.host.is_empty() {
            "localhost"
        } else {
            &advertised.host
        };
        let port = if advertised.port == 0 {
            bound.map_or(0, |b| b.port())
        } else {
            advertised.port
        };
        BrokerEndpoint {
            name: listener.name.clone(),
            host: host.to_owned(),
            port,
            security_protocol: 0,
        }
    };
    config.listeners().iter().map(endpoint).collect()
}

/// Compaction in the background, unless `log.cleaner.enable` says no.
fn start_cleaner(
    context: &Arc<Context>,
    store: &Arc<PartitionStore>,
) -> Option<(CleanerStop, JoinHandle<()>)> {
    if !context.config.cleaner.enable {
        return None;
    }
    let topics = context.topics.clone();
    let cleaner = Cleaner::new(Arc::clone(store), Box::new(move || topics.image().config.cleaner));
    let stop = cleaner.stopper();
    Some((stop, context.env.spawn(cleaner.run())))
}

async fn sweep_idle(env: Env, registry: Arc<Registry>, idle_ms: i64) {
    loop {
        env.sleep_ms(IDLE_SWEEP_MS.min(idle_ms.max(1))).await;
        registry.close_idle(env.clock.monotonic_ms() - idle_ms);
    }
}

async fn checkpoint(env: Env, store: Arc<PartitionStore>) {
    loop {
        env.sleep_ms(CHECKPOINT_MS).await;
        if let Err(error) = tokio::task::block_in_place(|| store.checkpoint()) {
            tracing::warn!(%error, "could not write the checkpoints; trying again later");
        }
    }
}
