//! Stops, crashes and starts of a world.

use std::path::Path;
use std::sync::Arc;

use storage::{DataFolder, FileSystem, FolderIds, SimFaults};
use uuid::Uuid;

use crate::partition::Partition;
use crate::world::{Policy, World};
use crate::{trace, tracing};

impl World {
    pub(super) fn close_cleanly(&mut self) {
        self.fs.set_faults(SimFaults::default());
        let folder = self.folder.clone().expect("an open folder");
        if folder.offline_reason().is_some() {
            return self.crash(false);
        }
        assert!(
            self.partitions.iter_mut().all(Partition::close),
            "closing a healthy log"
        );
        folder
            .finish_clean(&self.entries(true))
            .expect("the marker of a clean stop");
        for partition in &mut self.partitions {
            partition.note_clean();
        }
        self.forget(folder);
        let power = self.rng.one_in(2);
        self.fs = if power {
            self.fs.power_loss()
        } else {
            self.fs.killed()
        };
        // A roll that failed half-way leaves a time entry more, which is true and does no harm (a full disk: below).
        if self.rng.one_in(4) && self.faults.name_error == 0 {
            self.compare_indexes();
        }
        self.open();
        let folder = self.folder.clone().expect("an open folder");
        assert!(folder.was_clean_shutdown(), "a clean stop is found clean");
        for partition in &mut self.partitions {
            let report = partition.reopen(&folder, &mut self.rng, false, self.now_ms);
            let report = report.expect("a log that was closed opens");
            assert_eq!(
                (report.scanned_bytes, report.cut_bytes),
                (0, 0),
                "nothing to scan"
            );
            partition.check(&mut self.rng);
        }
        self.fs.set_faults(self.faults);
    }

    fn forget(&mut self, folder: Arc<DataFolder>) {
        for partition in &mut self.partitions {
            partition.forget();
        }
        self.folder = None;
        drop(folder);
    }

    /// Kills the process or takes its power, and starts it again; that may be cut short as well.
    pub fn crash(&mut self, mut power: bool) {
        self.epoch += 1;
        let mut power_lost = false;
        loop {
            power_lost |= power;
            trace!("   {}", if power { "power loss" } else { "kill" });
            if let Some(folder) = self.folder.take() {
                self.forget(folder);
            }
            self.fs = if power {
                self.fs.power_loss()
            } else {
                self.fs.killed()
            };
            self.trace_files();
            if self.rng.one_in(4) {
                let steps = self.rng.below(30);
                self.fs.die_after(steps);
            }
            if self.try_start(power_lost) {
                break;
            }
            power = self.rng.one_in(2);
        }
        self.fs.set_faults(self.faults);
    }

    fn trace_files(&self) {
        for dir in self.partitions.iter().map(Partition::dir).filter(|_| tracing()) {
            let files = self
                .fs
                .list(&Path::new("/srv/data").join(dir))
                .unwrap_or_default();
            for file in files {
                trace!("      {dir}/{} {}", file.name, file.len);
            }
        }
    }

    /// `false` if the process died in the attempt.
    fn try_start(&mut self, power_lost: bool) -> bool {
        self.try_open();
        let Some(folder) = self.folder.clone() else {
            return false;
        };
        let mut opened = Vec::new();
        for partition in &mut self.partitions {
            match partition.reopen(&folder, &mut self.rng, power_lost, self.now_ms) {
                Ok(report) => opened.push(report),
                Err(error) => {
                    let text = error.to_string();
                    assert!(text.contains("process"), "a crash damages nothing: {text}");
                    return false;
                }
            }
        }
        let fs = self.fs.clone();
        if fs.is_dead() {
            return false;
        }
        // Nothing that follows is cut short.
        fs.die_after(u64::MAX);
        for partition in &mut self.partitions {
            partition.settle(power_lost, &mut self.rng);
            partition.check(&mut self.rng);
            if self.policy == Policy::Fsync {
                partition.sync(&folder);
            }
        }
        true
    }

    pub(super) fn open(&mut self) {
        self.try_open();
        assert!(self.folder.is_some(), "a healthy folder opens");
    }

    fn try_open(&mut self) {
        let ids = FolderIds {
            cluster_id: None,
            node_id: 1,
            fresh_cluster_id: Uuid::from_u128(5),
            fresh_directory_id: Uuid::from_u128(6),
        };
        (self.sabotage)(&self.fs);
        let fs: Arc<dyn FileSystem> = Arc::new(self.fs.clone());
        self.folder = match DataFolder::open(fs, Path::new("/srv/data"), &ids, 8) {
            Ok(folder) => Some(folder),
            Err(error) if error.to_string().contains("process") => None,
            Err(error) => panic!("a crash damages no folder: {error}"),
        };
    }
}
