//! What the container image stands on: `ottla container` and `ottla health`, without a container.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use compat_tests::server::binary;
use compat_tests::wire::Client;
use compat_tests::{DEADLINE, eventually_some, list, obj};

/// A broker started as the image starts it, its standard output line by line.
struct Container {
    child: Child,
    lines: Receiver<String>,
    folder: tempfile::TempDir,
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Container {
    fn start(variables: &[(&str, &str)]) -> Container {
        let folder = tempfile::tempdir().expect("a folder");
        let properties = folder.path().join("kafka.properties");
        let data = folder.path().join("data");
        let written = Command::new(binary())
            .args(["container", "properties", "--to"])
            .arg(&properties)
            .env("KAFKA_LISTENERS", "PLAINTEXT://127.0.0.1:0")
            .env("KAFKA_LOG_DIRS", &data)
            .envs(variables.iter().copied())
            .status();
        assert!(written.expect("runs").success());
        let mut child = Command::new(binary())
            .args(["container", "run", "--properties"])
            .arg(&properties)
            .env("OTTLA_READY_FILE", folder.path().join("ready"))
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let stdout = child.stdout.take().expect("a pipe");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Container { child, lines, folder }
    }

    /// Waits for a line with this text.
    #[track_caller]
    fn says(&self, text: &str) {
        loop {
            let line = self.lines.recv_timeout(DEADLINE);
            let line = line.unwrap_or_else(|_| panic!("{text:?} is never said"));
            if line.contains(text) {
                return;
            }
        }
    }

    fn address(&self) -> SocketAddr {
        let ready = self.folder.path().join("ready");
        eventually_some("the ready file", || {
            std::fs::read_to_string(&ready).ok()?.lines().next()?.parse().ok()
        })
    }
}

fn health(ready: &Path) -> (bool, String) {
    let output = Command::new(binary())
        .args(["health", "--ready-file"])
        .arg(ready)
        .output()
        .expect("runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), said)
}

#[test]
fn lines_that_modules_wait_for_come_in_their_order() {
    let container = Container::start(&[
        ("KAFKA_BROKER_ID", "7"),
        ("KAFKA_ZOOKEEPER_CONNECT", "localhost:2181"),
    ]);
    container.says("Creating new log file");
    container.says("[KafkaServer id=7] started");
    container.says("Transitioning from RECOVERY to RUNNING");
    container.says("Kafka Server started");
    let redpanda = Container::start(&[("OTTLA_ANNOUNCE", "redpanda")]);
    redpanda.says("Successfully started Redpanda!");
}

#[test]
fn a_new_cluster_has_the_id_that_the_image_was_given_and_keeps_it() {
    let data = tempfile::tempdir().expect("a folder");
    let data = data.path().to_str().expect("a path");
    for given in ["5L6g3nShT-eMCtK--X86sw", "MkU3OEVBNTcwNTJENDM2Qk"] {
        let container = Container::start(&[("CLUSTER_ID", given), ("KAFKA_LOG_DIRS", data)]);
        let mut client = Client::connect(container.address());
        let cluster = client.call("DescribeCluster", 0, obj! {});
        assert_eq!(cluster["cluster_id"], "5L6g3nShT-eMCtK--X86sw");
    }
}

#[test]
fn health_is_told_by_exit_code() {
    let mut container = Container::start(&[]);
    container.says("Kafka Server started");
    let address = container.address();
    let ready = container.folder.path().join("ready");
    assert_eq!(health(&ready), (true, format!("{address} serves\n")));
    let _ = container.child.kill();
    let _ = container.child.wait();
    let (is_healthy, said) = health(&ready);
    assert!(!is_healthy);
    assert!(said.starts_with(&format!("{address} does not serve: ")), "{said}");
    assert!(!health(Path::new("/no/such/file")).0);
}

#[test]
fn nobody_is_told_that_it_serves_when_the_ready_file_cannot_be_written() {
    let output = Command::new(binary())
        .args([
            "--memory",
            "--listen",
            "127.0.0.1:0",
            "--ready-file",
            "/no/such/folder/ready",
        ])
        .output()
        .expect("runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(
        (output.status.code(), text(&output.stdout)),
        (Some(1), String::new())
    );
    let said = text(&output.stderr);
    assert!(
        said.starts_with("ottla: cannot write the ready file /no/such/folder/ready: "),
        "{said}"
    );
}

#[test]
fn a_variable_that_nobody_knows_stops_nothing_and_a_wrong_value_does() {
    let container = Container::start(&[
        ("KAFKA_CONFLUENT_SUPPORT_METRICS_ENABLE", "false"),
        ("KAFKA_PORT", "tcp://10.0.0.1:9092"),
        ("KAFKA_HEAP_OPTS", "-Xmx1g"),
    ]);
    container.says("Kafka Server started");
    let mut wrong = Container::start(&[("KAFKA_NUM_PARTITIONS", "many")]);
    assert_eq!(wrong.child.wait().expect("ends").code(), Some(1));
}

#[test]
fn advertised_listeners_that_a_client_alters_act_at_once_and_that_is_said() {
    let container = Container::start(&[("KAFKA_NODE_ID", "1")]);
    container.says("Kafka Server started");
    let mut client = Client::connect(container.address());
    let change = obj! {
        name: "advertised.listeners", config_operation: 0, value: "PLAINTEXT://somewhere:1"
    };
    let resource = obj! { resource_type: 4, resource_name: "1", configs: list![change] };
    let altered = client.call("IncrementalAlterConfigs", 1, obj! { resources: list![resource] });
    assert_eq!(altered["responses"][0]["error_code"], 0);
    container.says("Checking need to trigger auto leader balancing");
    let metadata = client.call("Metadata", 8, obj! { topics: list![] });
    assert_eq!(metadata["brokers"][0]["host"], "somewhere");
}
