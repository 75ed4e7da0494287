//! A disk that takes its time holds up the change that waits for it, and nobody else.

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use storage::{SimFs, SimOp};

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// Lets `change` come to a sync of a file whose name has `part`, and the disk end it only when another task of the one
/// worker has run.
async fn others_run_during<C: Future<Output = ()> + Send + 'static>(
    flush: Flush,
    part: &'static str,
    change: impl FnOnce(Topics) -> C,
) {
    let fs = SimFs::new(1);
    let (topics, _store) = on_disk(Arc::new(fs.clone()), Path::new("/data"), flush).unwrap();
    topics.create_topics(&[new_topic("a", 1)], false).await;
    let (entered, entry) = mpsc::channel();
    let (finish, end) = mpsc::channel();
    let end = Mutex::new(end);
    fs.set_hook(move |op, path| {
        if op == SimOp::Sync && path.to_string_lossy().contains(part) {
            entered.send(()).unwrap();
            assert!(
                end.lock().unwrap().recv_timeout(PATIENCE).is_ok(),
                "nobody else ran"
            );
        }
    });
    let changing = tokio::spawn(change(topics));
    // This thread is none of the runtime's workers.
    entry.recv_timeout(PATIENCE).unwrap();
    fs.set_hook(|_, _| ());
    tokio::spawn(async move { finish.send(()) })
        .await
        .unwrap()
        .unwrap();
    changing.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_sync_of_the_log_holds_nobody_up() {
    others_run_during(Flush::Fsync, ".log", |topics| async move {
        let made = topics.create_topics(&[new_topic("b", 1)], false).await;
        assert!(made[0].1.is_ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_snapshot_holds_nobody_up() {
    // The first stop writes one: partitions have an older leader epoch in the log.
    others_run_during(Flush::Os, ".checkpoint", |topics| async move {
        topics.close().await.unwrap();
    })
    .await;
}
