//! A broker's storage in small: a folder of partitions on a simulated disk, and a history of what happens to it.

use std::sync::Arc;

use storage::{CheckpointEntry, DataFolder, Log, LogOptions, NameOrder, SimFaults, SimFs};
use uuid::Uuid;

use crate::partition::Partition;
use crate::rng::Rng;
use crate::trace;

const PARTITIONS: u64 = 3;

/// When appends count as done, as the config `log.flush` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Once written.
    Os,
    /// Once synced.
    Fsync,
}

/// What a history forgets to do, to prove that it would be noticed.
pub type Sabotage = fn(&SimFs);

pub struct World {
    pub rng: Rng,
    pub fs: SimFs,
    pub folder: Option<Arc<DataFolder>>,
    pub partitions: Vec<Partition>,
    pub policy: Policy,
    pub now_ms: i64,
    /// Rises with every unclean start.
    pub epoch: i32,
    pub(super) faults: SimFaults,
    pub(super) sabotage: Sabotage,
}

impl World {
    pub fn new(seed: u64, sabotage: Sabotage) -> World {
        let mut rng = Rng(seed);
        let fs = SimFs::new(rng.below(u64::MAX));
        fs.set_name_order(rng.pick(&[NameOrder::Journal, NameOrder::Directory, NameOrder::Any]));
        let policy = rng.pick(&[Policy::Os, Policy::Fsync]);
        let faults = match rng.below(3) {
            0 => SimFaults {
                write_error: 60,
                no_space: 40,
                sync_error: 150,
                name_error: 120,
                short_write: 5,
                short_read: 5,
                ..SimFaults::default()
            },
            _ => SimFaults {
                short_read: 20,
                ..SimFaults::default()
            },
        };
        let partitions = (0..1 + rng.below(PARTITIONS)).map(|n| {
            let compacted = rng.one_in(2);
            Partition::new(n, options(&mut rng), compacted)
        });
        let partitions = partitions.collect();
        let mut world = World {
            rng,
            fs,
            folder: None,
            partitions,
            policy,
            now_ms: 1_700_000_000_000,
            epoch: 0,
            faults,
            sabotage,
        };
        world.open();
        world
    }

    /// Runs a whole history.
    pub fn run(&mut self) {
        for _ in 0..20 + self.rng.below(60) {
            self.step();
        }
        let power = self.rng.one_in(2);
        self.crash(power);
        self.close_cleanly();
    }

    fn step(&mut self) {
        self.now_ms += self.rng.between(0, 120);
        self.fs.set_now_ms(self.now_ms);
        let at = self.rng.below(self.partitions.len() as u64) as usize;
        let folder = self.folder.clone().expect("an open folder");
        if folder.offline_reason().is_some() {
            // Nobody goes on with a failed disk.
            let power = self.rng.one_in(2);
            return self.crash(power);
        }
        let World {
            rng,
            partitions,
            policy,
            now_ms,
            epoch,
            ..
        } = self;
        let (partition, now_ms) = (&mut partitions[at], *now_ms);
        let what = rng.below(72);
        trace!("{what:2} on {}: {}", partition.dir(), partition.model);
        match what {
            0..=29 => {
                for _ in 0..1 + rng.below(6) {
                    partition.append(rng, &folder, *epoch, now_ms);
                    if *policy == Policy::Fsync && !rng.one_in(4) {
                        partition.sync(&folder);
                    }
                }
            }
            30..=33 => partition.append_again(),
            34..=36 => partition.sync(&folder),
            37..=38 => partition.sync_closed(&folder),
            39..=40 => partition.roll(now_ms),
            41..=42 => partition.trim(rng, *policy),
            43..=45 => partition.retain(rng, *policy, now_ms),
            46..=49 => drop(self.checkpoint()),
            50..=51 => partition.remove_doomed(),
            52 => partition.configure(options(rng)),
            53..=54 => self.check(),
            55..=56 => self.close_cleanly(),
            57..=58 => self.crash(false),
            59..=60 => self.crash(true),
            61..=62 => {
                let power = rng.one_in(2);
                let steps = rng.below(25);
                self.fs.die_after(steps);
                self.last_moments();
                self.crash(power);
            }
            63..=67 => {
                if !self.compact(at) {
                    let power = self.rng.one_in(2);
                    self.crash(power);
                }
            }
            68..=69 => partition.begin_sync(),
            70 => partition.end_sync(&folder),
            _ => {
                let space = rng.below(4000);
                partition.met_full_disk = true;
                self.fs.set_space_left(Some(space));
                for _ in 0..4 {
                    partition.append(rng, &folder, *epoch, now_ms);
                }
                self.fs.set_space_left(None);
            }
        }
    }

    /// `false` if a log could not be compacted: it is not used until the next start.
    fn compact(&mut self, at: usize) -> bool {
        let folder = self.folder.clone().expect("an open folder");
        let Some(limits) = self.partitions[at].compaction_limits(&mut self.rng, self.policy) else {
            return true;
        };
        self.partitions[at].sync(&folder);
        self.checkpoint() && self.partitions[at].compact(&mut self.rng, &folder, &limits, self.now_ms)
    }

    /// What a process does before it dies in the middle of something.
    fn last_moments(&mut self) {
        let folder = self.folder.clone().expect("an open folder");
        for at in 0..self.partitions.len() {
            let partition = &mut self.partitions[at];
            match self.rng.below(5) {
                0 => partition.roll(self.now_ms),
                1 => partition.trim(&mut self.rng, self.policy),
                2 => partition.retain(&mut self.rng, self.policy, self.now_ms),
                _ => {}
            }
            for _ in 0..self.rng.below(5) {
                // The process learns of the first write that failed, and of nothing any more.
                if !partition.append(&mut self.rng, &folder, self.epoch, self.now_ms) {
                    return;
                }
            }
            if self.rng.one_in(2) {
                partition.sync(&folder);
            }
        }
        match self.rng.below(4) {
            0 => drop(self.checkpoint()),
            2 => drop((0..self.partitions.len()).all(|at| self.compact(at))),
            1 => {
                let closed = self.partitions.iter_mut().all(Partition::close);
                if closed && folder.finish_clean(&self.entries(true)).is_ok() {
                    self.partitions.iter_mut().for_each(Partition::note_clean);
                }
            }
            _ => {}
        }
    }

    /// What the checkpoints say; `closed`: all of it is synced before they say so.
    pub(super) fn entries(&self, closed: bool) -> Vec<CheckpointEntry> {
        self.partitions
            .iter()
            .filter_map(|p| p.checkpoint(self.policy, closed))
            .collect()
    }

    /// Closed segments are synced, the checkpoints written, and then what they hide is renamed.
    fn checkpoint(&mut self) -> bool {
        let Some(folder) = self.folder.clone().filter(|f| f.offline_reason().is_none()) else {
            return false;
        };
        for partition in &mut self.partitions {
            partition.sync_closed(&folder);
        }
        let entries = self.entries(false);
        let written = folder.write_checkpoints(&entries).is_ok();
        if written {
            for partition in &mut self.partitions {
                partition.starts_are_durable();
            }
        }
        written
    }

    fn check(&mut self) {
        self.fs.set_faults(SimFaults::default());
        for partition in &self.partitions {
            partition.check(&mut self.rng);
        }
        self.fs.set_faults(self.faults);
    }
}

fn options(rng: &mut Rng) -> LogOptions {
    LogOptions {
        segment_bytes: rng.pick(&[5000, 9000, 30_000]),
        segment_ms: rng.pick(&[500, 3000, 1 << 40]),
        index_interval_bytes: 300,
        segment_index_bytes: rng.pick(&[60, 10 << 20]),
        preallocate: rng.one_in(4),
        producer_id_expiration_ms: i64::MAX,
        ..LogOptions::default()
    }
}

/// A log that is made at its first append, as the broker makes it.
pub fn open_log(
    folder: &Arc<DataFolder>,
    dir: &str,
    options: &LogOptions,
    now_ms: i64,
) -> Result<(Log, storage::RecoveryReport), storage::LogError> {
    let hint = folder.open_hint(dir);
    Log::open(folder, dir, Uuid::from_u128(77), options.clone(), hint, now_ms)
}
