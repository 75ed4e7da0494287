//! Indexes beside those that are built anew.

use std::path::Path;
use std::sync::Arc;

use storage::{DataFolder, FileSystem, FolderIds};
use uuid::Uuid;

use crate::world::World;

impl World {
    /// The indexes of a closed log are those that are built anew from its batches.
    pub(super) fn compare_indexes(&self) {
        let copy = self.fs.killed();
        let before = self.fs.clone();
        let dirs = copy.list(Path::new("/srv/data")).expect("a listing");
        for dir in dirs
            .iter()
            .filter(|entry| entry.is_dir && entry.name.starts_with('t'))
        {
            let path = Path::new("/srv/data").join(&dir.name);
            for file in copy.list(&path).expect("a listing") {
                if file.name.ends_with("index") {
                    copy.remove_file(&path.join(&file.name)).expect("a removal");
                }
            }
        }
        let ids = FolderIds {
            cluster_id: None,
            node_id: 1,
            fresh_cluster_id: Uuid::from_u128(5),
            fresh_directory_id: Uuid::from_u128(6),
        };
        let folder =
            DataFolder::open(Arc::new(copy.clone()), Path::new("/srv/data"), &ids, 8).expect("a copy");
        for partition in &self.partitions {
            partition.rebuild(&folder, self.now_ms);
            let path = Path::new("/srv/data").join(partition.dir());
            for file in before.list(&path).unwrap_or_default() {
                let path = path.join(&file.name);
                // A segment below the log start goes at the next start.
                let has_log = copy.exists(&path.with_extension("log")).expect("a look");
                // Where an aborted transaction began may lie below the log start, or be compacted away; who reads
                // behind it does not ask.
                let tells_all = !file.name.ends_with(".txnindex") || partition.tells_all();
                let may_have_more = partition.met_full_disk && file.name.ends_with(".timeindex");
                if file.name.ends_with("index") && has_log && tells_all && !may_have_more {
                    let [old, new] = [&before, &copy].map(|fs| fs.read(&path).ok());
                    // A kill while an index was rebuilt can leave the beginning of it: that costs readers a scan, no more.
                    let begun = old.as_deref().unwrap_or(b"missing");
                    let is_begun = self.epoch > 0 && new.as_deref().unwrap_or_default().starts_with(begun);
                    assert!(
                        old == new || is_begun,
                        "{} is another when built anew: {old:?} instead of {new:?}",
                        path.display()
                    );
                }
            }
        }
    }
}
