//! The connections that are open now: limits, idle close, drain.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::connection::Control;

/// Why a socket is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("max.connections = {0} are open already")]
    Total(usize),
    #[error("max.connections.per.ip = {0} are open from this address already")]
    PerIp(usize),
    #[error("the broker is stopping")]
    Stopping,
}

#[derive(Debug, Default)]
struct Inner {
    open: HashMap<u64, (IpAddr, Arc<Control>)>,
    per_ip: HashMap<IpAddr, usize>,
    last_id: u64,
    stopping: bool,
}

/// All open connections of the broker.
#[derive(Debug)]
pub(super) struct Registry {
    connections_max: usize,
    connections_per_ip_max: usize,
    inner: Mutex<Inner>,
    emptied: Notify,
}

/// A place in the registry; dropping it gives the place up.
#[derive(Debug)]
pub(super) struct Place {
    registry: Arc<Registry>,
    id: u64,
}

impl Registry {
    pub(super) fn new(connections_max: usize, connections_per_ip_max: usize) -> Arc<Registry> {
        Arc::new(Registry {
            connections_max,
            connections_per_ip_max,
            inner: Mutex::new(Inner::default()),
            emptied: Notify::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for a connection from `ip`.
    pub(super) fn enter(self: &Arc<Self>, ip: IpAddr, control: Arc<Control>) -> Result<Place, Refusal> {
        let mut inner = self.lock();
        if inner.stopping {
            return Err(Refusal::Stopping);
        }
        if inner.open.len() >= self.connections_max {
            return Err(Refusal::Total(self.connections_max));
        }
        let from_ip = inner.per_ip.entry(ip).or_default();
        if *from_ip >= self.connections_per_ip_max {
            return Err(Refusal::PerIp(self.connections_per_ip_max));
        }
        *from_ip += 1;
        inner.last_id += 1;
        let id = inner.last_id;
        inner.open.insert(id, (ip, control));
        Ok(Place {
            registry: Arc::clone(self),
            id,
        })
    }

    /// How many connections are open.
    pub(super) fn open_connections(&self) -> usize {
        self.lock().open.len()
    }

    /// Asks every connection that was silent since `before_ms` (monotonic) to close.
    pub(super) fn close_idle(&self, before_ms: i64) {
        for (_, control) in self.lock().open.values() {
            if control.last_activity_ms() < before_ms {
                control.close();
            }
        }
    }

    /// Asks all connections to close, and refuses new ones.
    pub(super) fn close_all(&self) {
        let mut inner = self.lock();
        inner.stopping = true;
        for (_, control) in inner.open.values() {
            control.close();
        }
    }

    /// Returns once no connection is open.
    pub(super) async fn empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.lock().open.is_empty() {
                return;
            }
            emptied.await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inner = self.registry.lock();
        if let Some((ip, _)) = inner.open.remove(&self.id)
            && let Some(count) = inner.per_ip.get_mut(&ip)
        {
            *count -= 1;
            if *count == 0 {
                inner.per_ip.remove(&ip);
            }
        }
        if inner.open.is_empty() {
            self.registry.emptied.notify_waiters();
        }
    }
}
