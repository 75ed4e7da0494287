//! Both brokers, started with the same properties.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// What both are told, besides addresses and folders.
const PROPERTIES: &str = "\
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=3
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
controller.quorum.append.linger.ms=0
";

/// What Kafka is formatted with, besides: Ottla has none of these features.
const FEATURES: &str = "eligible.leader.replicas.version=0,share.version=0,streams.version=0";

/// A running broker; dropping it kills it.
pub struct Broker {
    child: Child,
    pub addr: SocketAddr,
    /// Port of the controller's listener.
    pub controller: u16,
    /// Texts of its own, with their symbols.
    pub known: Vec<(String, &'static str)>,
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two ports that were free a moment ago.
fn ports() -> Result<(u16, u16)> {
    let (a, b) = (
        TcpListener::bind("127.0.0.1:0")?,
        TcpListener::bind("127.0.0.1:0")?,
    );
    Ok((a.local_addr()?.port(), b.local_addr()?.port()))
}

fn known(port: u16, controller: u16, folder: &Path) -> Vec<(String, &'static str)> {
    vec![
        (folder.display().to_string(), "folder"),
        (format!("127.0.0.1:{port}"), "address"),
        (format!("127.0.0.1:{controller}"), "controller"),
        (format!("localhost:{port}"), "address"),
    ]
}

/// Apache Kafka, by the starter that the ring of its own tests uses too.
pub fn kafka(dir: &Path) -> Result<Broker> {
    let (port, controller) = ports()?;
    let folder = dir.join("kafka-data");
    let home = dir.join("kafka");
    std::fs::create_dir_all(&home)?;
    let ait = format!(
        "ait.port={port}\nait.controller.port={controller}\nait.data={}\nait.listener.name=PLAINTEXT\n\
         ait.controller.listener.name=CONTROLLER\nait.security.protocol=PLAINTEXT\n\
         ait.controller.security.protocol=PLAINTEXT\nait.broker.id=1\nait.disks=1\nait.standalone=false\n\
         ait.metadata.version=30\nait.features={FEATURES}\n{PROPERTIES}",
        folder.display()
    );
    std::fs::write(home.join("properties"), ait)?;
    let starter = Path::new(env!("CARGO_MANIFEST_DIR")).join("apache/brokers/kafka.sh");
    let mut child = Command::new(starter)
        .args([home.join("properties"), home])
        .env("AIT_HOST", "127.0.0.1")
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let out = child.stdout.take().context("a pipe")?;
    BufReader::new(out).read_line(&mut line)?;
    let broker = Broker {
        child,
        addr: ([127, 0, 0, 1], port).into(),
        controller,
        known: known(port, controller, &folder),
    };
    ensure!(line.starts_with("READY"), "Kafka does not start: {line}");
    Ok(broker)
}

/// Ottla, by a properties file, which means the `kafka` profile.
pub fn ottla(dir: &Path) -> Result<Broker> {
    let (port, controller) = ports()?;
    let folder = dir.join("ottla-data");
    let file = dir.join("ottla.properties");
    let ready = dir.join("ottla.ready");
    let listeners = format!("PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}");
    let text = format!(
        "process.roles=broker,controller\nnode.id=1\nlisteners={listeners}\nadvertised.listeners={listeners}\n\
         inter.broker.listener.name=PLAINTEXT\ncontroller.listener.names=CONTROLLER\n\
         listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
         controller.quorum.voters=1@127.0.0.1:{controller}\nlog.dirs={}\n{PROPERTIES}",
        folder.display()
    );
    std::fs::write(&file, text)?;
    let binary = std::env::var_os("OTTLA").context("OTTLA names the binary")?;
    let mut child = Command::new(binary)
        .arg("--config")
        .arg(&file)
        .arg("--ready-file")
        .arg(&ready)
        .stdout(Stdio::null())
        .spawn()?;
    compat_tests::eventually("Ottla serves", || {
        let text = std::fs::read_to_string(&ready).unwrap_or_default();
        let gone = child.try_wait().expect("a child");
        assert!(gone.is_none(), "Ottla does not start: {gone:?}");
        text.ends_with('\n')
    });
    Ok(Broker {
        child,
        addr: ([127, 0, 0, 1], port).into(),
        controller,
        known: known(port, controller, &folder),
    })
}
