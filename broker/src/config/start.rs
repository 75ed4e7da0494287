//! Everything a broker is started with.

use std::path::PathBuf;

use crate::announce::Announce;

use super::broker_config::{Config, Flush, Store};
use super::profile::Profile;

/// What `server::run` takes.
#[derive(Clone, Debug)]
pub struct StartOptions {
    /// The effective config.
    pub config: Config,
    /// Disk or memory.
    pub storage: Store,
    /// When a write counts as done.
    pub flush: Flush,
    /// File to write when serving: the addresses, one a line.
    pub ready_file: Option<PathBuf>,
    /// Print where it listens and how to stop it.
    pub banner: bool,
    /// Print the lines that somebody waits for who expects another broker.
    pub announce: Option<Announce>,
}

impl StartOptions {
    /// Starts with a config, as it says, without a banner.
    pub fn new(config: Config) -> StartOptions {
        let (storage, flush) = (config.store.clone(), config.flush);
        StartOptions {
            config,
            storage,
            flush,
            ready_file: None,
            banner: false,
            announce: None,
        }
    }

    /// A memory-only broker of the `dev` profile on a free port of localhost: what tests start.
    pub fn in_memory() -> StartOptions {
        let mut options = StartOptions::new(Config::of_profile(Profile::Dev).on_free_port());
        options.storage = Store::Memory { limit_bytes: 1 << 30 };
        options
    }
}
