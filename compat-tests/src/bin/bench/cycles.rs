//! A test suite's life by raw requests: create a topic, produce 10, consume 10 in a new group, delete the topic, a thousand
//! times. No client's timers are in it, so this is the broker's own share of a cycle, and what it keeps of them.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::broker::{Broker, Kind, Site};
use crate::bulk::Bulk;
use crate::groups::await_coordinator;
use crate::latency::percentile;
use crate::members::ClassicGroup;
use crate::proc;
use crate::results::Results;
use crate::wire::{Put, Wire};

const OFFSET_COMMIT: i16 = 8;
const DELETE_TOPICS: i16 = 20;
const DELETE_GROUPS: i16 = 42;
/// UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER: a client tries again.
const NOT_YET: [i16; 3] = [3, 5, 6];
const RECORDS: i64 = 10;

/// Milliseconds a cycle, broker CPU a cycle, and how memory and open files grew over the later nine tenths of `times`.
pub fn round(site: &Site, kind: Kind, times: usize, results: &mut Results) -> Result<()> {
    let broker = Broker::start_new(site, kind, false)?;
    let mut wire = Wire::connect(&broker.address)?;
    let mut reader = Bulk::connect(&broker.address)?;
    await_coordinator(&mut wire, "first")?;
    let warm = (times / 10).max(1);
    let mut took = Vec::with_capacity(times);
    let mut before = None;
    for round in 0..times {
        if round == warm {
            before = Some((
                proc::cpu_seconds(broker.pid())?,
                memory(&broker)?,
                open_files(&broker)?,
            ));
        }
        let begun = Instant::now();
        cycle(&mut wire, &mut reader, &broker.address, &format!("cycle-{round}"))
            .with_context(|| format!("cycle {round}"))?;
        took.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    let (cpu, memory_before, files_before) = before.context("too few cycles")?;
    let mut took = took.split_off(warm);
    let cycles = took.len() as f64;
    took.sort_by(f64::total_cmp);
    for (name, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
        results.add(&format!("cycles.{name}"), kind.name(), percentile(&took, share));
    }
    let used = proc::cpu_seconds(broker.pid())? - cpu;
    results.add("cycles.cpu", kind.name(), used * 1e3 / cycles);
    results.add("cycles.memory", kind.name(), memory(&broker)? - memory_before);
    results.add("cycles.files", kind.name(), open_files(&broker)? - files_before);
    Ok(())
}

fn cycle(wire: &mut Wire, reader: &mut Bulk, address: &str, name: &str) -> Result<()> {
    wire.create_topics(&[name.to_owned()], 1)?;
    // Kafka answers the creation before every part of it knows the topic.
    while !wire.metadata(Some(&[name.to_owned()]), false)?.0 {
        proc::pause(1);
    }
    for _ in 0..RECORDS {
        let mut error = wire.produce(name, 1, b"a record of a test")?;
        while NOT_YET.contains(&error) {
            proc::pause(1);
            error = wire.produce(name, 1, b"a record of a test")?;
        }
        ensure!(error == 0, "Produce answers error {error}");
    }
    let mut group = ClassicGroup::form(address, name, 1)?;
    let mut offset = 0;
    while offset < RECORDS {
        offset = reader.fetch(name, offset)?.1;
    }
    commit(wire, name, &group, offset)?;
    group.leave()?;
    delete(wire, DELETE_GROUPS, 0, Put::default().i32(1).text(name))?;
    delete(
        wire,
        DELETE_TOPICS,
        1,
        Put::default().i32(1).text(name).i32(60_000),
    )
}

/// OffsetCommit v2 of the only member.
fn commit(wire: &mut Wire, name: &str, group: &ClassicGroup, offset: i64) -> Result<()> {
    let (member, generation) = group.newest().context("a member")?;
    let body = Put::default().text(name).i32(generation).text(member).i64(-1);
    let body = body.i32(1).text(name).i32(1).i32(0).i64(offset).text("");
    let mut reply = wire.call(OFFSET_COMMIT, 2, body)?;
    reply.i32()?;
    reply.skip_text()?;
    reply.skip(8)?;
    let error = reply.i16()?;
    ensure!(error == 0, "OffsetCommit answers error {error}");
    Ok(())
}

/// DeleteGroups v0 and DeleteTopics v1 answer alike.
fn delete(wire: &mut Wire, key: i16, version: i16, body: Put) -> Result<()> {
    let mut reply = wire.call(key, version, body)?;
    reply.i32()?;
    reply.i32()?;
    reply.skip_text()?;
    let error = reply.i16()?;
    ensure!(error == 0, "a deletion (key {key}) answers error {error}");
    Ok(())
}

fn memory(broker: &Broker) -> Result<f64> {
    proc::memory_mib(broker.pid(), "VmRSS")
}

fn open_files(broker: &Broker) -> Result<f64> {
    Ok(fs::read_dir(format!("/proc/{}/fd", broker.pid()))?.count() as f64)
}
