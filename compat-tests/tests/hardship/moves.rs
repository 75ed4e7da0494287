//! kill -9 while a partition moves between data folders under load: nothing is lost or doubled, and one folder has it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use compat_tests::log_dirs::{TwoFolders, ask_move, await_place, place};
use compat_tests::ops::{create_topic, fetch_values};
use compat_tests::rdkafka::{producer, send};
use compat_tests::wire::Client;
use compat_tests::{DEADLINE, eventually};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

/// What a record holds beside its number: enough for a copy that takes a while.
const FILLER_BYTES: usize = 4000;
/// Records between two flushes.
const CHUNK: usize = 50;

/// Writes numbers in order until told to stop.
fn write_on(producer: &BaseProducer, stop: &AtomicBool, written: &AtomicUsize) {
    let filler = "x".repeat(FILLER_BYTES);
    while !stop.load(Ordering::Relaxed) {
        let from = written.load(Ordering::Relaxed);
        for number in from..from + CHUNK {
            let text = format!("{number} {filler}");
            let record = BaseRecord::to("t").partition(0).key(&[][..]);
            send(producer, record.payload(text.as_bytes()));
        }
        producer.flush(DEADLINE).expect("all acknowledged");
        written.store(from + CHUNK, Ordering::Relaxed);
    }
}

/// Waits for the moment of the kill: at once, with the copy begun, half done, or just after the swap.
fn await_moment(client: &mut Client, round: usize, here: &Path, bytes: i64) {
    let wanted = match round % 4 {
        0 => return,
        1 => 1,
        2 => bytes / 2,
        _ => i64::MAX,
    };
    eventually("a moment of the move", || match place(client, "t", 0) {
        (path, _) if path != here => true,
        (_, copied) => copied.is_some_and(|copied| copied >= wanted),
    });
}

/// Whether a folder has anything of the partition: its log, a copy.
fn holds(folder: &Path) -> (bool, bool) {
    let entries = std::fs::read_dir(folder).unwrap();
    let names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let copy = |name: &String| name.starts_with("t-0.") && name.ends_with("-future");
    (names.iter().any(|name| name == "t-0"), names.iter().any(copy))
}

fn rounds(folders: &TwoFolders, flush: &str) {
    let Some(mut broker) = folders.options().arg("--flush").arg(flush).start() else {
        return;
    };
    create_topic(&mut broker.client(), "t", 1, &[("segment.bytes", "1048576")]);
    let settings = [
        ("enable.idempotence", "true"),
        ("acks", "all"),
        ("retry.backoff.ms", "20"),
    ];
    let producer = producer(&broker.bootstrap(), &settings);
    let (stop, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let writer = scope.spawn(|| write_on(&producer, &stop, &written));
        // The thread must end even when a check fails, or the scope would wait for it for ever.
        let checks = catch_unwind(AssertUnwindSafe(|| {
            for round in 0..8 {
                let before = written.load(Ordering::Relaxed);
                eventually("load", || written.load(Ordering::Relaxed) >= before + 1000);
                let mut client = broker.client();
                let (here, _) = place(&mut client, "t", 0);
                assert_eq!(ask_move(&mut client, 2, "t", 0, &folders.other(&here)), 0);
                await_moment(&mut client, round, &here, (before * FILLER_BYTES) as i64);
                broker.crash();
                let (now, copying) = place(&mut broker.client(), "t", 0);
                assert_eq!(copying, None);
                assert_eq!(holds(&now), (true, false), "round {round}");
                assert_eq!(holds(&folders.other(&now)), (false, false), "round {round}");
            }
        }));
        stop.store(true, Ordering::Relaxed);
        writer.join().unwrap();
        checks.unwrap_or_else(|panic| resume_unwind(panic));
    });
    let mut client = broker.client();
    let (here, _) = place(&mut client, "t", 0);
    assert_eq!(ask_move(&mut client, 2, "t", 0, &folders.other(&here)), 0);
    await_place(&mut client, "t", 0, &folders.other(&here));
    let values = fetch_values(&mut client, "t", 0);
    assert_eq!(
        values.len(),
        written.load(Ordering::Relaxed),
        "none lost, none twice"
    );
    for (number, value) in values.iter().enumerate() {
        assert_eq!(value.split(' ').next(), Some(&*number.to_string()), "in order");
    }
}

#[test]
fn kills_during_moves_lose_and_double_nothing() {
    rounds(&TwoFolders::new(), "os");
}

#[test]
fn kills_during_moves_with_fsync() {
    rounds(&TwoFolders::new(), "fsync");
}
