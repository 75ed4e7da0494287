//! Which topic configs are let in, by the table that Apache Kafka's own rules wrote (`scripts/ring-java rules`).

use compat_tests::errors::{INVALID_CONFIG, NONE};
use compat_tests::ops::new_topic;
use compat_tests::server::Broker;
use compat_tests::wire::{Client, Value};
use compat_tests::{list, obj};

/// A verdict (`ok` or Kafka's message) and the configs it is about, which all have tabs between them.
const TABLE: &str = include_str!("config_rules.tsv");

struct Case {
    verdict: &'static str,
    configs: Vec<(&'static str, &'static str)>,
}

impl Case {
    fn all() -> Vec<Case> {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        lines.map(Case::parse).collect()
    }

    fn parse(line: &'static str) -> Case {
        let mut fields = line.split('\t');
        let verdict = fields.next().expect("a verdict");
        let configs = fields.map(|pair| pair.split_once('=').expect("name=value"));
        Case {
            verdict,
            configs: configs.collect(),
        }
    }

    fn topic(&self, number: usize) -> Value {
        let configs: Vec<Value> = self
            .configs
            .iter()
            .map(|&(name, value)| obj! { name: name, value: value })
            .collect();
        obj! { name: format!("t{number}"), num_partitions: 1, replication_factor: 1, configs: configs }
    }

    /// What the answer says otherwise than Kafka.
    fn difference(&self, answer: &Value) -> Option<String> {
        let code = if self.verdict == "ok" {
            NONE
        } else {
            INVALID_CONFIG
        };
        let said = match answer["error_code"] == NONE {
            true => "ok",
            false => answer["error_message"].str(),
        };
        (answer["error_code"] != code || said != self.verdict)
            .then(|| format!("{:?}\n  Kafka: {}\n  Ottla: {said}", self.configs, self.verdict))
    }
}

#[track_caller]
fn agree(differences: &[String]) {
    assert!(
        differences.is_empty(),
        "{} differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn a_new_topic_may_have_what_kafka_lets_it_have() {
    let broker = Broker::start();
    let mut client = broker.client();
    let cases = Case::all();
    assert!(cases.len() > 1000);
    let mut differences = Vec::new();
    for cases in cases.chunks(200) {
        let topics: Vec<Value> = cases.iter().enumerate().map(|(i, case)| case.topic(i)).collect();
        let request = obj! { topics: topics, timeout_ms: 30_000, validate_only: true };
        let response = client.call("CreateTopics", 7, request);
        let answer = |i: usize| response["topics"].find("name", format!("t{i}").as_str()).clone();
        let of_these = cases.iter().enumerate();
        differences.extend(of_these.filter_map(|(i, case)| case.difference(&answer(i))));
    }
    agree(&differences);
}

#[test]
fn a_topic_that_exists_may_be_given_what_kafka_lets_it_be_given() {
    let broker = Broker::start();
    let mut client = broker.client();
    let topic = new_topic(&mut client, 1);
    let alter = |client: &mut Client, case: &Case| {
        let configs: Vec<Value> = case
            .configs
            .iter()
            .map(|&(name, value)| obj! { name: name, config_operation: 0, value: value })
            .collect();
        let resource = obj! { resource_type: 2, resource_name: topic.as_str(), configs: configs };
        let request = obj! { resources: list![resource], validate_only: true };
        let response = client.call("IncrementalAlterConfigs", 1, request);
        case.difference(&response["responses"][0])
    };
    let differences: Vec<String> = Case::all()
        .iter()
        .filter_map(|case| alter(&mut client, case))
        .collect();
    agree(&differences);
}
