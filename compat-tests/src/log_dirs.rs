//! Brokers with two data folders, and the everyday questions about them.

use std::path::{Path, PathBuf};

use crate::configs::{BROKER, SET, alter, change, outcome};
use crate::errors::NONE;
use crate::server::Options;
use crate::wire::{Client, Value};
use crate::{eventually, list, obj};

/// Two data folders that vanish with this.
pub struct TwoFolders {
    dir: tempfile::TempDir,
}

impl TwoFolders {
    /// Two names; the broker makes the folders.
    pub fn new() -> TwoFolders {
        let dir = tempfile::tempdir().expect("a temporary folder");
        TwoFolders { dir }
    }

    /// The first one, which holds the metadata too.
    pub fn a(&self) -> PathBuf {
        self.dir.path().join("a")
    }

    /// The second one.
    pub fn b(&self) -> PathBuf {
        self.dir.path().join("b")
    }

    /// How to start a broker on them.
    pub fn options(&self) -> Options {
        let both = format!("{},{}", self.a().display(), self.b().display());
        Options::new().on(Path::new(&both))
    }

    /// The one that is not `folder`.
    pub fn other(&self, folder: &Path) -> PathBuf {
        if folder == self.a() { self.b() } else { self.a() }
    }
}

impl Default for TwoFolders {
    fn default() -> TwoFolders {
        TwoFolders::new()
    }
}

/// The newest DescribeLogDirs of all partitions.
#[track_caller]
pub fn describe(client: &mut Client) -> Value {
    let answer = client.call("DescribeLogDirs", 5, obj! { topics: Value::Null });
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
    answer
}

/// What it says of one folder.
#[track_caller]
pub fn folder(answer: &Value, path: &Path) -> Value {
    answer["results"]
        .find("log_dir", path.display().to_string())
        .clone()
}

/// What it says of a partition: folder, row.
pub fn rows(answer: &Value, topic: &str, partition: i32) -> Vec<(PathBuf, Value)> {
    let mut out = Vec::new();
    for folder in answer["results"].list() {
        for of in folder["topics"].list().iter().filter(|of| of["name"] == topic) {
            let rows = of["partitions"].list().iter();
            for row in rows.filter(|row| row["partition_index"] == partition) {
                out.push((folder["log_dir"].str().into(), row.clone()));
            }
        }
    }
    out
}

/// The folder that a partition is in, and how much of it is in the one that it moves to.
#[track_caller]
pub fn place(client: &mut Client, topic: &str, partition: i32) -> (PathBuf, Option<i64>) {
    let (future, now): (Vec<_>, Vec<_>) = rows(&describe(client), topic, partition)
        .into_iter()
        .partition(|(_, row)| row["is_future_key"].bool());
    let [(path, _)] = &now[..] else {
        panic!("{topic}-{partition} is in {now:?}")
    };
    (
        path.clone(),
        future.first().map(|(_, row)| row["partition_size"].int()),
    )
}

/// Asks for a move; the error code comes back.
#[track_caller]
pub fn ask_move(client: &mut Client, version: i16, topic: &str, partition: i32, path: &Path) -> i64 {
    let topics = list![obj! { name: topic, partitions: list![partition] }];
    let dirs = list![obj! { path: path.display().to_string(), topics: topics }];
    let answer = client.call("AlterReplicaLogDirs", version, obj! { dirs: dirs });
    let topic_of = answer["results"].find("topic_name", topic);
    topic_of["partitions"].find("partition_index", i64::from(partition))["error_code"].int()
}

/// Waits until a partition is in this folder and on no way.
#[track_caller]
pub fn await_place(client: &mut Client, topic: &str, partition: i32, path: &Path) {
    eventually(&format!("{topic}-{partition} in {}", path.display()), || {
        place(client, topic, partition) == (path.to_owned(), None)
    });
}

/// Cordons these folders from now on; error code and text come back.
#[track_caller]
pub fn cordon(client: &mut Client, value: &str) -> (i64, String) {
    let changes = list![change("cordoned.log.dirs", SET, value)];
    let (code, text) = outcome(&alter(client, 1, (BROKER, "1"), changes, false));
    (code, text.unwrap_or_default())
}
