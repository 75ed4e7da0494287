//! `ottla.create.topic.policy` and `ottla.alter.config.policy`, and `ottla config check`.

use std::process::Command;

use compat_tests::errors::{NONE, POLICY_VIOLATION};
use compat_tests::ops::create_topic;
use compat_tests::server::{Options, binary, run_to_exit};
use compat_tests::wire::{Client, Value};
use compat_tests::{list, obj, unique};

fn create(client: &mut Client, name: &str, partitions: i32, configs: Value, validate_only: bool) -> Value {
    let topic = obj! { name: name, num_partitions: partitions, replication_factor: 1, configs: configs };
    let request = obj! { topics: list![topic], timeout_ms: 30_000, validate_only: validate_only };
    client.call("CreateTopics", 7, request)["topics"][0].clone()
}

#[test]
fn new_topics_meet_the_policy() {
    let policy = "partitions <= 3; name ~ [a-z][a-z0-9-]*; forbid segment.bytes; retention.ms <= 1000";
    let Some(broker) = Options::new()
        .memory()
        .set("ottla.create.topic.policy", policy)
        .start()
    else {
        return;
    };
    let mut client = broker.client();
    let name = unique("t");
    let refused = create(&mut client, &name, 4, list![], false);
    assert_eq!(refused["error_code"], POLICY_VIOLATION);
    assert_eq!(
        refused["error_message"],
        "partitions is \"4\", against this broker's policy: partitions <= 3"
    );
    let long = list![obj! { name: "retention.ms", value: "1001" }];
    assert_eq!(
        create(&mut client, &name, 1, long, true)["error_code"],
        POLICY_VIOLATION
    );
    let size = list![obj! { name: "segment.bytes", value: "2000000" }];
    assert_eq!(
        create(&mut client, &name, 1, size, false)["error_code"],
        POLICY_VIOLATION
    );
    assert_eq!(
        create(&mut client, "No_Such", 1, list![], false)["error_code"],
        POLICY_VIOLATION
    );
    let fine = list![obj! { name: "retention.ms", value: "1000" }];
    assert_eq!(create(&mut client, &name, 3, fine, false)["error_code"], NONE);
}

#[test]
fn config_changes_meet_the_policy() {
    let policy = "retention.ms <= 1000; require cleanup.policy; forbid preallocate; log.cleaner.threads <= 1";
    let Some(broker) = Options::new()
        .memory()
        .set("ottla.alter.config.policy", policy)
        .start()
    else {
        return;
    };
    let mut client = broker.client();
    let topic = unique("t");
    create_topic(
        &mut client,
        &topic,
        1,
        &[("preallocate", "false"), ("cleanup.policy", "delete")],
    );
    let alter = |client: &mut Client, kind: i8, name: &str, config: &str, operation: i8, value: Value| {
        let change = obj! { name: config, config_operation: operation, value: value };
        let resource = obj! { resource_type: kind, resource_name: name, configs: list![change] };
        let answer = client.call("IncrementalAlterConfigs", 1, obj! { resources: list![resource] });
        answer["responses"][0]["error_code"].int()
    };
    let violation = i64::from(POLICY_VIOLATION);
    let mut of_topic =
        |config: &str, operation: i8, value: Value| alter(&mut client, 2, &topic, config, operation, value);
    assert_eq!(of_topic("retention.ms", 0, "1001".into()), violation);
    assert_eq!(of_topic("retention.ms", 0, "1000".into()), 0);
    assert_eq!(
        of_topic("cleanup.policy", 1, Value::Null),
        violation,
        "it is required"
    );
    assert_eq!(of_topic("preallocate", 0, "true".into()), violation);
    assert_eq!(of_topic("preallocate", 1, Value::Null), 0, "it may go");
    assert_eq!(
        of_topic("segment.bytes", 0, "2000000".into()),
        0,
        "no rule speaks of it"
    );
    let threads = |client: &mut Client, count: &str| {
        alter(client, 4, "", "log.cleaner.threads", 0, count.to_owned().into())
    };
    assert_eq!(threads(&mut client, "2"), violation);
    assert_eq!(threads(&mut client, "1"), 0);
    let whole = obj! { resource_type: 2, resource_name: &topic, configs: list![obj! { name: "retention.ms", value: "5" }] };
    let answer = client.call("AlterConfigs", 2, obj! { resources: list![whole] });
    assert_eq!(
        answer["responses"][0]["error_code"], POLICY_VIOLATION,
        "it takes cleanup.policy away"
    );
}

#[test]
fn a_java_policy_refuses_the_start() {
    let refused = run_to_exit(&[
        "--memory",
        "--set",
        "create.topic.policy.class.name=com.example.P",
    ]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused
            .log
            .contains("create.topic.policy.class.name=com.example.P is not supported")
            && refused.log.contains("ottla.create.topic.policy"),
        "{}",
        refused.log
    );
}

#[test]
fn config_check_ends_with_what_a_start_would() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("server.properties");
    let check = |text: &str| {
        std::fs::write(&file, text).expect("written");
        let mut command = Command::new(binary());
        let done = command
            .args(["config", "check"])
            .arg(&file)
            .output()
            .expect("runs");
        (done.status.code(), String::from_utf8(done.stdout).expect("UTF-8"))
    };
    let (code, out) = check("node.id=1\nnum.partition=3\n");
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("unknown; did you mean num.partitions?"), "{out}");
    let (code, out) = check("node.id=1\n\nnum.partitions=no\nauto.create.topics.enable=maybe\n");
    assert_eq!(code, Some(1), "{out}");
    for line in [3, 4] {
        let place = format!("server.properties:{line} is not allowed");
        assert!(out.contains(&place), "{place} in {out}");
    }
    let refused = run_to_exit(&["--config", file.to_str().expect("a path")]);
    assert!(refused.log.contains("num.partitions=no in "), "{}", refused.log);
}
