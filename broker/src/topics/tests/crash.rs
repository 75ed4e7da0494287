//! A broker that dies at any step of a simulated disk loses nothing that it answered.

use std::collections::BTreeSet;

use storage::SimFs;

use super::*;

const PATH: &str = "/data";

/// Creates and removes topics until the disk fails; answers what was acknowledged as there, and what was asked
/// for without an answer.
async fn work(fs: &SimFs, flush: Flush) -> (BTreeSet<String>, Option<String>) {
    let mut there = BTreeSet::new();
    let env = Env {
        fs: Arc::new(fs.clone()),
        ..Env::system()
    };
    let ids = FolderIds {
        cluster_id: None,
        node_id: 1,
        fresh_cluster_id: Uuid::from_u128(1),
        fresh_directory_id: Uuid::from_u128(2),
    };
    let Ok(folder) = DataFolder::open(Arc::clone(&env.fs), Path::new(PATH), &ids, 100) else {
        return (there, None);
    };
    let store = PartitionStore::open(env.clone(), Place::one_folder(folder), flush).unwrap();
    let mut config = Config::of_profile(Profile::Dev);
    config.flush = flush;
    let Ok(topics) = Topics::open(env, Arc::new(config), store) else {
        return (there, None);
    };
    for n in 0..8 {
        let name = format!("t{n}");
        if topics.create_topics(&[new_topic(&name, 3)], false).await[0]
            .1
            .is_err()
        {
            return (there, Some(name));
        }
        there.insert(name.clone());
        if n % 3 == 2 {
            if topics.delete_topics(&[by_name(&name)]).await[0].result.is_err() {
                return (there, Some(name));
            }
            there.remove(&name);
        }
    }
    (there, None)
}

fn found(fs: SimFs) -> BTreeSet<String> {
    let (topics, _store) = on_disk(Arc::new(fs), Path::new(PATH), Flush::Os).unwrap();
    let image = topics.image();
    assert!(
        image.topics().all(|topic| topic.partitions.len() == 3),
        "a change is there as a whole"
    );
    image.topics().map(|topic| topic.name.to_string()).collect()
}

#[tokio::test]
async fn what_was_answered_survives_death_at_every_step() {
    let healthy = SimFs::new(1);
    work(&healthy, Flush::Fsync).await;
    let steps = healthy.steps();
    assert!(steps > 20);
    for step in 1..=steps {
        for (flush, power) in [(Flush::Os, false), (Flush::Fsync, true)] {
            let fs = SimFs::new(step);
            fs.die_after(step);
            let (there, open) = work(&fs, flush).await;
            let mut after = found(if power { fs.power_loss() } else { fs.killed() });
            // The change that got no answer may or may not have happened.
            let mut there = there;
            if let Some(open) = open {
                after.remove(&open);
                there.remove(&open);
            }
            assert_eq!(after, there, "step {step}, {flush:?}");
        }
    }
}

#[tokio::test]
async fn a_full_disk_refuses_and_recovers() {
    let fs = SimFs::new(3);
    let (topics, _store) = on_disk(Arc::new(fs.clone()), Path::new(PATH), Flush::Fsync).unwrap();
    fs.set_space_left(Some(10));
    let refused = topics
        .create_topics(&[new_topic("a", 3)], false)
        .await
        .remove(0)
        .1
        .unwrap_err();
    assert_eq!(refused.kind, TopicErrorKind::Storage);
    assert!(topics.image().topic("a").is_none());
    fs.set_space_left(None);
    assert!(
        topics.create_topics(&[new_topic("a", 3)], false).await[0]
            .1
            .is_ok()
    );
    assert_eq!(found(fs.killed()), BTreeSet::from(["a".to_owned()]));
}

#[tokio::test]
async fn a_failed_sync_is_never_retried() {
    let fs = SimFs::new(4);
    let (topics, _store) = on_disk(Arc::new(fs.clone()), Path::new(PATH), Flush::Fsync).unwrap();
    fs.fail_syncs(1);
    for name in ["a", "b"] {
        let refused = topics
            .create_topics(&[new_topic(name, 1)], false)
            .await
            .remove(0)
            .1
            .unwrap_err();
        assert_eq!(refused.kind, TopicErrorKind::Storage);
        assert!(topics.image().topic(name).is_none());
    }
}
