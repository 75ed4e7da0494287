//! What a fetch of committed records costs in a partition with many aborted transactions.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::broker::{Broker, Kind, Site};
use crate::bulk::{Shape, batch};
use crate::proc;
use crate::results::Results;
use crate::stream::create;
use crate::txn_wire::{produce_body, stamp};
use crate::wire::{Put, Wire, frame, now_ms, produce_error};

const TOPIC: &str = "aborted";
const PRODUCERS: usize = 1000;
/// Transactions that are open at a time; one request aborts them.
const OPEN: usize = 10;
/// Such lots on the way to the broker.
const IN_FLIGHT: usize = 5;
/// Aborted transactions in the small log that the large one is held against.
const FEW: usize = 1000;
const SAMPLES: usize = 1000;
const SAMPLE_LIMIT: Duration = Duration::from_secs(5);
/// What a consumer asks for of a partition.
const CHUNK: i32 = 1 << 20;
const CHUNKS: i64 = 16;
const FIRST_PRODUCER: i64 = 1_000_000;

const PRODUCE: i16 = 0;
const FETCH: i16 = 1;
const LIST_OFFSETS: i16 = 2;
const WRITE_TXN_MARKERS: i16 = 27;

/// Fills a partition with `many` aborted transactions of one record each. Fetches of one batch, at offsets all over the
/// log, and lookups of the last stable offset, after the first thousand and in the end.
pub fn round(site: &Site, kind: Kind, many: usize, results: &mut Results) -> Result<()> {
    // Records and markers are written without the coordinator, which would take many times as long.
    let settings = [("transaction.partition.verification.enable", "false")];
    let mut broker = Broker::prepare_with(site, kind, false, &settings)?;
    broker.spawn(site)?;
    broker.wait_serving()?;
    let mut wire = Wire::connect(&broker.address)?;
    create(&mut wire, TOPIC, 1)?;
    while stable_end(&mut wire).is_err() {
        proc::pause(5); // the partition may not lead yet
    }
    let few = FEW.min(many / 10);
    let mut before = None;
    for (name, from, to) in [("few", 0, few), ("many", few, many)] {
        fill(&mut wire, from, to)?;
        let end = stable_end(&mut wire)?;
        ensure!(end == 2 * to as i64, "{end} is the last stable offset");
        let mut listed = 0;
        let stride = end * 618 / 1000 + 1; // however few samples there are, they lie all over the log
        let fetch = sample(|index| {
            listed = fetch(&mut wire, index as i64 * stride % end, 1)?.1;
            ensure!(listed > 0, "an aborted record is told to nobody");
            Ok(())
        })?;
        let lookup = sample(|_| stable_end(&mut wire).map(|_| ()))?;
        results.add(&format!("aborted.fetch-{name}"), kind.name(), fetch);
        results.add(&format!("aborted.listed-{name}"), kind.name(), listed as f64);
        results.add(&format!("aborted.stable-{name}"), kind.name(), lookup);
        if let Some((fetch_before, lookup_before)) = before.replace((fetch, lookup)) {
            results.add("aborted.fetch-growth", kind.name(), fetch / fetch_before);
            results.add("aborted.stable-growth", kind.name(), lookup / lookup_before);
            results.add("aborted.through", kind.name(), through(&mut wire, end)?);
        }
    }
    Ok(())
}

/// MiB per second of fetches of a MiB each, spread over the log.
fn through(wire: &mut Wire, end: i64) -> Result<f64> {
    let begun = Instant::now();
    let mut bytes = 0;
    for chunk in 0..CHUNKS {
        bytes += fetch(wire, end * chunk / CHUNKS, CHUNK)?.0;
    }
    Ok(bytes as f64 / f64::from(1 << 20) / begun.elapsed().as_secs_f64())
}

/// The median, in microseconds, of many times or of as many as there is time for; some are done before.
fn sample(mut each: impl FnMut(usize) -> Result<()>) -> Result<f64> {
    let mut micros = Vec::new();
    let begun = Instant::now();
    for index in 0..SAMPLES * 2 {
        if begun.elapsed() > SAMPLE_LIMIT && micros.len() > 10 {
            break;
        }
        let start = Instant::now();
        each(index)?;
        micros.push(start.elapsed().as_secs_f64() * 1e6);
    }
    let mut micros = micros.split_off(micros.len() / 2);
    micros.sort_by(f64::total_cmp);
    micros.get(micros.len() / 2).copied().context("no sample")
}

/// Bytes and aborted transactions that a consumer of committed records is told of from `offset` on (Fetch v4).
fn fetch(wire: &mut Wire, offset: i64, max_bytes: i32) -> Result<(usize, usize)> {
    let body = Put::default().i32(-1).i32(500).i32(1).i32(max_bytes).i8(1);
    let body = body.i32(1).text(TOPIC).i32(1).i32(0).i64(offset);
    let mut reply = wire.call(FETCH, 4, body.i32(max_bytes))?;
    reply.skip(4 + 4)?;
    reply.skip_text()?;
    reply.skip(4 + 4)?;
    let error = reply.i16()?;
    ensure!(error == 0, "Fetch answers error {error}");
    reply.skip(8 + 8)?;
    let aborted = reply.i32()?.max(0) as usize;
    reply.skip(16 * aborted)?;
    Ok((reply.i32()?.max(0) as usize, aborted))
}

/// The last stable offset, by ListOffsets v2.
fn stable_end(wire: &mut Wire) -> Result<i64> {
    let body = Put::default().i32(-1).i8(1).i32(1).text(TOPIC);
    let mut reply = wire.call(LIST_OFFSETS, 2, body.i32(1).i32(0).i64(-1))?;
    reply.skip(4 + 4)?;
    reply.skip_text()?;
    reply.skip(4 + 4)?;
    let error = reply.i16()?;
    ensure!(error == 0, "ListOffsets answers error {error}");
    reply.i64()?;
    Ok(reply.i64()?)
}

/// Writes and aborts the transactions `from..to`, some lots on the way at a time; an answer is there for each request, in
/// order.
fn fill(wire: &mut Wire, from: usize, to: usize) -> Result<()> {
    let shape = Shape {
        records: 1,
        value_size: 1,
    };
    let mut batch = batch(&shape, now_ms(), |_| None);
    let mut waiting = 0;
    for first in (from..to).step_by(OPEN) {
        let mut frames = Vec::new();
        for transaction in first..first + OPEN {
            let (producer, sequence) = (transaction % PRODUCERS, transaction / PRODUCERS);
            stamp(&mut batch, FIRST_PRODUCER + producer as i64, 0, sequence as i32);
            let body = produce_body(&format!("filler-{producer}"), TOPIC, 0, &batch);
            frames.extend(frame(PRODUCE, 7, 0, &body.0));
        }
        frames.extend(abort_frame(first % PRODUCERS));
        wire.send_frames(&frames)?;
        waiting += 1;
        if waiting > IN_FLIGHT {
            check_lot(wire)?;
            waiting -= 1;
        }
    }
    (0..waiting).try_for_each(|_| check_lot(wire))
}

/// WriteTxnMarkers v1, the only version here with the flexible encoding, that aborts a lot of producers.
fn abort_frame(first: usize) -> Vec<u8> {
    let mut body = Put::default().i8(0).i8(OPEN as i8 + 1); // tags of the header; a count is told as one more
    for producer in first..first + OPEN {
        body = body.i64(FIRST_PRODUCER + producer as i64).i16(0).i8(0);
        body = body.i8(2).i8(TOPIC.len() as i8 + 1);
        body.0.extend(TOPIC.as_bytes());
        body = body.i8(2).i32(0).i8(0).i32(0).i8(0);
    }
    frame(WRITE_TXN_MARKERS, 1, 0, &body.i8(0).0)
}

fn check_lot(wire: &mut Wire) -> Result<()> {
    for _ in 0..OPEN {
        let error = produce_error(wire.receive()?)?;
        ensure!(error == 0, "Produce answers error {error}");
    }
    let mut reply = wire.reply()?;
    reply.skip(1 + 1)?;
    for _ in 0..OPEN {
        reply.skip(8 + 1 + 1 + TOPIC.len() + 1 + 4)?;
        let error = reply.i16()?;
        ensure!(error == 0, "WriteTxnMarkers answers error {error}");
        reply.skip(3)?;
    }
    Ok(())
}
