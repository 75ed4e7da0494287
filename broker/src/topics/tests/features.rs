//! Feature levels by the bytes that Apache Kafka writes: what a formatted folder begins with, and what a raise logs.

use std::collections::BTreeMap;

use storage::{ControlRecord, Voter, VoterEndpoint};

use super::*;
use crate::config::{AlterOp, Alteration};
use crate::records::metadata::MetadataRecord;
use crate::topics::quorum::{quorum_entries, quorum_records};

const FORMAT: &str = include_str!("../../../tests/vectors/kafka-4.3.1-format.tsv");
const ELIGIBLE: &str = "eligible.leader.replicas.version";
const MIN_INSYNC: &str = "min.insync.replicas";

/// The bytes of a name.
fn vector(name: &str) -> Vec<u8> {
    let row = FORMAT
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'));
    let digits = row.unwrap().as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// Makes a folder as Kafka's tool formats one.
fn formatted(path: &Path) {
    std::fs::write(path.join("bootstrap.checkpoint"), vector("bootstrap.checkpoint")).unwrap();
    let metadata = path.join("__cluster_metadata-0");
    std::fs::create_dir(&metadata).unwrap();
    let first = metadata.join("00000000000000000000-0000000000.checkpoint");
    std::fs::write(first, vector("first.checkpoint")).unwrap();
}

fn voter(id: i32, directory: Uuid, endpoints: &[(&str, &str, u16)]) -> Voter {
    let endpoint = |(listener, host, port): &(&str, &str, u16)| VoterEndpoint {
        listener: (*listener).to_owned(),
        host: (*host).to_owned(),
        port: *port,
    };
    Voter {
        id,
        directory,
        endpoints: endpoints.iter().map(endpoint).collect(),
        version_max: 1,
    }
}

/// The configs of a broker; those of all by the empty name.
fn configs(topics: &Topics, broker: &str) -> BTreeMap<String, String> {
    let own = topics.image().configs(&Resource::broker(broker));
    own.map(|own| (*own).clone()).unwrap_or_default()
}

async fn raise(topics: &Topics, name: &str, level: i16) {
    let update = FeatureUpdate {
        name: name.to_owned(),
        level,
        upgrade_type: UpgradeType::Upgrade,
    };
    topics.update_features(&[update], false).await.unwrap();
}

/// Alters `min.insync.replicas` of a broker, or of all.
async fn alter(topics: &Topics, broker: &str, op: AlterOp) -> Result<(), AlterRefusal> {
    let change = Alteration {
        name: MIN_INSYNC.to_owned(),
        op,
    };
    let change = Ok(AlterConfigs::Each(vec![change]));
    let resource = AlterResource::of(ResourceKind::BROKER.0, broker, change);
    topics.alter_resources(&[resource], false).await.remove(0)
}

#[tokio::test]
async fn a_folder_of_kafkas_format_begins_as_in_kafka() {
    let dir = tempfile::tempdir().unwrap();
    formatted(dir.path());
    let (topics, _store) = started_with(dir.path(), &[(MIN_INSYNC, "2")]);
    let levels: Vec<_> = topics
        .image()
        .features
        .iter()
        .map(|(n, l)| (n.to_string(), *l))
        .collect();
    let wanted = [
        (ELIGIBLE, 1),
        ("group.version", 1),
        ("kraft.version", 1),
        ("metadata.version", 30),
        ("transaction.version", 2),
    ];
    assert_eq!(levels, wanted.map(|(name, level)| (name.to_owned(), level)));
    let wanted = BTreeMap::from([(MIN_INSYNC.to_owned(), "2".to_owned())]);
    assert_eq!(
        configs(&topics, ""),
        wanted,
        "the cluster's, by what the broker was started with"
    );
    let writer = topics.shared().writer.lock().await;
    for unbuilt in ["share.version", "streams.version"] {
        assert_eq!(writer.state.features.get(unbuilt), Some(&1), "kept");
    }
    let directory = Uuid::from_u128(0xab9f_0174_0737_4018_b988_9f8d_6d93_8f3c);
    let endpoints = voter(1, directory, &[("CONTROLLER", "localhost", 9093)]).endpoints;
    let ours = quorum_records(1, 1, directory, endpoints);
    for (kind, entry) in quorum_entries(&ours) {
        assert_eq!(writer.state.quorum.get(&kind), Some(&entry), "{kind}");
    }
}

#[tokio::test]
async fn first_records_that_were_cut_short_are_written_again() {
    let dir = tempfile::tempdir().unwrap();
    formatted(dir.path());
    let metadata = folder(Arc::new(RealFs), dir.path());
    let (mut log, _) = log::MetadataLog::open(&metadata, false, 0).unwrap();
    log.begin_epoch(1, 0).unwrap();
    let begin = MetadataRecord::BeginTransaction {
        name: Some("Bootstrap records".into()),
    };
    let level = MetadataRecord::FeatureLevel {
        name: "metadata.version".to_owned(),
        level: 30,
    };
    log.append(&[begin, level], 30, 0).unwrap();
    log.close().unwrap();
    drop((log, metadata));
    for start in 1..=2 {
        let (topics, _store) = started_with(dir.path(), &[]);
        let image = topics.image();
        let level = |name: &str| image.feature_level(name);
        let levels = (level("metadata.version"), level("group.version"), level(ELIGIBLE));
        assert_eq!(levels, (30, 1, 1), "start {start}");
        assert_eq!(configs(&topics, "").len(), 1, "start {start}");
    }
}

#[tokio::test]
async fn eligible_leaders_leave_one_config_to_the_cluster() {
    let dir = tempfile::tempdir().unwrap();
    let features = format!("{ELIGIBLE}=0");
    let given = [("ottla.features", features.as_str()), (MIN_INSYNC, "2")];
    let (topics, _store) = started_with(dir.path(), &given);
    assert_eq!(configs(&topics, ""), BTreeMap::new());
    let set = |value: &str| AlterOp::Set(value.to_owned());
    let node = topics.image().node_id.to_string();
    assert_eq!(alter(&topics, &node, set("3")).await, Ok(()));
    raise(&topics, ELIGIBLE, 1).await;
    assert_eq!(configs(&topics, &node), BTreeMap::new());
    let cluster = |value: &str| BTreeMap::from([(MIN_INSYNC.to_owned(), value.to_owned())]);
    assert_eq!(configs(&topics, ""), cluster("2"));
    let refused = |outcome: Result<(), AlterRefusal>| outcome.unwrap_err().to_string();
    for op in [set("3"), AlterOp::Delete] {
        let text = "Broker-level min.insync.replicas cannot be altered while ELR is enabled.";
        assert_eq!(refused(alter(&topics, &node, op).await), text);
    }
    let text = "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.";
    assert_eq!(refused(alter(&topics, "", AlterOp::Delete).await), text);
    assert_eq!(alter(&topics, "", set("4")).await, Ok(()));
    raise(&topics, ELIGIBLE, 1).await;
    assert_eq!(configs(&topics, ""), cluster("4"), "what is there stays");
}

#[tokio::test]
async fn who_raises_the_quorum_does_not_say_where_its_voter_is() {
    let listeners = ("listeners", "PLAINTEXT://0.0.0.0:9092,CONTROLLER://0.0.0.0:9093");
    let given = [listeners, ("controller.listener.names", "CONTROLLER")];
    let protocols = (
        "listener.security.protocol.map",
        "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    );
    let dynamic = ("controller.quorum.bootstrap.servers", "localhost:9093");
    for more in [("controller.quorum.voters", "1@localhost:9093"), dynamic] {
        let dir = tempfile::tempdir().unwrap();
        let (topics, _store) = started_with(dir.path(), &[given[0], given[1], protocols, more]);
        raise(&topics, "kraft.version", 1).await;
        let node = topics.image().node_id;
        let wanted = voter(
            node,
            topics.voter_directory(),
            &[("CONTROLLER", "localhost", 9093)],
        );
        let writer = topics.shared().writer.lock().await;
        let (_, value) = writer.state.quorum.get(&6).unwrap().clone();
        assert_eq!(value, ControlRecord::Voters(vec![wanted]).value(), "{more:?}");
    }
}
