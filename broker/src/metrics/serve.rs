//! The listener of the metrics: a few tasks, each of which answers one client after the other.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::exchange::exchange;
use super::picture::Watched;
use super::text::page;
use crate::partition::blocking;

/// Clients of one address that are answered at once; more wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 8;
/// Pause after accept fails, as it does when the process has no file handle left.
const ACCEPT_PAUSE_MS: i64 = 100;

/// Serves the metrics of a broker at an address. The tasks never end by themselves.
pub fn serve(listener: TcpListener, watched: &Arc<Watched>) -> Vec<JoinHandle<()>> {
    let listener = Arc::new(listener);
    let task = |_| {
        let work = answer_one_by_one(Arc::clone(&listener), Arc::clone(watched));
        watched.context().env.spawn(work)
    };
    (0..CONNECTIONS_MAX).map(task).collect()
}

async fn answer_one_by_one(listener: Arc<TcpListener>, watched: Arc<Watched>) {
    let env = &watched.context().env;
    loop {
        match listener.accept().await {
            Ok((stream, client)) => {
                let scrape = || blocking(|| page(watched.picture()));
                if let Err(error) = exchange(stream, env, scrape).await {
                    tracing::debug!(%client, %error, "lost a client that asked for metrics");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections for metrics; trying again");
                env.sleep_ms(ACCEPT_PAUSE_MS).await;
            }
        }
    }
}
