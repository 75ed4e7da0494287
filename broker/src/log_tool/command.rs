//! The subcommands of `ottla log` and what they end with.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{dump, verify};

/// What `ottla log` can do.
#[derive(Clone, Debug, Subcommand)]
pub enum LogCommand {
    /// Check every file of a data folder, or of one partition: batches, records, indexes, snapshots, checkpoints.
    ///
    /// Nothing is changed. No broker may start meanwhile; if one is running, it is not disturbed, and what it is
    /// just writing is not judged. Ends with 0 when everything is sound, with 1 when something needs somebody.
    #[command(
        after_help = "Examples:\n  ottla log verify ./ottla-data\n  ottla log verify --quiet /var/lib/kafka/data\n  \
                            ottla log verify ./ottla-data/orders-0"
    )]
    Verify(VerifyArgs),
    /// Show what is in one file: .log, .index, .timeindex, .txnindex, .snapshot, a checkpoint, partition.metadata.
    ///
    /// Damaged files are shown as far as they can be read; the command ends with 1 then.
    #[command(
        after_help = "Examples:\n  ottla log dump ./ottla-data/orders-0/00000000000000000000.log\n  \
                            ottla log dump --records --limit 3 ./ottla-data/__consumer_offsets-0/00000000000000000000.log\n  \
                            ottla log dump ./ottla-data/orders-0/00000000000000000000.timeindex"
    )]
    Dump(DumpArgs),
}

/// Arguments of `ottla log verify`.
#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// Data folder, or one partition's directory in it.
    #[arg(value_name = "DIR", default_value = "./ottla-data")]
    pub dir: PathBuf,
    /// Name only the partitions that there is something to tell about.
    #[arg(short, long)]
    pub quiet: bool,
}

/// Arguments of `ottla log dump`.
#[derive(Clone, Debug, Args)]
pub struct DumpArgs {
    /// The file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Show the records too: keys, values, headers; those of Kafka's own topics decoded.
    #[arg(short, long)]
    pub records: bool,
    /// Stop after so many batches or entries.
    #[arg(short, long, value_name = "COUNT")]
    pub limit: Option<usize>,
}

impl LogCommand {
    /// Does it, printing to `out`; answers whether everything looked at is sound.
    ///
    /// # Errors
    /// A sentence when there is nothing to look at, or nowhere to print to.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<bool> {
        let done = match self {
            LogCommand::Verify(args) => verify::run(args, out),
            LogCommand::Dump(args) => dump::run(args, out),
        };
        match done {
            // Whoever reads has seen enough.
            Err(error) if is_broken_pipe(&error) => Ok(true),
            done => done,
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<io::Error>();
    io.is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
}
