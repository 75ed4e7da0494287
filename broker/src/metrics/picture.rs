//! What there is at the moment of a scrape.

use std::fmt;
use std::sync::Arc;

use storage::DiskSpace;

use crate::context::Context;
use crate::groups::GroupsCensus;
use crate::partition::{Folder, Folders, PartitionStore, Place};
use crate::transactions::TransactionsCensus;

/// How much longer than `transaction.max.timeout.ms` a transaction may be open before it counts as late
/// (`ProducerStateManager.LATE_TRANSACTION_BUFFER_MS`).
const LATE_BUFFER_MS: i64 = 5 * 60 * 1000;

/// A data folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderPicture {
    /// Absolute path.
    pub path: String,
    /// Out of use until a restart.
    pub offline: bool,
    /// What its file system says; `None` when it is offline or does not say.
    pub space: Option<DiskSpace>,
}

/// Everything that metrics are told from, gathered in one go.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// When this was gathered, milliseconds since the epoch.
    pub now_ms: i64,
    /// When the broker began to serve, milliseconds since the epoch.
    pub started_ms: i64,
    /// How long it has served, milliseconds.
    pub uptime_ms: i64,
    /// Clients' connections.
    pub connections: u64,
    /// Topics, the broker's own among them.
    pub topics: u64,
    /// Partitions of all topics.
    pub partitions: u64,
    /// Partitions that can neither be read nor written.
    pub offline_partitions: u64,
    /// Partitions whose oldest open transaction should long have been ended.
    pub late_partitions: u64,
    /// Producers that partitions remember.
    pub producer_ids: u64,
    /// Transactional ids.
    pub transactions: TransactionsCensus,
    /// Groups.
    pub groups: GroupsCensus,
    /// Data folders; none in memory.
    pub folders: Vec<FolderPicture>,
    /// Bytes of records in memory and their limit, when everything is kept there.
    pub memory: Option<(u64, u64)>,
}

/// Asks how many connections are open.
pub type Connections = Box<dyn Fn() -> usize + Send + Sync>;

/// What pictures are taken of.
pub struct Watched {
    context: Arc<Context>,
    store: Arc<PartitionStore>,
    connections: Connections,
    started_ms: i64,
    started_monotonic_ms: i64,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

impl Watched {
    /// A broker that begins to serve now.
    pub fn new(context: Arc<Context>, store: Arc<PartitionStore>, connections: Connections) -> Watched {
        let clock = &context.env.clock;
        Watched {
            started_ms: clock.now_ms(),
            started_monotonic_ms: clock.monotonic_ms(),
            context,
            store,
            connections,
        }
    }

    /// The broker, clock included.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Looks at everything. Takes short locks one after the other and asks the file systems for their free space; right
    /// behind a start it waits until the coordinators have read their logs ([`Transactions::census`](crate::transactions::Transactions::census),
    /// [`Groups::census`](crate::groups::Groups::census)).
    pub fn picture(&self) -> Picture {
        let context = &self.context;
        let clock = &context.env.clock;
        let mut picture = Picture {
            now_ms: clock.now_ms(),
            started_ms: self.started_ms,
            uptime_ms: clock.monotonic_ms() - self.started_monotonic_ms,
            connections: (self.connections)() as u64,
            transactions: context.transactions.census(),
            groups: context.groups.census(),
            ..Picture::default()
        };
        self.count_partitions(&mut picture);
        match self.store.place() {
            Place::Disk(folders) => picture.folders = look_at(folders),
            Place::Memory(budget) => picture.memory = Some((budget.used_bytes(), budget.limit_bytes())),
        }
        picture
    }

    /// Partitions that nobody has used since the start stay closed: a scrape must not open 100,000 logs. Their producers
    /// are not counted, as no client of theirs is there, and whoever meets a transaction there opens the log.
    fn count_partitions(&self, picture: &mut Picture) {
        let image = self.context.topics.image();
        let late_after_ms = i64::from(image.config.transactions.max_timeout_ms) + LATE_BUFFER_MS;
        picture.topics = image.topics().len() as u64;
        for partition in image.topics().flat_map(|topic| &topic.partitions) {
            let census = partition.census();
            let is_late = |last_ms: i64| last_ms > 0 && picture.now_ms - last_ms > late_after_ms;
            picture.partitions += 1;
            picture.offline_partitions += u64::from(census.offline);
            picture.late_partitions += u64::from(census.oldest_open_ms.is_some_and(is_late));
            picture.producer_ids += census.producers as u64;
        }
    }
}

fn look_at(folders: &Folders) -> Vec<FolderPicture> {
    let look = |folder: &Folder| FolderPicture {
        path: folder.path().display().to_string(),
        offline: folder.offline_reason().is_some(),
        space: folder
            .online()
            .and_then(|data| data.fs().space(folder.path()).ok()),
    };
    folders.list().iter().map(look).collect()
}
