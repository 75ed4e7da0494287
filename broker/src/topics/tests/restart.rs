//! Stop, crash, damage: what the next start finds, and what it refuses.

use std::time::Instant;

use storage::BatchBuilder;

use super::*;
use crate::records::metadata_broker::BrokerEndpoint;

const LOG: &str = "__cluster_metadata-0/00000000000000000000.log";

fn refusal(path: &Path) -> String {
    let text = on_disk(Arc::new(RealFs), path, Flush::Os)
        .expect_err("the start is refused")
        .to_string();
    assert!(!text.is_empty());
    text
}

fn append_one(topics: &Topics, topic: &str) {
    let mut batch = BatchBuilder::new(0);
    batch.push(0, None, Some(b"v"), &[]);
    let image = topics.image();
    let partition = image.topic(topic).unwrap().partition(0).unwrap();
    let _ = partition.append(&batch.build(), 0).unwrap();
}

#[tokio::test]
async fn a_new_cluster_finalises_only_what_is_built() {
    let dir = tempfile::tempdir().unwrap();
    let (topics, _store) = real(dir.path());
    let image = topics.image();
    assert_eq!(
        image.features.iter().map(|(n, l)| (&**n, *l)).collect::<Vec<_>>(),
        [
            ("eligible.leader.replicas.version", 1),
            ("group.version", 1),
            ("metadata.version", 30),
            ("transaction.version", 2)
        ]
    );
    assert_eq!((image.epoch, image.offset), (1, 6));
    let metadata =
        std::fs::read_to_string(dir.path().join("__cluster_metadata-0/partition.metadata")).unwrap();
    assert_eq!(metadata.trim(), "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ");
}

#[tokio::test]
async fn a_torn_end_is_cut_and_what_was_answered_stays() {
    let dir = tempfile::tempdir().unwrap();
    let (topics, store) = real(dir.path());
    topics.create_topics(&[new_topic("a", 3)], false).await;
    let whole = std::fs::metadata(dir.path().join(LOG)).unwrap().len();
    topics.create_topics(&[new_topic("b", 3)], false).await;
    drop((topics, store));
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(dir.path().join(LOG))
        .unwrap();
    let len = file.metadata().unwrap().len();
    file.set_len(len - 1).unwrap();
    let (topics, _store) = real(dir.path());
    assert!(topics.image().topic("a").is_some());
    assert!(
        topics.image().topic("b").is_none(),
        "a change is there as a whole or not at all"
    );
    assert_eq!(
        file.metadata().unwrap().len(),
        whole + 91,
        "cut to the whole batches, and a new epoch begun"
    );
}

#[tokio::test]
async fn damage_in_the_middle_refuses_the_start_and_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let (topics, store) = real(dir.path());
    topics.create_topics(&[new_topic("a", 3)], false).await;
    topics.create_topics(&[new_topic("b", 3)], false).await;
    drop((topics, store));
    let path = dir.path().join(LOG);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[200] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    assert!(refusal(dir.path()).contains("__cluster_metadata-0"));
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "nothing was cut");
}

#[tokio::test]
async fn a_directory_that_nobody_knows_refuses_the_start() {
    let dir = tempfile::tempdir().unwrap();
    drop(real(dir.path()));
    std::fs::create_dir(dir.path().join("stranger-0")).unwrap();
    let text = refusal(dir.path());
    assert!(
        text.contains("stranger-0") && text.contains("Nothing was deleted"),
        "{text}"
    );
    assert!(dir.path().join("stranger-0").exists());
}

#[tokio::test]
async fn a_removal_cut_short_is_finished_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let (topics, store) = real(dir.path());
    topics.create_topics(&[new_topic("a", 1)], false).await;
    append_one(&topics, "a");
    let partition = dir.path().join("a-0");
    let metadata = std::fs::read(partition.join("partition.metadata")).unwrap();
    let deleted = topics.delete_topics(&[by_name("a")]).await;
    assert_eq!(deleted[0].result, Ok(()));
    assert!(!partition.exists(), "the data are gone when the reply leaves");
    topics.create_topics(&[new_topic("a", 1)], false).await;
    drop((topics, store));
    // As after a crash between the record and the removal of the directory.
    std::fs::create_dir(&partition).unwrap();
    std::fs::write(partition.join("partition.metadata"), metadata).unwrap();
    let (topics, _store) = real(dir.path());
    assert!(!partition.exists());
    assert!(topics.image().topic("a").is_some());
}

#[tokio::test]
async fn producer_ids_are_never_given_twice() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..3 {
        let (topics, _store) = real(dir.path());
        for _ in 0..1001 {
            assert!(seen.insert(topics.allocate_producer_id().await.unwrap()));
        }
    }
    assert!(seen.contains(&0));
}

#[tokio::test]
async fn a_snapshot_replaces_the_log_below_it() {
    let dir = tempfile::tempdir().unwrap();
    let (topics, store) = real(dir.path());
    let endpoint = BrokerEndpoint {
        name: "PLAINTEXT".into(),
        host: "localhost".into(),
        port: 9092,
        security_protocol: 0,
    };
    topics.register(vec![endpoint]).await.unwrap();
    let many: Vec<_> = (0..10_000).map(|n| new_topic(&format!("many-{n}"), 1)).collect();
    let start = Instant::now();
    assert!(
        topics
            .create_topics(&many, false)
            .await
            .iter()
            .all(|(_, r)| r.is_ok())
    );
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    let before = picture(&topics);
    topics.close().await.unwrap();
    store.close().unwrap();
    drop((topics, store));
    let snapshots = || {
        let entries = std::fs::read_dir(dir.path().join("__cluster_metadata-0")).unwrap();
        entries
            .filter(|e| {
                e.as_ref()
                    .unwrap()
                    .file_name()
                    .to_string_lossy()
                    .ends_with(".checkpoint")
            })
            .count()
    };
    assert_eq!(snapshots(), 1);
    let start = Instant::now();
    let (topics, _store) = real(dir.path());
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    assert_eq!(picture(&topics), before);
    assert_eq!(topics.image().epoch, 2);
}

#[tokio::test]
async fn a_damaged_snapshot_refuses_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let (topics, store) = real(dir.path());
    let many: Vec<_> = (0..10_000).map(|n| new_topic(&format!("many-{n}"), 1)).collect();
    topics.create_topics(&many, false).await;
    topics.close().await.unwrap();
    drop((topics, store));
    let entries = std::fs::read_dir(dir.path().join("__cluster_metadata-0")).unwrap();
    let path = entries
        .map(|e| e.unwrap().path())
        .find(|p| p.extension().is_some_and(|e| e == "checkpoint"))
        .unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 75]).unwrap();
    let text = refusal(dir.path());
    assert!(
        text.contains(".checkpoint") && text.contains("its end is missing"),
        "{text}"
    );
}

#[tokio::test]
async fn hooks_hear_of_topics_in_order() {
    let topics = in_memory(Profile::Dev);
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let to = Arc::clone(&heard);
    topics.on_change(Box::new(move |changed| {
        let mut heard = to.lock().unwrap();
        heard.extend(changed.created.iter().map(|t| format!("+{}", t.name)));
        heard.extend(changed.deleted.iter().map(|t| format!("-{}", t.name)));
    }));
    topics.create_topics(&[new_topic("a", 1)], true).await;
    topics.create_topics(&[new_topic("a", 1)], false).await;
    topics.delete_topics(&[by_name("a")]).await;
    assert_eq!(*heard.lock().unwrap(), ["+a", "-a"]);
}

#[tokio::test]
async fn dynamic_broker_configs_reach_topics_at_once() {
    let topics = in_memory(Profile::Dev);
    topics.create_topics(&[new_topic("a", 1)], false).await;
    let before = topics.image();
    let change = |value: Option<&str>| ConfigChange {
        resource: Resource::broker(""),
        name: "log.retention.ms".into(),
        value: value.map(str::to_owned),
    };
    topics.alter_configs(vec![change(Some("77"))]).await.unwrap();
    let partition = Arc::clone(before.topic("a").unwrap().partition(0).unwrap());
    assert_eq!(partition.config().retention_ms, 77);
    assert_eq!(topics.image().topic("a").unwrap().config.retention_ms, 77);
    assert_eq!(
        before.topic("a").unwrap().config.retention_ms,
        604_800_000,
        "an image never changes"
    );
    topics.alter_configs(vec![change(None)]).await.unwrap();
    assert_eq!(partition.config().retention_ms, 604_800_000);
}
