//! The binary's life: start, tell people, serve until a signal, drain.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use super::broker::Broker;
use crate::announce::Announce;
use crate::banner::banner;
use crate::config::StartOptions;
use crate::env::Env;
use crate::log_levels::LogLevels;

/// Threads of the runtime at least: one `pwrite` that stalls must not stop the others.
const WORKER_THREADS_MIN: usize = 4;
/// Threads for reads that miss the page cache and for opening logs.
const BLOCKING_THREADS_MAX: usize = 64;

/// Exit code after a second signal: the data folder is left as kill -9 would.
const EXIT_AT_ONCE: i32 = 130;

/// How long a client may take to alter advertised listeners before others are told that nothing more is to come. Kafka's
/// controller first looks after leaders so long after its start.
const SETTLED_MS: i64 = 5_000;
/// How often is looked meanwhile.
const SETTLED_STEP_MS: i64 = 10;

/// Runs a broker until SIGTERM or SIGINT; a second signal ends the process at once. `log` changes what the process logs.
///
/// # Errors
/// When it cannot start or cannot stop cleanly.
pub fn run(options: &StartOptions, log: LogLevels) -> anyhow::Result<()> {
    raise_open_files_limit();
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .max(WORKER_THREADS_MIN);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .enable_all()
        .build()
        .context("cannot start the runtime")?
        .block_on(serve(options, log))
}

async fn serve(options: &StartOptions, log: LogLevels) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let env = Env { log, ..Env::system() };
    let broker = Broker::start(options, env.clone()).await?;
    // Before it says that it is ready: without the file the start has failed.
    if let Some(path) = &options.ready_file {
        write_ready_file(&env, path, &broker)?;
    }
    if options.banner {
        print_banner(&broker);
    }
    if let Some(whose) = options.announce {
        announce(whose, &env, &broker);
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        reason = broker.failed() => {
            let _ = broker.stop().await;
            anyhow::bail!("the broker stopped: {reason}");
        }
    }
    tracing::info!("stopping: answering what was received; a second signal stops at once");
    // In a task of its own: closing many logs keeps this one busy.
    env.spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(EXIT_AT_ONCE);
    });
    broker.stop().await
}

fn print_banner(broker: &Broker) {
    // A closed standard output is no reason not to serve.
    let text = banner(
        &broker.addresses(),
        &broker.controller_addresses(),
        broker.place(),
        broker.metrics_addresses(),
    );
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Prints the lines that modules and scripts wait for.
fn announce(whose: Announce, env: &Env, broker: &Broker) {
    let context = Arc::clone(broker.context());
    let _ = std::io::stdout().write_all(whose.serving(context.config.node_id).as_bytes());
    let (clock, sleeper) = (Arc::clone(&env.clock), env.clone());
    env.spawn(async move {
        let until = clock.monotonic_ms() + SETTLED_MS;
        let is_altered = || {
            let image = context.topics.image();
            image.config.settings().node_of("advertised.listeners").is_some()
        };
        while !is_altered() && clock.monotonic_ms() < until {
            sleeper.sleep_ms(SETTLED_STEP_MS).await;
        }
        let _ = std::io::stdout().write_all(whose.settled().as_bytes());
    });
}

fn write_ready_file(env: &Env, path: &Path, broker: &Broker) -> anyhow::Result<()> {
    let clients = broker
        .addresses()
        .into_iter()
        .map(|address| format!("{address}\n"));
    let controller = broker.controller_addresses().into_iter();
    let controller = controller.map(|address| format!("controller {address}\n"));
    let lines: String = clients.chain(controller).collect();
    env.fs
        .write_atomic(path, lines.as_bytes())
        .with_context(|| format!("cannot write the ready file {}", path.display()))
}

/// Each connection is a file handle; the soft limit of many shells is 1,024.
fn raise_open_files_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current < limit.maximum || limit.maximum.is_none() {
        let wanted = Rlimit {
            current: limit.maximum.or(limit.current),
            maximum: limit.maximum,
        };
        // Not being allowed to is no fault: the limit that there is applies.
        let _ = setrlimit(Resource::Nofile, wanted);
    }
}
