//! Replay equals the live state, whatever was done.

use proptest::prelude::*;

use super::super::replay::Replay;
use super::super::snapshot;
use super::*;
use crate::records::metadata_quota::QuotaEntity;

#[derive(Clone, Debug)]
enum Step {
    Create(u8, i32),
    Delete(u8),
    Grow(u8, i32),
    Config(u8, u8, Option<String>),
    Group(u8, Option<String>),
    Quota(u8, Option<u8>),
    ProducerId,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0u8..6, 1i32..5).prop_map(|(t, n)| Step::Create(t, n)),
        2 => (0u8..6).prop_map(Step::Delete),
        2 => (0u8..6, 1i32..9).prop_map(|(t, n)| Step::Grow(t, n)),
        3 => (0u8..6, 0u8..3, proptest::option::of("[0-9]{1,4}")).prop_map(|(t, c, v)| Step::Config(t, c, v)),
        1 => (0u8..3, proptest::option::of("[0-9]{1,4}")).prop_map(|(g, v)| Step::Group(g, v)),
        1 => (0u8..3, proptest::option::of(1u8..4)).prop_map(|(u, v)| Step::Quota(u, v)),
        1 => Just(Step::ProducerId),
    ]
}

async fn run(topics: &Topics, steps: &[Step]) {
    let name = |t: &u8| format!("t.{t}");
    for step in steps {
        match step {
            Step::Create(t, n) => drop(topics.create_topics(&[new_topic(&name(t), *n)], false).await),
            Step::Delete(t) => drop(topics.delete_topics(&[by_name(&name(t))]).await),
            Step::Grow(t, count) => {
                let more = MorePartitions {
                    name: name(t),
                    count: *count,
                    assignments: None,
                };
                drop(topics.create_partitions(&[more], false).await);
            }
            Step::Config(t, config, value) => {
                let config = ["retention.ms", "segment.ms", "flush.ms"][usize::from(*config)];
                let resource = Resource::topic(&name(t));
                let set = |image: &MetadataImage| {
                    let there = image.topic(&name(t)).is_some();
                    let change = ConfigChange {
                        resource,
                        name: config.into(),
                        value: value.clone(),
                    };
                    (if there { vec![change] } else { vec![] }, ())
                };
                topics.alter_configs_by(set).await.unwrap();
            }
            Step::Quota(user, value) => {
                let user = (*user > 0).then(|| format!("u{user}"));
                let alteration = QuotaAlteration {
                    entity: QuotaEntity([("user".to_owned(), user)].into()),
                    ops: vec![("producer_byte_rate".into(), value.map(f64::from))],
                };
                let results = topics.alter_quotas(&[alteration], |_| true, false).await;
                assert!(results.iter().all(|(_, result)| result.is_ok()));
            }
            Step::Group(g, value) => {
                let resource = Resource::group(&format!("g{g}"));
                let name = "consumer.session.timeout.ms".to_owned();
                topics
                    .alter_configs(vec![ConfigChange {
                        resource,
                        name,
                        value: value.clone(),
                    }])
                    .await
                    .unwrap();
            }
            Step::ProducerId => drop(topics.allocate_producer_id().await.unwrap()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_restart_shows_the_same_picture(steps in proptest::collection::vec(step(), 0..40), clean: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let before = runtime.block_on(async {
            let (topics, store) = real(dir.path());
            run(&topics, &steps).await;
            if clean {
                topics.close().await.unwrap();
                store.close().unwrap();
            }
            picture(&topics)
        });
        let (topics, _store) = real(dir.path());
        prop_assert_eq!(picture(&topics), before);
    }

    #[test]
    fn a_snapshot_makes_an_equal_state(steps in proptest::collection::vec(step(), 0..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let topics = in_memory(Profile::Dev);
            run(&topics, &steps).await;
            let writer = topics.shared().writer.lock().await;
            let bytes = snapshot::encode(&writer.state, 3, 0, 17, 18);
            let mut replay = Replay::default();
            replay.batches(&bytes).unwrap();
            replay.finish().unwrap();
            assert!(replay.saw_footer);
            assert_eq!(replay.epoch, 3);
            assert_eq!(replay.state, writer.state);
        });
    }
}
