//! One broker and what it alone knows: its ids, ports and folders, each under a symbol that both worlds share.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use compat_tests::wire::{Client, Value, api, decode_response, encode_request};
use compat_tests::{list, obj};

use crate::brokers::Broker;
use crate::normal;
use crate::script::Step;
use crate::symbols::Symbols;

/// How long an answer may take, and how long one that is expected not to come.
const PATIENCE: Duration = Duration::from_secs(20);
const SILENCE: Duration = Duration::from_millis(1_500);
/// How long a coordinator may say that it is not ready yet.
const SETTLING: Duration = Duration::from_secs(4);
/// COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR and CONCURRENT_TRANSACTIONS pass by themselves.
const PASSING: [i64; 4] = [14, 15, 16, 51];
/// Requests whose effect Kafka's broker shows only some milliseconds after the controller's answer.
const CHANGES: [&str; 10] = [
    "CreateTopics",
    "DeleteTopics",
    "CreatePartitions",
    "AlterConfigs",
    "IncrementalAlterConfigs",
    "AlterClientQuotas",
    "UpdateFeatures",
    "ElectLeaders",
    "AlterPartitionReassignments",
    "AlterReplicaLogDirs",
];
/// The topic whose config tells that the broker has seen all earlier changes.
const WITNESS: &str = "zz-witness";

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A response, in symbols.
    Body(Value),
    /// The broker closed the connection.
    Closed,
    /// Nothing, in good time.
    Silence,
    /// Bytes that the schema cannot read.
    Unreadable(String),
}

/// A broker that is asked.
pub struct World {
    addrs: [SocketAddr; 2],
    /// To the broker's listener, and to the controller's.
    clients: [Client; 2],
    symbols: Symbols,
    seen: i64,
}

impl World {
    /// Meets a broker.
    pub fn new(broker: &Broker) -> World {
        let addr = broker.addr;
        let addrs = [addr, SocketAddr::new(addr.ip(), broker.controller)];
        let mut world = World {
            addrs,
            clients: addrs.map(Client::connect),
            symbols: Symbols::new(addr.port(), broker.controller, &broker.known),
            seen: 3_600_000,
        };
        let about = world.clients[0].call("DescribeCluster", 0, obj! {});
        world.symbols.text(about["cluster_id"].str(), "cluster");
        let topic = obj! { name: WITNESS, num_partitions: 1, replication_factor: 1 };
        let topic = obj! { topics: list![topic], timeout_ms: 10_000 };
        world.clients[0].call("CreateTopics", 7, topic);
        world.catch_up("the first topic");
        world
    }

    /// Asks one request of the script.
    pub fn ask(&mut self, step: &Step) -> Answer {
        let body = self.symbols.resolve(&step.body);
        let since = Instant::now();
        let value = loop {
            match self.try_call(step, &body) {
                Ok(value) if since.elapsed() < SETTLING && has_code(&value, &PASSING) => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Ok(value) => break value,
                Err(answer) => {
                    let door = usize::from(step.at_controller);
                    self.clients[door] = Client::connect(self.addrs[door]);
                    return answer;
                }
            }
        };
        if CHANGES.contains(&step.api)
            && has_code(&value, &[0])
            && body.get("validate_only") != Some(&true.into())
        {
            self.catch_up(&step.id);
        }
        let value = normal::ordered(step.api, value);
        for (path, symbol) in &step.keep {
            self.symbols.keep(&value, path, symbol);
        }
        // Once more: ids have an order that both worlds share only as symbols.
        let value = normal::ordered(step.api, self.symbols.symbolise(value));
        Answer::Body(normal::still(step.api, value))
    }

    fn try_call(&mut self, step: &Step, body: &Value) -> Result<Value, Answer> {
        let patience = if step.silent { SILENCE } else { PATIENCE };
        let client = &mut self.clients[usize::from(step.at_controller)];
        let stream = client.stream();
        stream.set_read_timeout(Some(patience)).expect("a timeout");
        let api = api(step.api);
        client.send_frame(&encode_request(api, step.version, 7, "differential", body));
        match client.try_recv_frame() {
            Ok(Some(frame)) => decode_response(api, step.version, &frame)
                .map(|(_, value)| value)
                .map_err(|error| Answer::Unreadable(format!("{error:#}"))),
            Ok(None) => Err(Answer::Closed),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(Answer::Silence)
            }
            Err(_) => Err(Answer::Closed),
        }
    }

    /// Waits until the broker shows a change that is later than all earlier ones.
    fn catch_up(&mut self, after: &str) {
        // Twice: Kafka shows a config a moment before it has opened the logs of the same bunch of changes.
        for _ in 0..2 {
            self.seen += 1;
            let value = self.seen.to_string();
            compat_tests::ops::alter_topic(&mut self.clients[0], WITNESS, &[("retention.ms", &value)]);
            let keys = list!["retention.ms"];
            let resource = obj! { resource_type: 2, resource_name: WITNESS, configuration_keys: keys };
            let ask = obj! { resources: list![resource] };
            compat_tests::eventually(&format!("the change of {after}"), || {
                let answer = self.clients[0].call("DescribeConfigs", 4, ask.clone());
                let shown = answer["results"][0]["configs"].list().first();
                shown.is_some_and(|config| config["value"] == value.as_str())
            });
        }
    }
}

/// Whether any `error_code` of the answer is one of these.
fn has_code(value: &Value, codes: &[i64]) -> bool {
    match value {
        Value::Struct(fields) => fields.iter().any(|(name, field)| match field {
            Value::Int(code) if name.ends_with("error_code") => codes.contains(code),
            other => has_code(other, codes),
        }),
        Value::Array(items) => items.iter().any(|item| has_code(item, codes)),
        _ => false,
    }
}

/// All answers of a broker, by the id of the step.
pub type Transcript = HashMap<String, Answer>;

/// Asks the whole script.
pub fn run(broker: &Broker, steps: &[Step]) -> Transcript {
    let mut world = World::new(broker);
    steps
        .iter()
        .map(|step| (step.id.clone(), world.ask(step)))
        .collect()
}
