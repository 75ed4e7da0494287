//! The connections that are open now: limits, idle close, drain.
//!
//! Limits are Kafka's (`ConnectionQuotas`) and those of the moment: a listener that is full, or whose broker is, accepts
//! nobody until a place is free; an address that has too many is sent away.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::config::{Config, Role};
use crate::connection::Control;
use crate::quotas::find_address_now;
use crate::topics::Topics;

/// Why a socket is not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("max.connections = {0} are open already")]
    Full(usize),
    #[error("max.connections.per.ip = {0} are open from this address already")]
    PerIp(usize),
    #[error("the broker is stopping")]
    Stopping,
}

/// Whence a connection comes.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// The client's address.
    pub(super) ip: IpAddr,
    /// The listener that it came in by.
    pub(super) listener: Arc<str>,
    /// Whom the listener is for. Brokers and controllers count apart.
    pub(super) role: Role,
}

#[derive(Debug)]
struct Open {
    origin: Origin,
    control: Arc<Control>,
}

#[derive(Debug, Default)]
struct Inner {
    open: HashMap<u64, Open>,
    per_ip: HashMap<IpAddr, usize>,
    per_listener: HashMap<Arc<str>, (Role, usize)>,
    /// Limits of some addresses.
    overrides: HashMap<IpAddr, usize>,
    last_id: u64,
    stopping: bool,
}

/// All open connections of the broker.
#[derive(Debug, Default)]
pub(super) struct Registry {
    inner: Mutex<Inner>,
    /// A place is free, limits are others, or the broker stops.
    changed: Notify,
}

/// A place in the registry; dropping it gives the place up.
#[derive(Debug)]
pub(super) struct Place {
    registry: Arc<Registry>,
    id: u64,
}

impl Inner {
    fn of_role(&self, role: Role) -> usize {
        let of_role = self.per_listener.values().filter(|(of, _)| *of == role);
        of_role.map(|(_, count)| count).sum()
    }

    /// Whether a listener has room, and if not, for how many there is.
    fn require_room(&self, config: &Config, origin: &Origin) -> Result<(), Refusal> {
        let listener = &origin.listener;
        let of_listener = config.max_connections_on(listener);
        let (_, count) = self
            .per_listener
            .get(listener)
            .copied()
            .unwrap_or((origin.role, 0));
        if count >= of_listener {
            return Err(Refusal::Full(of_listener));
        }
        match config.is_protected(listener) || self.of_role(origin.role) < config.max_connections {
            true => Ok(()),
            false => Err(Refusal::Full(config.max_connections)),
        }
    }

    /// Asks connections to close that are more than the broker may have, those that were silent longest.
    fn close_excess(&self, config: &Config) {
        for role in [Role::Broker, Role::Controller] {
            let excess = self.of_role(role).saturating_sub(config.max_connections);
            if excess == 0 {
                continue;
            }
            let may_go =
                |open: &Open| open.origin.role == role && !config.is_protected(&open.origin.listener);
            let mut candidates: Vec<(&u64, &Open)> =
                self.open.iter().filter(|(_, open)| may_go(open)).collect();
            // Those that close already count first, and of one millisecond the older connection. Activity goes on
            // meanwhile, so each is looked at once.
            candidates.sort_by_cached_key(|(id, open)| {
                let control = &open.control;
                (!control.closing(), control.last_activity_ms(), **id)
            });
            let gone = candidates.iter().take(excess);
            gone.for_each(|(_, open)| open.control.close());
        }
    }
}

impl Registry {
    /// Nobody is there yet; limits that change act at once.
    pub(super) fn open(topics: &Topics) -> Arc<Registry> {
        let registry = Arc::new(Registry::default());
        registry.apply(&topics.image().config);
        let own = Arc::downgrade(&registry);
        topics.on_change(Box::new(move |changed| {
            if let (Some(config), Some(registry)) = (&changed.config, own.upgrade()) {
                registry.apply(config);
            }
        }));
        registry
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for a connection.
    pub(super) fn enter(
        self: &Arc<Self>,
        config: &Config,
        origin: &Origin,
        control: &Arc<Control>,
    ) -> Result<Place, Refusal> {
        let mut inner = self.lock();
        if inner.stopping {
            return Err(Refusal::Stopping);
        }
        inner.require_room(config, origin)?;
        let own = inner.overrides.get(&origin.ip).copied();
        let per_ip_max = own.unwrap_or(config.max_connections_per_ip);
        let from_ip = inner.per_ip.entry(origin.ip).or_default();
        if *from_ip >= per_ip_max {
            return Err(Refusal::PerIp(per_ip_max));
        }
        *from_ip += 1;
        let (_, on_listener) = inner
            .per_listener
            .entry(Arc::clone(&origin.listener))
            .or_insert((origin.role, 0));
        *on_listener += 1;
        inner.last_id += 1;
        let id = inner.last_id;
        let (origin, control) = (origin.clone(), Arc::clone(control));
        inner.open.insert(id, Open { origin, control });
        inner.close_excess(config);
        Ok(Place {
            registry: Arc::clone(self),
            id,
        })
    }

    /// Returns at the next change after this call that may make room.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// Looks at limits that are others now.
    fn apply(&self, config: &Config) {
        let named = config.max_connections_per_ip_overrides.iter();
        let overrides = named.filter_map(|(host, limit)| Some((find_address_now(host)?, *limit)));
        let overrides = overrides.collect();
        let mut inner = self.lock();
        inner.overrides = overrides;
        inner.close_excess(config);
        self.changed.notify_waiters();
    }

    /// How many connections are open.
    pub(super) fn open_connections(&self) -> usize {
        self.lock().open.len()
    }

    /// Asks every connection that was silent since `before_ms` (monotonic) to close.
    pub(super) fn close_idle(&self, before_ms: i64) {
        for Open { control, .. } in self.lock().open.values() {
            if control.last_activity_ms() < before_ms {
                control.close();
            }
        }
    }

    /// Asks all connections to close, and refuses new ones.
    pub(super) fn close_all(&self) {
        let mut inner = self.lock();
        inner.stopping = true;
        for Open { control, .. } in inner.open.values() {
            control.close();
        }
        self.changed.notify_waiters();
    }

    /// Returns once no connection is open.
    pub(super) async fn empty(&self) {
        loop {
            let changed = self.changed();
            if self.lock().open.is_empty() {
                return;
            }
            changed.await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inner = self.registry.lock();
        if let Some(Open { origin, .. }) = inner.open.remove(&self.id) {
            if let Some(count) = inner.per_ip.get_mut(&origin.ip) {
                *count -= 1;
                if *count == 0 {
                    inner.per_ip.remove(&origin.ip);
                }
            }
            if let Some((_, count)) = inner.per_listener.get_mut(&origin.listener) {
                *count -= 1;
            }
        }
        self.registry.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Profile, Settings, Source};

    fn origin(listener: &str, role: Role) -> Origin {
        Origin {
            ip: [127, 0, 0, 1].into(),
            listener: listener.into(),
            role,
        }
    }

    #[test]
    fn the_limit_of_the_broker_passes_by_brokers_among_themselves_and_controllers() {
        let mut settings = Settings::new(Profile::Kafka);
        let given = [
            ("listeners", "PLAINTEXT://:1,EXT://:2"),
            (
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,EXT:PLAINTEXT",
            ),
            ("max.connections", "1"),
            ("listener.name.plaintext.max.connections", "2"),
        ];
        settings.lay(given, &Source::Set).unwrap();
        let config = Config::new(settings).unwrap();
        let registry = Arc::new(Registry::default());
        let enter = |listener: &str, role| {
            let control = Arc::new(Control::new(0));
            let entered = registry.enter(&config, &origin(listener, role), &control);
            entered.map(|place| (place, control))
        };
        let (place, control) = enter("EXT", Role::Broker).unwrap();
        assert_eq!(enter("EXT", Role::Broker).unwrap_err(), Refusal::Full(1));
        let _of_controller = enter("CONTROLLER", Role::Controller).unwrap();
        assert!(!control.closing());
        let _among_brokers = [(); 2].map(|()| enter("PLAINTEXT", Role::Broker).unwrap());
        assert!(control.closing(), "it makes room for brokers");
        assert_eq!(enter("PLAINTEXT", Role::Broker).unwrap_err(), Refusal::Full(2));
        drop(place);
        assert_eq!(
            enter("EXT", Role::Broker).unwrap_err(),
            Refusal::Full(1),
            "brokers count, too"
        );
        assert_eq!(registry.open_connections(), 3);
    }

    #[test]
    fn of_connections_silent_equally_long_the_oldest_go() {
        let mut settings = Settings::new(Profile::Kafka);
        settings.lay([("max.connections", "4")], &Source::Set).unwrap();
        let mut config = Config::new(settings).unwrap();
        let registry = Arc::new(Registry::default());
        let open: Vec<_> = (0..4)
            .map(|_| {
                let control = Arc::new(Control::new(0));
                let place = registry.enter(&config, &origin("EXT", Role::Broker), &control);
                (place.unwrap(), control)
            })
            .collect();
        config.max_connections = 1;
        registry.apply(&config);
        let closing: Vec<bool> = open.iter().map(|(_, control)| control.closing()).collect();
        assert_eq!(closing, [true, true, true, false]);
    }
}
