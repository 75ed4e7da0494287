//! The log's own append beside plain buffered writes of the same bytes: the storage crate's program `append`, in turn.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::broker::Site;
use crate::floor::warm_page_cache;
use crate::results::Results;

/// One round of one of the two ways, in MiB a second. `subject` is `ottla` (the log) or `plain`.
pub fn round(site: &Site, subject: &str, bytes: u64, results: &mut Results) -> Result<()> {
    let program = crate::options::path("BENCH_APPEND")?;
    let dir = site.work.join("append");
    warm_page_cache(&site.work, bytes)?;
    let done = Command::new(program)
        .arg(if subject == "ottla" { "log" } else { "plain" })
        .arg(&dir)
        .arg(bytes.to_string())
        .output();
    // Removed whether it worked or not.
    let _ = std::fs::remove_dir_all(&dir);
    let done = done.context("the program append")?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let seconds: f64 = String::from_utf8_lossy(&done.stdout).trim().parse()?;
    results.add(
        "append.rate",
        subject,
        bytes as f64 / f64::from(1 << 20) / seconds,
    );
    Ok(())
}
