//! Kafka's tools against a broker of this process. What they must print was taken from Apache Kafka's own tools.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

use ottla::Ottla;

/// What a tool printed and ended with.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// Runs the tool; a `~` stands for a space in an argument.
fn tool(line: &str) -> Ran {
    let mut words = line.split_whitespace().map(|word| word.replace('~', " "));
    let tool = tools::find(&words.next().unwrap()).unwrap();
    let args: Vec<String> = words.collect();
    let (mut input, mut out, mut err) = (std::io::empty(), Vec::new(), Vec::new());
    let code = (tool.run)(&args, &mut tools::Io::new(&mut input, &mut out, &mut err));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran {
        code,
        out: text(out),
        err: text(err),
    }
}

/// Runs the tool, which must end well, and gives its output.
#[track_caller]
fn ok(line: &str) -> String {
    let ran = tool(line);
    assert_eq!(ran.code, 0, "{line}: {}{}", ran.out, ran.err);
    ran.out
}

/// Runs the tool, which must fail with this first line of the output, or of standard error where there is none.
#[track_caller]
fn fails(line: &str, wanted: &str) {
    let ran = tool(line);
    let said = if ran.out.is_empty() { &ran.err } else { &ran.out };
    assert_eq!((ran.code, said.lines().next()), (1, Some(wanted)), "{line}");
}

async fn broker() -> (Ottla, String) {
    let broker = Ottla::builder().memory().start().await.unwrap();
    let server = format!("--bootstrap-server {}", broker.address());
    (broker, server)
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_are_created_listed_described_altered_and_deleted() {
    let (_broker, b) = broker().await;
    assert_eq!(ok(&format!("kafka-topics.sh {b} --list")), "\n");
    let create = format!("kafka-topics {b} --create --topic t --partitions 2");
    assert_eq!(ok(&create), "Created topic t.\n");
    fails(
        &create,
        "Error while executing topic command : Topic 't' already exists.",
    );
    assert_eq!(ok(&format!("{create} --if-not-exists")), "");
    ok(&format!(
        "kafka-topics {b} --create --topic u --config retention.ms=1000"
    ));
    assert_eq!(ok(&format!("kafka-topics {b} --list")), "t\nu\n");
    ok(&format!("kafka-topics {b} --alter --topic t --partitions 3"));
    let described = ok(&format!("kafka-topics {b} --describe --topic u"));
    assert!(described.starts_with("Topic: u\tTopicId: "), "{described}");
    assert!(
        described.contains("\tPartitionCount: 1\tReplicationFactor: 1\tConfigs: "),
        "{described}"
    );
    assert!(described.contains("retention.ms=1000"), "{described}");
    let lines = ok(&format!("kafka-topics {b} --describe --topic t"));
    let last = lines.lines().last().unwrap();
    assert!(last.starts_with("\tTopic: t\tPartition: 2\tLeader: "), "{last}");
    ok(&format!("kafka-topics {b} --delete --topic [tu]"));
    fails(
        &format!("kafka-topics {b} --describe --topic t"),
        "Error while executing topic command : Topic 't' does not exist as expected",
    );
    fails("kafka-topics --list", "--bootstrap-server must be specified");
    fails(
        &format!("kafka-topics {b} --create"),
        "Missing required argument \"[topic]\"",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn configs_are_shown_and_changed() {
    let (_broker, b) = broker().await;
    ok(&format!("kafka-topics {b} --create --topic t"));
    let configs = format!("kafka-configs {b} --entity-type topics --entity-name t");
    assert_eq!(
        ok(&format!(
            "{configs} --alter --add-config retention.ms=2000,cleanup.policy=[compact,delete]"
        )),
        "Completed updating config for topic t.\n"
    );
    assert_eq!(
        ok(&format!("{configs} --describe")).lines().next(),
        Some("Dynamic configs for topic t are:")
    );
    assert!(
        ok(&format!("{configs} --describe"))
            .contains("\n  cleanup.policy=compact,delete sensitive=false synonyms={")
    );
    assert!(ok(&format!("{configs} --describe --all")).contains("\n  segment.bytes="));
    ok(&format!(
        "{configs} --alter --delete-config retention.ms,cleanup.policy"
    ));
    assert!(!ok(&format!("{configs} --describe")).contains("retention.ms="));
    fails(
        &format!("{configs} --alter"),
        "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter",
    );
    fails(
        &format!("kafka-configs {b} --entity-type foo --describe"),
        "Invalid entity type foo, the entity type must be one of topics, clients, users, brokers, ips, client-metrics, \
        groups, broker-loggers with a --bootstrap-server or --bootstrap-controller argument",
    );
    assert_eq!(
        ok(&format!(
            "kafka-client-metrics {b} --alter --name m --metrics a.,b. --interval 1000"
        )),
        "Altered client metrics config for m.\n"
    );
    assert_eq!(ok(&format!("kafka-client-metrics {b} --list")), "m\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_folders_and_records() {
    let (_broker, b) = broker().await;
    ok(&format!("kafka-topics {b} --create --topic t --partitions 3"));
    assert_eq!(ok(&format!("kafka-get-offsets {b}")), "t:0:0\nt:1:0\nt:2:0\n");
    assert_eq!(
        ok(&format!(
            "kafka-get-offsets {b} --topic-partitions t:1-3 --time earliest"
        )),
        "t:1:0\nt:2:0\n"
    );
    fails(
        &format!("kafka-get-offsets {b} --topic nosuch"),
        "Error occurred: Could not match any topic-partitions with the specified filters",
    );
    let dirs = ok(&format!("kafka-log-dirs {b} --describe --topic-list t"));
    assert!(dirs.starts_with(
        "Querying brokers for log directories information\nReceived log directory information from brokers "
    ));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("offsets.json");
    std::fs::write(
        &file,
        r#"{"partitions":[{"topic":"t","partition":0,"offset":0}],"version":1}"#,
    )
    .unwrap();
    assert_eq!(
        ok(&format!(
            "kafka-delete-records {b} --offset-json-file {}",
            file.display()
        )),
        "Executing records delete operation\nRecords delete operation completed:\npartition: t-0\tlow_watermark: 0\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cluster_and_its_features() {
    let (_broker, b) = broker().await;
    assert!(ok(&format!("kafka-cluster cluster-id {b}")).starts_with("Cluster ID: "));
    assert!(ok(&format!("kafka-cluster list-endpoints {b}")).starts_with("ID         HOST "));
    let versions = ok(&format!("kafka-broker-api-versions {b}"));
    assert!(
        versions.contains("\tProduce(0): 0 to 13 [usable: 13],\n"),
        "{versions}"
    );
    let features = ok(&format!("kafka-features {b} describe"));
    let metadata = features
        .lines()
        .find(|line| line.starts_with("Feature: metadata.version "))
        .unwrap();
    assert!(
        metadata.contains("SupportedMinVersion: 3.3-IV3          SupportedMaxVersion: 4.3-IV0 "),
        "{metadata}"
    );
    assert!(
        ok(&format!("kafka-metadata-quorum {b} describe --status")).starts_with("ClusterId:              ")
    );
    ok(&format!("kafka-topics {b} --create --topic t"));
    assert_eq!(
        ok(&format!(
            "kafka-leader-election {b} --election-type preferred --topic t --partition 0"
        )),
        "Valid replica already elected for partitions t-0\n"
    );
    assert_eq!(
        ok("kafka-run-class kafka.tools.StorageTool version-mapping --release-version 4.0")
            .lines()
            .next(),
        Some("metadata.version=25 (4.0)")
    );
}

/// Until its time is up, a tool that reaches nobody would otherwise be silent.
#[test]
fn a_tool_that_reaches_no_broker_says_so_once_for_each_address() {
    let closed = || {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let (one, other) = (closed(), closed());
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("client.properties");
    std::fs::write(&file, "default.api.timeout.ms=500\n").unwrap();
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_ottla"))
        .args(["kafka-topics", "--list", "--bootstrap-server"])
        .arg(format!("{one},{other}"))
        .arg("--command-config")
        .arg(&file)
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    for (address, id) in [(one, -1), (other, -2)] {
        let line = format!(
            "WARN Connection to node {id} ({address}) could not be established. Node may not be available."
        );
        assert_eq!(said.matches(&line).count(), 1, "{said}");
    }
    assert!(!ran.status.success());
}
