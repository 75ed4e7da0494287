//! Starting, stopping and killing the brokers that are compared.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::proc;
use crate::wire::Wire;

const START_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// Which broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ottla,
    Kafka,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Ottla => "ottla",
            Kind::Kafka => "kafka",
        }
    }
}

/// Where the brokers are and where they may write.
#[derive(Clone, Debug)]
pub struct Site {
    pub ottla: PathBuf,
    pub kafka_libs: PathBuf,
    pub work: PathBuf,
}

impl Site {
    /// `java` with the given heap and Apache Kafka on its class path.
    pub fn java(&self, options: &[&str]) -> Command {
        let mut command = Command::new("java");
        command
            .args(options)
            .arg("-cp")
            .arg(format!("{}/*", self.kafka_libs.display()));
        command
    }
}

/// One broker process on a data folder of its own; killed when dropped.
pub struct Broker {
    pub kind: Kind,
    pub address: String,
    pub dir: PathBuf,
    fsync: bool,
    settings: Vec<(&'static str, &'static str)>,
    child: Option<Child>,
}

/// What Apache's own start script gives the broker.
const KAFKA_JVM: [&str; 6] = [
    "-Xmx1G",
    "-Xms1G",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
];

impl Broker {
    /// A broker on an empty folder, not started.
    pub fn prepare(site: &Site, kind: Kind, fsync: bool) -> Result<Broker> {
        Broker::prepare_with(site, kind, fsync, &[])
    }

    /// The same with some configs.
    pub fn prepare_with(
        site: &Site,
        kind: Kind,
        fsync: bool,
        settings: &[(&'static str, &'static str)],
    ) -> Result<Broker> {
        let dir = site.work.join(kind.name());
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        fs::create_dir_all(&dir)?;
        let port = free_port()?;
        let broker = Broker {
            kind,
            address: format!("127.0.0.1:{port}"),
            dir,
            fsync,
            settings: settings.to_vec(),
            child: None,
        };
        if kind == Kind::Kafka {
            broker.format(site, free_port()?)?;
        }
        Ok(broker)
    }

    /// A broker on an empty folder that answers requests.
    pub fn start_new(site: &Site, kind: Kind, fsync: bool) -> Result<Broker> {
        let mut broker = Broker::prepare(site, kind, fsync)?;
        broker.spawn(site)?;
        broker.wait_serving()?;
        Ok(broker)
    }

    /// Starts the process and returns at once.
    pub fn spawn(&mut self, site: &Site) -> Result<()> {
        let output = File::options()
            .create(true)
            .append(true)
            .open(self.dir.join("broker.out"))?;
        let mut command = match self.kind {
            Kind::Ottla => {
                let mut command = Command::new(&site.ottla);
                command.args([
                    "--listen",
                    &self.address,
                    "--flush",
                    if self.fsync { "fsync" } else { "os" },
                    "--data",
                ]);
                command.arg(self.data());
                for (name, value) in &self.settings {
                    command.arg("--set").arg(format!("{name}={value}"));
                }
                command
            }
            Kind::Kafka => {
                let mut command = site.java(&KAFKA_JVM);
                command.args([
                    "kafka.Kafka".as_ref(),
                    self.dir.join("server.properties").as_os_str(),
                ]);
                command
            }
        };
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        self.child = Some(
            command
                .spawn()
                .with_context(|| format!("cannot start {}", self.kind.name()))?,
        );
        Ok(())
    }

    /// Waits until the broker answers Metadata.
    pub fn wait_serving(&mut self) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < START_LIMIT {
            if let Ok((true, _)) =
                Wire::connect(&self.address).and_then(|mut wire| wire.metadata(Some(&[]), false))
            {
                return Ok(());
            }
            self.still_runs()?;
            proc::pause(1);
        }
        bail!("{} does not serve", self.kind.name())
    }

    pub fn still_runs(&mut self) -> Result<()> {
        if let Some(status) = self
            .child
            .as_mut()
            .and_then(|child| child.try_wait().ok().flatten())
        {
            let output = fs::read_to_string(self.dir.join("broker.out")).unwrap_or_default();
            let tail: Vec<&str> = output.lines().rev().take(5).collect();
            bail!(
                "{} ended ({status}): {}",
                self.kind.name(),
                tail.into_iter().rev().collect::<Vec<_>>().join(" | ")
            );
        }
        Ok(())
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// SIGTERM, and waits for the end.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        Command::new("kill").arg(child.id().to_string()).status()?;
        let begun = Instant::now();
        while child.try_wait()?.is_none() {
            if begun.elapsed() > STOP_LIMIT {
                child.kill()?;
                child.wait()?;
                bail!("{} still ran {STOP_LIMIT:?} after SIGTERM", self.kind.name());
            }
            proc::pause(1);
        }
        Ok(())
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Both only fail when the process is gone already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// Writes Kafka's properties and formats its folder, from a copy after the first time.
    fn format(&self, site: &Site, controller_port: u16) -> Result<()> {
        let properties = self.dir.join("server.properties");
        let mut text = kafka_properties(&self.address, controller_port, &self.data(), self.fsync);
        for (name, value) in &self.settings {
            text.push_str(&format!("{name}={value}\n"));
        }
        fs::write(&properties, text)?;
        let formatted = site.work.join("kafka-formatted");
        if !formatted.exists() {
            let tool = [
                "kafka.tools.StorageTool",
                "format",
                "-t",
                "MkU3OEVBNTcwNTJENDM2Qk",
                "-c",
            ];
            let done = site
                .java(&["-XX:TieredStopAtLevel=1", "-Xshare:auto"])
                .args(tool)
                .arg(&properties)
                .output()?;
            anyhow::ensure!(
                done.status.success(),
                "cannot format: {}",
                String::from_utf8_lossy(&done.stderr)
            );
            copy_files(&self.data(), &formatted)?;
        }
        copy_files(&formatted, &self.data())
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
        // A folder that cannot be removed is removed by the next start.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

fn kafka_properties(address: &str, controller_port: u16, data: &Path, fsync: bool) -> String {
    let flush = if fsync {
        "log.flush.interval.messages=1\n"
    } else {
        ""
    };
    format!(
        "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:{controller_port}\n\
         listeners=PLAINTEXT://{address},CONTROLLER://127.0.0.1:{controller_port}\nadvertised.listeners=PLAINTEXT://{address}\n\
         controller.listener.names=CONTROLLER\nlistener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n\
         log.dirs={}\noffsets.topic.replication.factor=1\ntransaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\ngroup.initial.rebalance.delay.ms=0\n{flush}",
        data.display()
    )
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
