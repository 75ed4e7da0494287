//! Apache Kafka as a process, by the starter that the ring of its own tests uses too (`KAFKA_LIBS`, `AIT_CACHE`).

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// How to start it.
pub struct Kafka {
    /// A folder of its own: properties, log.
    pub home: PathBuf,
    /// Its data folder, formatted when it is not there.
    pub data: PathBuf,
    /// Port of the brokers' listener.
    pub port: u16,
    /// Port of the controllers' listener.
    pub controller: u16,
    /// Levels of features that it is formatted with, `name=level` with commas between; metadata.version is that of 4.3.
    pub features: &'static str,
    /// Further properties, a line each.
    pub properties: String,
}

impl Kafka {
    /// Starts it and waits until it serves.
    pub fn start(&self) -> Result<Child> {
        std::fs::create_dir_all(&self.home)?;
        let Kafka {
            port,
            controller,
            features,
            properties,
            ..
        } = self;
        let text = format!(
            "ait.port={port}\nait.controller.port={controller}\nait.data={}\nait.listener.name=PLAINTEXT\n\
             ait.controller.listener.name=CONTROLLER\nait.security.protocol=PLAINTEXT\n\
             ait.controller.security.protocol=PLAINTEXT\nait.broker.id=1\nait.disks=1\nait.standalone=false\n\
             ait.metadata.version=30\nait.features={features}\n{properties}",
            self.data.display()
        );
        let file = self.home.join("properties");
        std::fs::write(&file, text)?;
        let mut child = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("apache/brokers/kafka.sh"))
            .args([&file, &self.home])
            .env("AIT_HOST", "127.0.0.1")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let out = child.stdout.take().context("a pipe")?;
        BufReader::new(out).read_line(&mut line)?;
        if !line.starts_with("READY") {
            let _ = child.kill();
            let _ = child.wait();
        }
        ensure!(
            line.starts_with("READY"),
            "Kafka does not start: {line}; see {}",
            self.home.display()
        );
        Ok(child)
    }

    /// Where its clients connect.
    pub fn addr(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }
}

/// Two ports that were free a moment ago.
pub fn free_ports() -> Result<(u16, u16)> {
    let (a, b) = (
        TcpListener::bind("127.0.0.1:0")?,
        TcpListener::bind("127.0.0.1:0")?,
    );
    Ok((a.local_addr()?.port(), b.local_addr()?.port()))
}
