//! What Linux says about a process and about this machine.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

const TICKS_PER_SECOND: f64 = 100.0; // USER_HZ, fixed on every Linux that is measured here

/// User and system CPU seconds that a process used so far.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the process is gone")?;
    let behind_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<&str> = behind_name.split_whitespace().collect();
    let ticks = |at: usize| {
        fields
            .get(at)
            .and_then(|field| field.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    Ok((ticks(11) + ticks(12)) / TICKS_PER_SECOND)
}

/// Resident memory in MiB: `VmRSS` (now) or `VmHWM` (the most so far).
pub fn memory_mib(pid: u32, field: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the process is gone")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))
        .context("no such field")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib / 1024.0)
}

/// Binds all threads of a process to the processors of the list.
pub fn pin(pid: u32, processors: &str) -> Result<()> {
    let done = Command::new("taskset")
        .args(["-a", "-c", "-p", processors, &pid.to_string()])
        .output()
        .context("taskset")?;
    anyhow::ensure!(
        done.status.success(),
        "taskset: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    Ok(())
}

/// Processor, memory and kernel, in a few words.
pub fn machine() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = memory
        .split_whitespace()
        .nth(1)
        .and_then(|field| field.parse::<u64>().ok())
        .unwrap_or(0);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let count = std::thread::available_parallelism().map_or(1, |count| count.get());
    format!(
        "{count} × {model}, {} GiB, Linux {}",
        kib.div_ceil(1 << 20),
        kernel.trim()
    )
}

/// Waits; the only place where the harness does.
pub fn pause(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}
