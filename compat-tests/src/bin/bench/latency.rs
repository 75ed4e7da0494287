//! One record at a time on a raw warm connection, beside a bare echo of the same sizes and a bare fdatasync.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::broker::{Broker, Kind, Site};
use crate::floor::{Helper, fdatasync_micros};
use crate::proc;
use crate::results::Results;
use crate::stream::create;
use crate::wire::{Wire, produce_error, produce_frame};

const TOPIC: &str = "latency";
const VALUE_BYTES: usize = 100;
const WARM_UP: usize = 2000;

/// Processors of (client, server).
const PLACES: [(&str, &str, &str); 2] = [("shared", "0", "0"), ("apart", "0", "1")];

/// The produce round trip of one broker in both placements.
pub fn broker(site: &Site, kind: Kind, fsync: bool, requests: usize, results: &mut Results) -> Result<()> {
    let broker = Broker::start_new(site, kind, fsync)?;
    create(&mut Wire::connect(&broker.address)?, TOPIC, 1)?;
    for (place, client, server) in PLACES {
        if !usable(client, server) {
            continue;
        }
        proc::pin(broker.pid(), server)?;
        let row = format!("latency-{}-{place}", policy(fsync));
        measure(
            broker.pid(),
            &broker.address,
            client,
            requests,
            &row,
            kind.name(),
            results,
        )?;
    }
    Ok(())
}

/// The same exchange with nothing behind it, and the cost of the disk alone.
pub fn floors(site: &Site, requests: usize, results: &mut Results) -> Result<()> {
    for (subject, program) in [("echo", "echo"), ("echo-tokio", "echo-tokio")] {
        for (place, client, server) in PLACES {
            if !usable(client, server) {
                continue;
            }
            let helper = Helper::start(program, &[])?;
            proc::pin(helper.pid(), server)?;
            let row = format!("latency-os-{place}");
            measure(
                helper.pid(),
                &helper.address,
                client,
                requests,
                &row,
                subject,
                results,
            )?;
        }
    }
    let times = fdatasync_micros(
        &site.work,
        produce_frame(1, TOPIC, 1, &[b'v'; VALUE_BYTES]).len(),
        requests.min(5000),
    )?;
    results.add("latency-fsync.p50", "fdatasync", percentile(&times, 0.5));
    results.add("latency-fsync.p99", "fdatasync", percentile(&times, 0.99));
    Ok(())
}

fn policy(fsync: bool) -> &'static str {
    if fsync { "fsync" } else { "os" }
}

/// On a machine with one processor only the shared placement exists.
fn usable(client: &str, server: &str) -> bool {
    client == server || std::thread::available_parallelism().is_ok_and(|count| count.get() > 1)
}

fn measure(
    pid: u32,
    address: &str,
    processor: &str,
    requests: usize,
    row: &str,
    subject: &str,
    results: &mut Results,
) -> Result<()> {
    let before = proc::cpu_seconds(pid)?;
    let mut command = Command::new("taskset");
    command
        .args(["-c", processor])
        .arg(std::env::current_exe()?)
        .args(["round-trips", address, &requests.to_string()]);
    let done = command.stderr(Stdio::inherit()).output().context("taskset")?;
    ensure!(done.status.success(), "round trips to {subject} failed");
    let cpu = proc::cpu_seconds(pid)? - before;
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let mut numbers = text.split_whitespace().map(str::parse::<f64>);
    let mut next = || numbers.next().context("no number").and_then(|number| Ok(number?));
    results.add(&format!("{row}.p50"), subject, next()?);
    results.add(&format!("{row}.p99"), subject, next()?);
    results.add(
        &format!("{row}.cpu"),
        subject,
        cpu * 1e6 / (requests + WARM_UP) as f64,
    );
    Ok(())
}

/// `round-trips ADDRESS COUNT`: prints p50 and p99 in microseconds.
pub fn client(address: &str, count: usize) -> Result<()> {
    let mut wire = Wire::connect(address)?;
    let frame = produce_frame(1, TOPIC, 1, &[b'v'; VALUE_BYTES]);
    let mut times = Vec::with_capacity(count);
    for done in 0..count + WARM_UP {
        let begun = Instant::now();
        let reply = wire.exchange(&frame)?;
        let took = begun.elapsed();
        ensure!(produce_error(reply)? == 0, "not acknowledged");
        if done >= WARM_UP {
            times.push(took.as_secs_f64() * 1e6);
        }
    }
    times.sort_by(f64::total_cmp);
    println!("{:.2} {:.2}", percentile(&times, 0.5), percentile(&times, 0.99));
    Ok(())
}

/// The reply that an echo gives: what a broker would answer to the client's frame.
pub fn echo_reply() -> Vec<u8> {
    use crate::wire::Put;
    let body = Put::default()
        .i32(1)
        .i32(1)
        .text(TOPIC)
        .i32(1)
        .i32(0)
        .i16(0)
        .i64(0)
        .i64(-1)
        .i64(0)
        .i32(0);
    let mut frame = Put::default().i32(body.0.len() as i32).0;
    frame.extend(body.0);
    frame
}

/// The value below which this share lies.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share) as usize;
    sorted
        .get(at.min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}
