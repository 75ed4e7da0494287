//! Incremental fetch sessions (KIP-227): a consumer names its partitions once, then only what changes,
//! and is told only what changed. Rules of Kafka's `FetchSession`.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::read::PartitionRead;
use super::want::{PartitionKey, TopicRef, Want};

/// Epoch of a request outside any session, which also closes the session it names.
const FINAL_EPOCH: i32 = -1;
/// Epoch of a request that opens a session.
const INITIAL_EPOCH: i32 = 0;
/// A session unused for this long may make room for a new one
/// (`min.incremental.fetch.session.eviction.ms`).
const EVICTION_MS: i64 = 120_000;

/// Why an incremental fetch is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// No such session: closed, evicted, or from before a restart.
    #[error("fetch session not found")]
    NotFound,
    /// The request is not the next one of its session.
    #[error("invalid fetch session epoch")]
    InvalidEpoch,
    /// The session names topics by id and the request by name, or the other way round.
    #[error("the fetch session and the request name topics differently")]
    TopicIdMismatch,
}

/// One partition of a session, with what the client was told last.
#[derive(Debug)]
struct Cached {
    want: Want,
    high_watermark: i64,
    log_start_offset: i64,
    /// An error is repeated until it goes, so it counts as news.
    failed: bool,
}

#[derive(Debug)]
struct Session {
    id: i32,
    /// Epoch that the next request must carry.
    next_epoch: i32,
    by_id: bool,
    last_used_ms: i64,
    /// In serving order: partitions that yielded data go to the end, so that none starves.
    partitions: Vec<Cached>,
}

#[derive(Debug, Default)]
struct Cache {
    sessions: HashMap<i32, Arc<Mutex<Session>>>,
    last_id: i32,
}

/// All sessions of the broker; at most `slots_max` (`max.incremental.fetch.session.cache.slots`).
#[derive(Debug)]
pub struct FetchSessions {
    slots_max: usize,
    cache: Mutex<Cache>,
}

/// What one request covers, and how its answer is cut down.
#[derive(Debug)]
pub struct FetchScope {
    /// Partitions to read, in serving order.
    pub wants: Vec<Want>,
    session: Option<Arc<Mutex<Session>>>,
    /// The first answer of a session, and any outside one, lists every partition.
    full: bool,
}

impl FetchSessions {
    /// A cache with room for `slots_max` sessions.
    pub fn new(slots_max: usize) -> FetchSessions {
        FetchSessions {
            slots_max,
            cache: Mutex::new(Cache::default()),
        }
    }

    /// Resolves what a request asks for.
    ///
    /// `by_id` tells whether this request's version names topics by id.
    ///
    /// # Errors
    /// [`SessionError`] for an incremental request that fits no session.
    pub fn begin(
        &self,
        session_id: i32,
        epoch: i32,
        by_id: bool,
        wants: Vec<Want>,
        forgotten: &[PartitionKey],
        now_ms: i64,
    ) -> Result<FetchScope, SessionError> {
        if epoch == FINAL_EPOCH || epoch == INITIAL_EPOCH {
            if session_id != 0 {
                lock(&self.cache).sessions.remove(&session_id);
            }
            let session = if epoch == INITIAL_EPOCH {
                self.create(by_id, &wants, now_ms)
            } else {
                None
            };
            return Ok(FetchScope {
                wants,
                session,
                full: true,
            });
        }
        let session = lock(&self.cache)
            .sessions
            .get(&session_id)
            .cloned()
            .ok_or(SessionError::NotFound)?;
        let mut state = lock(&session);
        if state.by_id != by_id {
            return Err(SessionError::TopicIdMismatch);
        }
        if state.next_epoch != epoch {
            return Err(SessionError::InvalidEpoch);
        }
        state.update(wants, forgotten);
        state.last_used_ms = now_ms;
        let wants: Vec<Want> = state
            .partitions
            .iter()
            .map(|cached| cached.want.clone())
            .collect();
        if wants.is_empty() {
            lock(&self.cache).sessions.remove(&session_id);
            return Ok(FetchScope {
                wants,
                session: None,
                full: true,
            });
        }
        state.next_epoch = if epoch == i32::MAX { 1 } else { epoch + 1 };
        drop(state);
        Ok(FetchScope {
            wants,
            session: Some(session),
            full: false,
        })
    }

    /// A request gets nothing because its client is over its quota: a session that it was to open is not opened, one
    /// that was open stays as it is. Answers the session's id (Kafka: `FetchContext.getThrottledResponse`).
    pub fn held_back(&self, scope: FetchScope) -> i32 {
        let Some(session) = scope.session else { return 0 };
        let id = lock(&session).id;
        if scope.full {
            lock(&self.cache).sessions.remove(&id);
            return 0;
        }
        id
    }

    fn create(&self, by_id: bool, wants: &[Want], now_ms: i64) -> Option<Arc<Mutex<Session>>> {
        if wants.is_empty() {
            return None;
        }
        let mut cache = lock(&self.cache);
        if cache.sessions.len() >= self.slots_max && !cache.evict(now_ms) {
            return None;
        }
        let id = cache.next_id();
        let partitions = wants.iter().cloned().map(Cached::new).collect();
        let session = Session {
            id,
            next_epoch: 1,
            by_id,
            last_used_ms: now_ms,
            partitions,
        };
        let session = Arc::new(Mutex::new(session));
        cache.sessions.insert(id, Arc::clone(&session));
        Some(session)
    }
}

impl Cache {
    /// Makes room by dropping the session that was idle longest, if it was idle long enough.
    fn evict(&mut self, now_ms: i64) -> bool {
        let oldest = self
            .sessions
            .iter()
            .map(|(id, session)| (lock(session).last_used_ms, *id))
            .min();
        match oldest {
            Some((last_used_ms, id)) if now_ms - last_used_ms > EVICTION_MS => {
                self.sessions.remove(&id).is_some()
            }
            _ => false,
        }
    }

    /// Ids are positive; 0 means "no session".
    fn next_id(&mut self) -> i32 {
        loop {
            self.last_id = if self.last_id == i32::MAX {
                1
            } else {
                self.last_id + 1
            };
            if !self.sessions.contains_key(&self.last_id) {
                return self.last_id;
            }
        }
    }
}

impl Cached {
    fn new(want: Want) -> Cached {
        Cached {
            want,
            high_watermark: -1,
            log_start_offset: -1,
            failed: false,
        }
    }

    /// Remembers what a read says; true if it is news to the client.
    fn note(&mut self, read: &PartitionRead) -> bool {
        let failed = read.error.is_some();
        let news = failed
            || self.failed
            || read.bytes > 0
            || read.diverging.is_some()
            || read.high_watermark != self.high_watermark
            || read.log_start_offset != self.log_start_offset;
        self.high_watermark = read.high_watermark;
        self.log_start_offset = read.log_start_offset;
        self.failed = failed;
        news
    }
}

impl Session {
    fn update(&mut self, wants: Vec<Want>, forgotten: &[PartitionKey]) {
        if wants.is_empty() && forgotten.is_empty() {
            return;
        }
        let mut at = self.places();
        for want in wants {
            match at.get(&want.key).and_then(|i| self.partitions.get_mut(*i)) {
                Some(cached) => cached.want = want,
                None => {
                    at.insert(want.key.clone(), self.partitions.len());
                    self.partitions.push(Cached::new(want));
                }
            }
        }
        if !forgotten.is_empty() {
            let forgotten: HashSet<&PartitionKey> = forgotten.iter().collect();
            self.partitions
                .retain(|cached| !forgotten.contains(&cached.want.key));
        }
    }

    /// Drops reads that tell nothing new and remembers what is told.
    fn note(&mut self, reads: Vec<PartitionRead>, full: bool) -> Vec<PartitionRead> {
        let mut told = Vec::with_capacity(reads.len());
        let mut served = vec![false; self.partitions.len()];
        // Reads come in the session's own order, unless the session changed meanwhile.
        let in_order = reads.len() <= self.partitions.len()
            && (reads.iter().zip(&self.partitions)).all(|(read, cached)| read.key == cached.want.key);
        let places = match in_order {
            true => HashMap::new(),
            false => self.places(),
        };
        for (at, read) in reads.into_iter().enumerate() {
            let place = if in_order {
                Some(at)
            } else {
                places.get(&read.key).copied()
            };
            let Some(place) = place else {
                told.push(read);
                continue;
            };
            let (Some(cached), Some(served)) = (self.partitions.get_mut(place), served.get_mut(place)) else {
                continue;
            };
            *served = read.bytes > 0;
            if cached.note(&read) || full {
                told.push(read);
            }
        }
        if served.contains(&true) && served.contains(&false) {
            let mut served = served.into_iter();
            let (mut last, mut rest): (Vec<_>, Vec<_>) = self
                .partitions
                .drain(..)
                .partition(|_| served.next().unwrap_or(false));
            rest.append(&mut last);
            self.partitions = rest;
        }
        told
    }

    fn places(&self) -> HashMap<PartitionKey, usize> {
        let keys = self.partitions.iter().map(|cached| cached.want.key.clone());
        keys.zip(0..).collect()
    }
}

impl FetchScope {
    /// Session id of the answer (0 outside any session) and the reads it lists.
    pub fn finish(self, reads: Vec<PartitionRead>) -> (i32, Vec<PartitionRead>) {
        match self.session {
            None => (0, reads),
            Some(session) => {
                let mut session = lock(&session);
                (session.id, session.note(reads, self.full))
            }
        }
    }
}

impl PartitionKey {
    /// The topic's name, if the request named it so.
    pub fn topic_name(&self) -> Option<&Arc<str>> {
        match &self.topic {
            TopicRef::Name(name) => Some(name),
            TopicRef::Id(_) => None,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
