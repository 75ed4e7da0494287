//! The coordinator of groups by raw requests: commits at full speed, a large classic group after a leave, a restart with
//! many groups in the log.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::broker::{Broker, Kind, Site};
use crate::members::ClassicGroup;
use crate::proc;
use crate::results::Results;
use crate::stream::create;
use crate::wire::{Put, Wire};

const TOPIC: &str = "grouped";
const LIMIT: Duration = Duration::from_secs(120);
/// Threads that send; each serves its share of the clients.
pub const THREADS: usize = 2;
const CLIENTS: usize = 100;

const OFFSET_COMMIT: i16 = 8;
const OFFSET_FETCH: i16 = 9;
const FIND_COORDINATOR: i16 = 10;

/// Waits until the broker is the coordinator of a group.
pub fn await_coordinator(wire: &mut Wire, group: &str) -> Result<()> {
    let begun = Instant::now();
    while wire
        .call(FIND_COORDINATOR, 0, Put::default().text(group))?
        .i16()?
        != 0
        || committed(wire, group)?.is_none()
    {
        ensure!(begun.elapsed() < LIMIT, "no coordinator for {group}");
        proc::pause(5);
    }
    Ok(())
}

/// OffsetCommit v2 of partition 0 from outside a group.
fn commit_body(group: &str, offset: i64) -> Put {
    let group = Put::default().text(group).i32(-1).text("").i64(-1);
    group.i32(1).text(TOPIC).i32(1).i32(0).i64(offset).text("")
}

fn check_commit(wire: &mut Wire) -> Result<()> {
    let mut reply = wire.reply()?;
    reply.i32()?;
    reply.skip_text()?;
    reply.skip(8)?;
    let error = reply.i16()?;
    ensure!(error == 0, "OffsetCommit answers error {error}");
    Ok(())
}

/// The committed offset of partition 0, by OffsetFetch v1; None while the coordinator cannot say.
fn committed(wire: &mut Wire, group: &str) -> Result<Option<i64>> {
    let body = Put::default().text(group).i32(1).text(TOPIC).i32(1).i32(0);
    let mut reply = wire.call(OFFSET_FETCH, 1, body)?;
    reply.i32()?;
    reply.skip_text()?;
    reply.skip(8)?;
    let offset = reply.i64()?;
    reply.skip_text()?;
    let error = reply.i16()?;
    Ok((error == 0).then_some(offset))
}

/// Runs `each` in the threads that send and gathers what they give.
pub fn in_threads<T: Send>(each: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    let each = &each;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || each(thread)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| bail!("a thread panicked")))
            .collect()
    })
}

/// A hundred clients, each with a group of its own, commit one offset again and again, one request at a time each.
pub fn commits(site: &Site, kind: Kind, seconds: f64, results: &mut Results) -> Result<()> {
    let broker = Broker::start_new(site, kind, false)?;
    let mut wire = Wire::connect(&broker.address)?;
    create(&mut wire, TOPIC, 1)?;
    for client in 0..CLIENTS {
        await_coordinator(&mut wire, &format!("commits-{client}"))?;
    }
    in_threads(|thread| commit_for(&broker.address, thread, seconds))?;
    let before = proc::cpu_seconds(broker.pid())?;
    let begun = Instant::now();
    let latencies = in_threads(|thread| commit_for(&broker.address, thread, seconds))?;
    let elapsed = begun.elapsed().as_secs_f64();
    let cpu = proc::cpu_seconds(broker.pid())? - before;
    let mut latencies = latencies.concat();
    latencies.sort_unstable();
    let count = latencies.len();
    let p99 = latencies.get(count * 99 / 100).context("no commit")?;
    results.add("commits.rate", kind.name(), count as f64 / elapsed);
    results.add("commits.p99", kind.name(), f64::from(*p99) / 1e3);
    results.add("commits.cpu", kind.name(), cpu * 1e6 / count as f64);
    Ok(())
}

/// Microseconds of each commit of a thread's clients. All of them commit, then all answers are read: a latency is an
/// upper bound, for an answer may have waited for the reader.
fn commit_for(address: &str, thread: usize, seconds: f64) -> Result<Vec<u32>> {
    let mut clients = Vec::new();
    for client in (thread..CLIENTS).step_by(THREADS) {
        clients.push((
            Wire::connect(address)?,
            format!("commits-{client}"),
            Instant::now(),
        ));
    }
    let mut latencies = Vec::new();
    let begun = Instant::now();
    let mut offset = 0;
    while begun.elapsed().as_secs_f64() < seconds {
        offset += 1;
        for (wire, group, sent) in &mut clients {
            *sent = Instant::now();
            wire.send(OFFSET_COMMIT, 2, &commit_body(group, offset))?;
        }
        for (wire, _, sent) in &mut clients {
            check_commit(wire)?;
            latencies.push(sent.elapsed().as_micros() as u32);
        }
    }
    Ok(latencies)
}

/// A classic group of `members`: one leaves, the others hear of it by their heartbeats and join again. Milliseconds
/// from the last of these joins until all have their assignments.
pub fn rebalance(site: &Site, kind: Kind, members: usize, times: usize, results: &mut Results) -> Result<()> {
    let settings = [("group.initial.rebalance.delay.ms", "2000")];
    let mut broker = Broker::prepare_with(site, kind, false, &settings)?;
    broker.spawn(site)?;
    broker.wait_serving()?;
    let mut wire = Wire::connect(&broker.address)?;
    create(&mut wire, TOPIC, 1)?;
    await_coordinator(&mut wire, "large")?;
    let mut group = ClassicGroup::form(&broker.address, "large", members)?;
    for round in 0..times + 3 {
        group.leave()?;
        let elapsed = group.rejoin()?;
        if round >= 3 {
            results.add("rebalance.time", kind.name(), elapsed.as_secs_f64() * 1e3);
        }
        group.join()?;
    }
    Ok(())
}

/// `groups` groups commit `each` times; then the broker is stopped and started, killed and started. Seconds from the
/// start of the process until a sample of the groups over all shards is answered.
pub fn restart(site: &Site, kind: Kind, groups: usize, each: i64, results: &mut Results) -> Result<()> {
    let mut broker = Broker::start_new(site, kind, false)?;
    let mut wire = Wire::connect(&broker.address)?;
    create(&mut wire, TOPIC, 1)?;
    for group in 0..CLIENTS.min(groups) {
        await_coordinator(&mut wire, &group_name(group))?;
    }
    in_threads(|thread| commit_groups(&broker.address, thread, groups, each))?;
    drop(wire);
    for (what, clean) in [("stopped", true), ("killed", false)] {
        if clean {
            broker.stop()?;
        } else {
            broker.kill();
        }
        let begun = Instant::now();
        broker.spawn(site)?;
        broker.wait_serving()?;
        let mut wire = Wire::connect(&broker.address)?;
        for group in (0..groups).step_by(20) {
            while committed(&mut wire, &group_name(group))? != Some(each) {
                ensure!(
                    begun.elapsed() < LIMIT,
                    "{} has lost its offset",
                    group_name(group)
                );
                proc::pause(1);
            }
        }
        let seconds = begun.elapsed().as_secs_f64();
        results.add(&format!("groups-restart.{what}"), kind.name(), seconds);
    }
    results.add(
        "groups-restart.memory",
        kind.name(),
        proc::memory_mib(broker.pid(), "VmRSS")?,
    );
    Ok(())
}

fn group_name(group: usize) -> String {
    format!("restart-{group}")
}

/// A thread's share of the groups commits, the requests of a hundred groups under way at once.
fn commit_groups(address: &str, thread: usize, groups: usize, each: i64) -> Result<()> {
    let mut wire = Wire::connect(address)?;
    let own: Vec<String> = (thread..groups).step_by(THREADS).map(group_name).collect();
    for offset in 1..=each {
        for part in own.chunks(CLIENTS) {
            for group in part {
                wire.send(OFFSET_COMMIT, 2, &commit_body(group, offset))?;
            }
            for _ in part {
                check_commit(&mut wire)?;
            }
        }
    }
    Ok(())
}
