//! The answers of the topic, metadata and producer id handlers, in every version.

use std::sync::Arc;

use protocol_shim::messages::metadata_request::MetadataRequestTopic;
use protocol_shim::messages::*;
use protocol_shim::{ErrorCode, Response, StrBytes, encode_response};
use storage::MemoryBudget;
use uuid::Uuid;

use ottla::api;
use ottla::config::{Config, Flush, Profile, Role};
use ottla::context::{Call, Context, Endpoint, Entrance};
use ottla::env::Env;
use ottla::fetch::FetchSessions;
use ottla::groups::Groups;
use ottla::partition::{HeavyWork, PartitionStore, Place};
use ottla::quotas::{Quotas, Usage};
use ottla::topics::{NewTopic, Topics};
use ottla::transactions::Transactions;

fn context() -> Context {
    let (_stop, stopping) = tokio::sync::watch::channel(false);
    let (env, config) = (Env::system(), Arc::new(Config::of_profile(Profile::Dev)));
    let place = Place::Memory(Arc::new(MemoryBudget::new(1 << 20)));
    let store = PartitionStore::open(env.clone(), place, Flush::Os).expect("a store in memory opens");
    let topics = Topics::open(env.clone(), Arc::clone(&config), store).expect("new metadata open");
    let groups = Groups::open(env.clone(), &config, &topics);
    let transactions = Transactions::open(&env, &config, &topics, &groups);
    Context {
        quotas: Quotas::open(env.clone(), &config, &topics),
        env,
        config,
        topics,
        groups,
        transactions,
        fetch_sessions: FetchSessions::new(1),
        heavy: HeavyWork::new(1),
        doors: arc_swap::ArcSwap::default(),
        stopping,
    }
}

fn new_topic(name: &str, partitions: i32) -> NewTopic {
    NewTopic {
        partitions,
        ..NewTopic::with_defaults(name)
    }
}

fn call(version: i16) -> Call {
    let entrance = Entrance {
        listener: "PLAINTEXT".into(),
        role: Role::Broker,
        here: Endpoint {
            host: "here".into(),
            port: 77,
        },
        bound_port: 77,
    };
    Call {
        version,
        client_id: "".into(),
        client_host: [127, 0, 0, 1].into(),
        request_bytes: 0,
        usage: Usage::default(),
        entrance: Arc::new(entrance),
    }
}

fn text(s: &str) -> StrBytes {
    StrBytes::from_string(s.to_owned())
}
fn asked(name: &str) -> MetadataRequestTopic {
    MetadataRequestTopic::default().with_name(Some(text(name).into()))
}

#[tokio::test]
async fn metadata_in_every_version() {
    let ctx = context();
    for version in 0..=13 {
        let call = call(version);
        let name = format!("auto{version}");
        let request = MetadataRequest::default()
            .with_topics(Some(vec![
                asked(&name),
                asked("bad name"),
                asked("__transaction_state"),
            ]))
            .with_include_cluster_authorized_operations(true)
            .with_include_topic_authorized_operations(true);
        let r = api::metadata::handle(&ctx, &call, request).await;
        assert_eq!(
            r.topics.iter().map(|t| t.error_code).collect::<Vec<_>>(),
            [0, 17, 0]
        );
        assert_eq!(
            (
                r.topics[0].partitions.len(),
                r.topics[2].partitions.len(),
                r.topics[2].is_internal
            ),
            (1, 50, true)
        );
        assert_eq!(
            (
                r.topics[0].partitions[0].leader_id.0,
                r.topics[0].partitions[0].leader_epoch
            ),
            (1, 0)
        );
        assert_eq!(
            (&*r.brokers[0].host, r.brokers[0].port, r.controller_id.0),
            ("here", 77, 1)
        );
        assert_eq!(
            r.cluster_authorized_operations,
            if (8..=10).contains(&version) {
                8096
            } else {
                i32::MIN
            }
        );
        assert_eq!(
            r.topics[0].topic_authorized_operations,
            if version >= 8 { 3576 } else { i32::MIN }
        );
        encode_response(1, version, Response::<bytes::Bytes>::Metadata(r)).unwrap();
        let none = MetadataRequest::default().with_topics(Some(vec![]));
        let r = api::metadata::handle(&ctx, &call, none).await;
        assert_eq!(r.topics.is_empty(), version > 0);
        let forbidden = MetadataRequest::default()
            .with_topics(Some(vec![asked("nobody")]))
            .with_allow_auto_topic_creation(false);
        assert_eq!(
            api::metadata::handle(&ctx, &call, forbidden).await.topics[0].error_code,
            3
        );
        let id = ctx.topics.image().topic(&name).unwrap().id;
        let by_id = |id| {
            MetadataRequest::default().with_topics(Some(vec![
                MetadataRequestTopic::default().with_name(None).with_topic_id(id),
            ]))
        };
        let r = api::metadata::handle(&ctx, &call, by_id(id)).await;
        assert_eq!(r.topics[0].error_code, if version >= 12 { 0 } else { 42 });
        encode_response(1, version, Response::<bytes::Bytes>::Metadata(r)).unwrap();
        if version >= 12 {
            let r = api::metadata::handle(&ctx, &call, by_id(Uuid::from_u128(5))).await;
            assert_eq!((r.topics[0].error_code, r.topics[0].name.clone()), (100, None));
            encode_response(1, version, Response::<bytes::Bytes>::Metadata(r)).unwrap();
        }
    }
}

#[tokio::test]
async fn topics_are_made_grown_and_removed_in_every_version() {
    let ctx = context();
    for version in 2..=7 {
        let topic = create_topics_request::CreatableTopic::default()
            .with_name(text("t").into())
            .with_num_partitions(2)
            .with_replication_factor(3)
            .with_configs(vec![
                create_topics_request::CreatableTopicConfig::default()
                    .with_name(text("retention.ms"))
                    .with_value(Some(text("5"))),
            ]);
        let request = CreateTopicsRequest::default().with_topics(vec![topic.clone()]);
        let r = api::create_topics::handle(&ctx, &call(version), request.clone()).await;
        assert_eq!(
            (
                r.topics[0].error_code,
                r.topics[0].num_partitions,
                r.topics[0].replication_factor
            ),
            (0, 2, 1)
        );
        if version >= 5 {
            let configs = r.topics[0].configs.as_ref().unwrap();
            let of = |name: &str| {
                configs
                    .iter()
                    .find(|c| &*c.name == name)
                    .map(|c| (c.config_source, c.value.clone().unwrap().to_string()))
            };
            assert_eq!(of("retention.ms"), Some((1, "5".into())));
            assert_eq!(of("segment.ms"), Some((5, "604800000".into())));
        }
        encode_response(1, version, Response::<bytes::Bytes>::CreateTopics(r)).unwrap();
        let r = api::create_topics::handle(&ctx, &call(version), request).await;
        assert_eq!(
            (r.topics[0].error_code, r.topics[0].error_message.as_deref()),
            (36, Some("Topic 't' already exists."))
        );
        encode_response(1, version, Response::<bytes::Bytes>::CreateTopics(r)).unwrap();
        if version < 6 {
            let more = create_partitions_request::CreatePartitionsTopic::default()
                .with_name(text("t").into())
                .with_count(3)
                .with_assignments(None);
            let r = api::create_partitions::handle(
                &ctx,
                &call(version - 2),
                CreatePartitionsRequest::default()
                    .with_timeout_ms(1000)
                    .with_topics(vec![more]),
            )
            .await;
            assert_eq!(r.results[0].error_code, 0);
            encode_response(1, version - 2, Response::<bytes::Bytes>::CreatePartitions(r)).unwrap();
        }
        let request = match version - 1 {
            6 => DeleteTopicsRequest::default()
                .with_timeout_ms(1000)
                .with_topics(vec![
                    delete_topics_request::DeleteTopicState::default()
                        .with_name(None)
                        .with_topic_id(ctx.topics.image().topic("t").unwrap().id),
                ]),
            _ => DeleteTopicsRequest::default()
                .with_timeout_ms(1000)
                .with_topic_names(vec![text("t").into()]),
        };
        let r = api::delete_topics::handle(&ctx, &call(version - 1), request.clone()).await;
        assert_eq!(
            (
                r.responses[0].error_code,
                r.responses[0].name.as_ref().unwrap().0.to_string()
            ),
            (0, "t".to_owned())
        );
        encode_response(1, version - 1, Response::<bytes::Bytes>::DeleteTopics(r)).unwrap();
        let r = api::delete_topics::handle(&ctx, &call(version - 1), request).await;
        assert_eq!(r.responses[0].error_code, if version == 7 { 100 } else { 3 });
        encode_response(1, version - 1, Response::<bytes::Bytes>::DeleteTopics(r)).unwrap();
    }
}

#[tokio::test]
async fn partitions_are_described_in_pages() {
    let ctx = context();
    ctx.topics
        .create_topics(&[new_topic("b", 3), new_topic("a", 2)], false)
        .await;
    let (mut cursor, mut pages) = (None, Vec::new());
    loop {
        let request = DescribeTopicPartitionsRequest::default()
            .with_response_partition_limit(2)
            .with_cursor(cursor);
        let r = api::describe_topic_partitions::handle(&ctx, &call(0), request).await;
        pages.push(
            r.topics
                .iter()
                .map(|t| {
                    (
                        t.name.as_ref().unwrap().0.to_string(),
                        t.partitions.iter().map(|p| p.partition_index).collect(),
                    )
                })
                .collect::<Vec<(String, Vec<i32>)>>(),
        );
        let next = r.next_cursor.clone();
        encode_response(1, 0, Response::<bytes::Bytes>::DescribeTopicPartitions(r)).unwrap();
        let Some(next) = next else { break };
        cursor = Some(
            describe_topic_partitions_request::Cursor::default()
                .with_topic_name(next.topic_name)
                .with_partition_index(next.partition_index),
        );
    }
    assert_eq!(
        pages,
        [
            vec![("a".into(), vec![0, 1])],
            vec![("b".into(), vec![0, 1])],
            vec![("b".into(), vec![2])]
        ]
    );
    let topic =
        |n: &str| describe_topic_partitions_request::TopicRequest::default().with_name(text(n).into());
    let bad = DescribeTopicPartitionsRequest::default()
        .with_topics(vec![topic("a")])
        .with_cursor(Some(
            describe_topic_partitions_request::Cursor::default().with_topic_name(text("zz").into()),
        ));
    assert_eq!(
        api::describe_topic_partitions::handle(&ctx, &call(0), bad)
            .await
            .topics[0]
            .error_code,
        42
    );
    let unknown = DescribeTopicPartitionsRequest::default()
        .with_topics(vec![topic("q"), topic("a b")])
        .with_response_partition_limit(2);
    let r = api::describe_topic_partitions::handle(&ctx, &call(0), unknown).await;
    assert_eq!(r.topics.iter().map(|t| t.error_code).collect::<Vec<_>>(), [17, 3]);
}

#[tokio::test]
async fn the_cluster_and_producer_ids() {
    let ctx = context();
    for version in 0..=2 {
        let r = api::describe_cluster::handle(
            &ctx,
            &call(version),
            DescribeClusterRequest::default().with_endpoint_type(1),
        )
        .await;
        assert_eq!(
            (
                r.error_code,
                r.controller_id.0,
                r.brokers.len(),
                r.cluster_id.len()
            ),
            (0, 1, 1, 22)
        );
        encode_response(1, version, Response::<bytes::Bytes>::DescribeCluster(r)).unwrap();
    }
    let of = async |kind| {
        api::describe_cluster::handle(
            &ctx,
            &call(1),
            DescribeClusterRequest::default().with_endpoint_type(kind),
        )
        .await
        .error_code
    };
    assert_eq!(
        (of(2).await, of(9).await),
        (
            ErrorCode::MismatchedEndpointType.code(),
            ErrorCode::UnsupportedEndpointType.code()
        )
    );
    for version in 0..=5 {
        let plain = InitProducerIdRequest::default().with_transactional_id(None);
        let r = api::init_producer_id::handle(&ctx, &call(version), plain.clone()).await;
        assert_eq!(
            (r.error_code, r.producer_id.0, r.producer_epoch),
            (0, 2 * i64::from(version), 0)
        );
        encode_response(1, version, Response::<bytes::Bytes>::InitProducerId(r)).unwrap();
        let resumed = plain.clone().with_producer_id(3.into()).with_producer_epoch(4);
        assert_eq!(
            api::init_producer_id::handle(&ctx, &call(version), resumed)
                .await
                .producer_epoch,
            0
        );
        let half = plain.with_producer_id(3.into());
        assert_eq!(
            api::init_producer_id::handle(&ctx, &call(version), half)
                .await
                .error_code,
            42
        );
        let txn = InitProducerIdRequest::default().with_transactional_id(Some(text("x").into()));
        let r = api::init_producer_id::handle(&ctx, &call(version), txn).await;
        let refused = ErrorCode::InvalidTransactionTimeout.code(); // of 0 ms
        assert_eq!(
            (r.error_code, r.producer_id.0, r.producer_epoch),
            (refused, -1, -1)
        );
    }
}
