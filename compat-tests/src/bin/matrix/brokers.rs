//! The broker of one row: Ottla, or Apache Kafka to see whether it does the same.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Child;

use anyhow::{Context, Result};
use compat_tests::kafka::{Kafka, free_ports};
use compat_tests::server;
use compat_tests::wire::Client;

use crate::scenarios::World;

/// Which broker rows run against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ottla,
    Kafka,
}

/// What Kafka needs to be a broker alone, without waiting for members or segments.
const KAFKA: &str = "\
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=5
transaction.state.log.num.partitions=5
";

/// A running broker; dropping it ends it.
pub enum Broker {
    Ottla(Box<server::Broker>),
    Kafka(Oracle),
}

/// Apache Kafka with what it needs to come back.
pub struct Oracle {
    kafka: Kafka,
    child: Child,
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Broker {
    /// Starts one; `dir` is an empty folder for it.
    pub fn start(kind: Kind, world: World, dir: &Path) -> Result<Broker> {
        let creates = world == World::Memory;
        match kind {
            Kind::Ottla => {
                let options = server::Options::new().set("auto.create.topics.enable", creates);
                let options = if creates { options.memory() } else { options };
                let broker = options.start().context("COMPAT_BOOTSTRAP is set")?;
                Ok(Broker::Ottla(Box::new(broker)))
            }
            Kind::Kafka => {
                let (port, controller) = free_ports()?;
                let kafka = Kafka {
                    home: dir.join("kafka"),
                    data: dir.join("kafka-data"),
                    port,
                    controller,
                    features: "",
                    properties: format!("{KAFKA}auto.create.topics.enable={creates}\n"),
                };
                let child = kafka.start()?;
                Ok(Broker::Kafka(Oracle { kafka, child }))
            }
        }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        match self {
            Broker::Ottla(broker) => broker.addr(),
            Broker::Kafka(oracle) => oracle.kafka.addr(),
        }
    }

    /// A connection to it.
    pub fn client(&self) -> Client {
        Client::connect(self.addr())
    }

    /// Kills it and starts it again on its data and port.
    pub fn crash(&mut self) -> Result<()> {
        match self {
            Broker::Ottla(broker) => broker.crash(),
            Broker::Kafka(oracle) => {
                oracle.child.kill()?;
                oracle.child.wait()?;
                oracle.child = oracle.kafka.start()?;
            }
        }
        Ok(())
    }

    /// What it has logged, where that is at hand.
    pub fn log(&self) -> String {
        match self {
            Broker::Ottla(broker) => broker.log(),
            Broker::Kafka(oracle) => format!("see {}", oracle.kafka.home.display()),
        }
    }
}
