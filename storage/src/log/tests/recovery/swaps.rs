//! Compacted segments whose swap a crash interrupted, whole and damaged.

use super::swap_world::Swap;
use super::world::*;
use crate::LogError;
use crate::fs::{FileSystem, SimFs};
use crate::log::tests::support::*;

#[test]
fn leftovers_go_and_swaps_are_completed() {
    let fs = SimFs::new(1);
    let end = filled(&fs);
    let bases = bases(&fs);
    for name in [
        "00000000000000000000.log.deleted",
        "00000000000000000077.index",
        "x.tmp",
    ] {
        fs.write_atomic(&path(name), b"left").unwrap();
    }
    // A compaction of the first two segments that had got as far as its swap.
    let mut merged = fs.read(&path(&log_name(bases[0]))).unwrap();
    merged.extend(fs.read(&path(&log_name(bases[1]))).unwrap());
    fs.write_atomic(&path(&(log_name(bases[0]) + ".swap")), &merged)
        .unwrap();
    // And one that had not.
    let unfinished = log_name(bases[3]) + ".cleaned";
    fs.write_atomic(&path(&unfinished), b"left").unwrap();
    let (log, report) = recover(&fs).unwrap();
    assert_eq!(report.removed_files, 4);
    assert_eq!(log.log_end_offset(), end);
    assert_eq!(log.view().0.segments.load().len(), bases.len() - 1);
    assert_eq!(read_all(&log.view(), 0).len(), 80);
    let names = contents(&fs);
    assert!(
        names
            .keys()
            .all(|n| !n.ends_with(".swap") && !n.ends_with(".deleted") && !n.ends_with(".tmp"))
    );
}

#[test]
fn a_swap_is_finished_however_far_its_originals_have_gone() {
    // Renamed so far, in the broker's order; then removed, and at last the swap gets its names.
    let [first, second] = [0, 1].map(|n| {
        let base = Swap::begun().bases[n];
        ["index", "timeindex", "log"].map(|suffix| format!("{base:020}.{suffix}"))
    });
    let goes: Vec<&String> = first.iter().chain(&second).collect();
    for gone in 0..=goes.len() {
        for removed in 0..=gone {
            let swap = Swap::begun();
            for (n, name) in goes[..gone].iter().enumerate() {
                let target = path(&format!("{name}.deleted"));
                swap.fs.rename(&path(name), &target).unwrap();
                if n < removed {
                    swap.fs.remove_file(&target).unwrap();
                }
            }
            let what = format!("{gone} renamed, {removed} of them removed");
            swap.opens(swap.bases.len() - 1, &swap.batches, &what);
        }
    }
    for named in [["index"].as_slice(), &["index", "timeindex"]] {
        let swap = Swap::begun();
        for name in &goes {
            swap.fs.remove_file(&path(name)).unwrap();
        }
        for suffix in named {
            let name = swap.index(suffix);
            swap.fs
                .rename(&path(&(name.clone() + ".swap")), &path(&name))
                .unwrap();
        }
        swap.opens(swap.bases.len() - 1, &swap.batches, &format!("{named:?} named"));
    }
}

#[test]
fn a_damaged_swap_is_set_aside_while_its_originals_are_in_place() {
    for n in 0..4 {
        let swap = Swap::begun();
        swap.write(&swap.damaged()[n]);
        assert!(matches!(swap.end(), Err(LogError::Damaged { .. })), "{n}");
        swap.opens(swap.bases.len(), &swap.batches, &format!("damage {n}"));
    }
}

#[test]
fn a_damaged_swap_whose_originals_have_begun_to_go_is_refused() {
    for n in 0..4 {
        for removed in [false, true] {
            let swap = Swap::begun();
            swap.first_goes();
            if removed {
                // And no index of the swap tells how far it went.
                for suffix in ["index", "timeindex"] {
                    swap.remove(&(swap.index(suffix) + ".swap"));
                    swap.remove(&(swap.index(suffix) + ".deleted"));
                }
                swap.remove(&(swap.index("log") + ".deleted"));
            }
            swap.write(&swap.damaged()[n]);
            swap.is_refused(&format!("damage {n}, removed: {removed}"));
            // With a copy put back the swap goes on.
            swap.write(&swap.merged);
            swap.opens(swap.bases.len() - 1, &swap.batches, &format!("restored {n}"));
        }
    }
}

#[test]
fn a_damaged_swap_is_refused_while_others_are_on_their_way() {
    let swap = Swap::begun();
    swap.write(&swap.damaged()[0]);
    // Set aside it would make void what replaces this one.
    let other = path(&(log_name(swap.bases[3]) + ".deleted"));
    swap.fs.write_atomic(&other, b"going").unwrap();
    swap.is_refused("another is going");
}

#[test]
fn a_swap_that_lost_whole_batches_is_told_by_what_it_replaces() {
    // Whole to the last batch it has, but what it replaces goes on: that stays.
    let swap = Swap::begun();
    let last = swap.last_batch();
    swap.write(&swap.merged[..last]);
    assert!(swap.end().unwrap() < swap.bases[2]);
    swap.opens(swap.bases.len(), &swap.batches, "in place");
    // Once that has begun to go it is believed, for compaction leaves such gaps.
    let swap = Swap::begun();
    swap.first_goes();
    swap.write(&swap.merged[..last]);
    let mut left = swap.batches.clone();
    left.remove(left.iter().rposition(|(base, _)| *base < swap.bases[2]).unwrap());
    swap.opens(swap.bases.len() - 1, &left, "begun to go");
}

#[test]
fn a_swap_that_ends_before_its_index_is_damaged() {
    let swap = Swap::begun();
    // Relative offset and position; the one as far as the log goes is of a batch that is not there.
    let entry = |offset: i64, position: usize| {
        let offset = i32::try_from(offset - swap.bases[0]).unwrap();
        let position = i32::try_from(position).unwrap();
        let bytes = [offset.to_be_bytes(), position.to_be_bytes()].concat();
        let name = swap.index("index") + ".swap";
        swap.fs.write_atomic(&path(&name), &bytes).unwrap();
    };
    entry(swap.bases[2] - 1, swap.last_batch());
    assert_eq!(swap.end().unwrap(), swap.bases[2]);
    for (offset, position) in [
        (swap.bases[2], swap.last_batch()),
        (swap.bases[2] - 1, swap.merged.len()),
    ] {
        entry(offset, position);
        let error = swap.end().unwrap_err().to_string();
        assert!(error.contains("names more"), "{error}");
    }
    swap.first_goes();
    swap.is_refused("begun to go");
}

#[test]
fn a_swap_that_goes_on_behind_what_it_replaces_is_damaged() {
    let swap = Swap::begun();
    // The second is the last of the log now, and ends a batch before the swap does.
    for base in &swap.bases[2..] {
        for suffix in ["index", "timeindex", "log"] {
            swap.fs
                .remove_file(&path(&format!("{base:020}.{suffix}")))
                .unwrap();
        }
    }
    assert_eq!(swap.end().unwrap(), swap.bases[2]);
    let second = swap.fs.read(&path(&log_name(swap.bases[1]))).unwrap();
    let lost = swap.merged.len() - swap.last_batch();
    let shorter = &second[..second.len() - lost];
    swap.fs
        .write_atomic(&path(&log_name(swap.bases[1])), shorter)
        .unwrap();
    let error = swap.end().unwrap_err().to_string();
    assert!(error.contains("what it replaces ends at"), "{error}");
}

#[test]
fn an_unfinished_segment_below_makes_a_swap_void() {
    for unfinished in ["log", "timeindex"] {
        for damage in [None, Some(0), Some(2)] {
            let swap = Swap::begun();
            if let Some(n) = damage {
                swap.write(&swap.damaged()[n]);
            }
            let cleaned = path(&(swap.index(unfinished) + ".cleaned"));
            swap.fs.write_atomic(&cleaned, b"left").unwrap();
            let what = format!("{unfinished}, damage {damage:?}");
            swap.opens(swap.bases.len(), &swap.batches, &what);
        }
    }
}

#[test]
fn a_void_swap_stands_in_for_nothing() {
    let swap = Swap::begun();
    let cleaned = path(&(swap.index("log") + ".cleaned"));
    swap.fs.write_atomic(&cleaned, b"left").unwrap();
    swap.remove(&log_name(swap.bases[1]));
    let error = swap.recover().unwrap_err().to_string();
    assert!(error.contains(&log_name(swap.bases[1])), "{error}");
}
