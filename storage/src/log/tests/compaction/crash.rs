//! A crash at every change of the disk: the old content or the new one, or segments of both, and never anything else.

use super::model::{Step, World, check_against};
use super::world::*;
use crate::SimFs;
use crate::log::tests::support::open;

fn history() -> Vec<Step> {
    let mut steps = Vec::new();
    for i in 0..24u8 {
        steps.push(Step::Write {
            producer: i % 5,
            keys: (i..i + 8).map(|k| k % 40).collect(),
            codec: i % 3,
        });
        if i % 7 == 0 {
            steps.push(Step::End {
                producer: i % 2,
                commit: i % 3 == 0,
            });
        }
    }
    steps.push(Step::End {
        producer: 0,
        commit: false,
    });
    steps.push(Step::End {
        producer: 1,
        commit: true,
    });
    steps
}

#[test]
fn every_crash_leaves_what_consumers_must_see() {
    let mut crash_after = 0;
    loop {
        let fs = SimFs::new(crash_after);
        let mut world = World::new(Some(fs.clone()));
        for step in history() {
            world.run(&step);
        }
        sync(&mut world.log);
        // A first pass, so that the second meets compacted segments.
        let limits = limits(&world.log);
        let first = world.log.compact(None, &limits, &settings(2_000_000)).unwrap();
        assert!(first.is_some_and(|(end, _)| end > 50));
        world.run(&Step::Write {
            producer: 4,
            keys: (0..30).collect(),
            codec: 0,
        });
        world.run(&Step::Write {
            producer: 4,
            keys: vec![1; 60],
            codec: 0,
        });
        sync(&mut world.log);
        fs.sync_everything();
        let hint = world.hint();
        fs.die_after(crash_after);
        let limits = super::world::limits(&world.log);
        let result = world
            .log
            .compact(first.map(|(end, _)| end), &limits, &settings(2_001_000));
        // Nothing is compacted either when the crash comes before the first file of the pass.
        let survived = matches!(result, Ok(Some(_)));
        for disk in [fs.killed(), fs.power_loss()] {
            let (log, report) = open(&disk, hint).unwrap();
            assert_eq!(report.cut_bytes, 0, "step {crash_after}: {report:?}");
            check_against(&log, &world.original);
            // Opening once more finds nothing left to do.
            drop(log);
            let (log, report) = open(&disk.killed(), hint).unwrap();
            assert_eq!(report.removed_files, 0);
            check_against(&log, &world.original);
        }
        if survived {
            assert!(crash_after > 30, "{crash_after} steps are few");
            return;
        }
        crash_after += 1;
    }
}
