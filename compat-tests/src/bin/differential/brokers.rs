//! Both brokers, started with the same properties.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use compat_tests::kafka::{Kafka, free_ports};

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

/// What Kafka is formatted with in place of its usual levels: Ottla has none of these features.
const FEATURES: &str = "share.version=0,streams.version=0";

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

fn known(port: u16, controller: u16, folder: &Path) -> Vec<(String, &'static str)> {
    vec![
        (folder.display().to_string(), "folder"),
        (format!("127.0.0.1:{port}"), "address"),
        (format!("127.0.0.1:{controller}"), "controller"),
        (format!("localhost:{port}"), "address"),
    ]
}

/// Apache Kafka.
pub fn kafka(dir: &Path) -> Result<Broker> {
    let (port, controller) = free_ports()?;
    let kafka = Kafka {
        home: dir.join("kafka"),
        data: dir.join("kafka-data"),
        port,
        controller,
        features: FEATURES,
        properties: PROPERTIES.to_owned(),
    };
    Ok(Broker {
        child: kafka.start()?,
        addr: kafka.addr(),
        controller,
        known: known(port, controller, &kafka.data),
    })
}

/// Ottla, by a properties file, which means the `kafka` profile.
pub fn ottla(dir: &Path) -> Result<Broker> {
    let (port, controller) = free_ports()?;
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
