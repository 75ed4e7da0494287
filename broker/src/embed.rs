//! A broker inside a Rust test: start it, get its address, drop it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread::JoinHandle;

use anyhow::Context as _;
use tokio::sync::oneshot;

use crate::config::{Flush, Layers, StartOptions, Store};
use crate::env::Env;
use crate::server::Broker;

/// Memory that an embedded broker may use for records unless told otherwise: 1 GiB.
const MEMORY_LIMIT_BYTES: u64 = 1 << 30;
/// Threads of an embedded broker's own runtime.
const WORKER_THREADS: usize = 2;

/// Where clients connect, and where metrics are served if anywhere.
type Addresses = (SocketAddr, Option<SocketAddr>);

/// A running broker; dropping it drains and stops it.
///
/// It runs on a runtime of its own, so it serves under any test attribute.
///
/// ```
/// # async fn example() -> anyhow::Result<()> {
/// let kafka = ottla::Ottla::builder().memory().start().await?;
/// let bootstrap_servers = kafka.address();
/// # let _ = bootstrap_servers; Ok(()) }
/// ```
#[derive(Debug)]
pub struct Ottla {
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<anyhow::Result<()>>>,
}

/// What to start; see [`Ottla::builder`].
#[derive(Clone, Debug)]
pub struct OttlaBuilder {
    data: Option<PathBuf>,
    flush: Flush,
    listen: String,
    settings: Vec<(String, String)>,
}

impl Ottla {
    /// A broker in memory on a free port of 127.0.0.1, unless the builder is told otherwise.
    pub fn builder() -> OttlaBuilder {
        OttlaBuilder {
            data: None,
            flush: Flush::Os,
            listen: "127.0.0.1:0".to_owned(),
            settings: Vec::new(),
        }
    }

    /// The address for `bootstrap.servers`, as `host:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Where its metrics are served, as `host:port`; `None` unless `ottla.metrics` was set.
    pub fn metrics_address(&self) -> Option<String> {
        Some(self.metrics?.to_string())
    }

    /// Stops the broker and waits until its data folder is clean; dropping does the same but keeps
    /// quiet about faults.
    ///
    /// # Errors
    /// When the data folder could not be closed cleanly.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.finish()
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        drop(self.stop.take());
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => anyhow::bail!("the broker's thread panicked"),
            None => Ok(()),
        }
    }
}

impl Drop for Ottla {
    fn drop(&mut self) {
        if let Err(error) = self.finish() {
            tracing::warn!(%error, "the embedded broker did not stop cleanly");
        }
    }
}

impl OttlaBuilder {
    /// Keeps nothing (the default).
    #[must_use]
    pub fn memory(mut self) -> Self {
        self.data = None;
        self
    }

    /// Keeps data in a folder.
    #[must_use]
    pub fn data(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data = Some(folder.into());
        self
    }

    /// When an append counts as durable.
    #[must_use]
    pub fn flush(mut self, policy: Flush) -> Self {
        self.flush = policy;
        self
    }

    /// Listens on `host:port`; port 0 takes a free one.
    #[must_use]
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.listen = address.into();
        self
    }

    /// Sets a config by its Kafka name, as `--set` does.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((key.into(), value.into()));
        self
    }

    /// Starts the broker; it serves when this returns.
    ///
    /// # Errors
    /// A wrong setting, a taken port, or a folder that cannot be used.
    pub async fn start(self) -> anyhow::Result<Ottla> {
        let options = self.options()?;
        let (started, start_seen) = oneshot::channel();
        let (stop, stop_seen) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("ottla".to_owned())
            .spawn(move || run(&options, started, stop_seen))
            .context("cannot start the broker's thread")?;
        let (address, metrics) = start_seen
            .await
            .context("the broker's thread ended before it served")??;
        Ok(Ottla {
            address,
            metrics,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    fn options(self) -> anyhow::Result<StartOptions> {
        let mut layers = Layers {
            set: self.settings,
            ..Layers::default()
        };
        layers
            .flags
            .push(("listen", "listeners", format!("PLAINTEXT://{}", self.listen)));
        let storage = match self.data {
            None => Store::Memory {
                limit_bytes: MEMORY_LIMIT_BYTES,
            },
            Some(folder) => {
                layers
                    .flags
                    .push(("data", "log.dirs", folder.display().to_string()));
                Store::Disk
            }
        };
        Ok(StartOptions {
            storage,
            flush: self.flush,
            ..StartOptions::new(layers.config()?)
        })
    }
}

fn run(
    options: &StartOptions,
    started: oneshot::Sender<anyhow::Result<Addresses>>,
    stop_seen: oneshot::Receiver<()>,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKER_THREADS)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let broker = match Broker::start(options, Env::system()).await {
            Ok(broker) => broker,
            Err(error) => {
                let _ = started.send(Err(error));
                return Ok(());
            }
        };
        let address = broker.addresses().first().copied();
        let metrics = broker.metrics_addresses().first().copied();
        let addresses = address
            .map(|address| (address, metrics))
            .context("the broker has no listener");
        let _ = started.send(addresses);
        // The sender is never used, only dropped.
        tokio::select! {
            _ = stop_seen => broker.stop().await,
            reason = broker.failed() => {
                let _ = broker.stop().await;
                anyhow::bail!("the broker stopped: {reason}")
            }
        }
    })
}
