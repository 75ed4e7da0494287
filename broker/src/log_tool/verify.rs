//! `ottla log verify`: one line a partition, one or two a finding, and a summary.

use std::io::Write;

use storage::inspect::{self, Finding, PartitionReport, Severity};
use storage::{FileSystem as _, RealFs};

use super::command::VerifyArgs;
use super::format::{count, size};

/// Checks the folder; answers whether it is sound.
pub(super) fn run(args: &VerifyArgs, out: &mut dyn Write) -> anyhow::Result<bool> {
    if !RealFs.exists(&args.dir)? {
        anyhow::bail!("{} does not exist.", args.dir.display());
    }
    let mut printed = Ok(());
    let report = inspect::verify(&RealFs, &args.dir, &mut |partition| {
        if printed.is_ok() && !(args.quiet && partition.findings.is_empty()) {
            printed = print_partition(partition, out);
        }
    });
    let report = report.map_err(|error| anyhow::anyhow!("cannot check {}: {error}.", args.dir.display()))?;
    printed?;
    for finding in &report.findings {
        print_finding(finding, out)?;
    }
    if let Some(holder) = &report.holder {
        writeln!(
            out,
            "A broker ({holder}) uses this folder, so it was not held off: what it was writing meanwhile is not judged."
        )?;
    } else if !report.clean {
        writeln!(
            out,
            "The folder was not closed cleanly: the next start reads the ends of its logs again."
        )?;
    }
    writeln!(
        out,
        "{} {}: {} damaged; {} batches, {} records, {}.",
        count(report.partitions),
        if report.partitions == 1 {
            "partition"
        } else {
            "partitions"
        },
        count(report.damaged),
        count(report.batches),
        count(report.records),
        size(report.bytes)
    )?;
    Ok(!report.is_damaged())
}

fn print_partition(found: &PartitionReport, out: &mut dyn Write) -> std::io::Result<()> {
    let name = found
        .path
        .file_name()
        .unwrap_or(found.path.as_os_str())
        .to_string_lossy();
    writeln!(
        out,
        "{name:<28} {:<7} {:>5} segments {:>11} batches {:>13} records {:>10} {:>9} index entries  offsets {} to {}",
        if found.is_damaged() { "DAMAGED" } else { "ok" },
        count(found.segments),
        count(found.batches),
        count(found.records),
        size(found.bytes),
        count(found.index_entries),
        found.log_start,
        found.log_end
    )?;
    found
        .findings
        .iter()
        .try_for_each(|finding| print_finding(finding, out))
}

fn print_finding(finding: &Finding, out: &mut dyn Write) -> std::io::Result<()> {
    let kind = match finding.severity {
        Severity::Damage => "DAMAGE",
        Severity::Note => "note  ",
    };
    let place = match finding.position {
        Some(position) => format!(", byte {position}"),
        None => String::new(),
    };
    writeln!(
        out,
        "  {kind} {}{place}: {}.",
        finding.path.display(),
        finding.what
    )?;
    writeln!(out, "         To do: {}.", finding.advice)
}
