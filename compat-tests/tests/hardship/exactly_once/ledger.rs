//! What the copiers of one group tried, what became of it, and whether the outcome was right.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is known of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its end was never answered: both are right.
    Unknown,
    Committed,
    Aborted,
}

/// One transaction: how many records it wrote when it was about to end, and how it ended.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    records: usize,
    fate: Fate,
}

/// The transactions of one group, by number; copied records carry that number.
#[derive(Debug, Default)]
pub struct Ledger {
    attempts: Mutex<BTreeMap<usize, Attempt>>,
    /// Steps that copiers took: what kills are timed by.
    steps: AtomicUsize,
}

/// A copied record: the number that was copied, and the transaction that did it.
pub fn value(number: usize, attempt: usize) -> String {
    format!("{number} {attempt}")
}

/// Reads a copied record.
pub fn parse(value: &str) -> (usize, usize) {
    let (number, attempt) = value.split_once(' ').expect("number and transaction");
    (
        number.parse().expect("a number"),
        attempt.parse().expect("a number"),
    )
}

/// How many transactions ended in which way, for the line at the end of the test.
#[derive(Debug, Default)]
pub struct Judged {
    pub committed: usize,
    pub aborted: usize,
    pub unknown: usize,
}

impl Ledger {
    /// A new transaction.
    pub fn begin(&self) -> usize {
        let mut attempts = self.attempts.lock().unwrap();
        let number = attempts.len();
        let attempt = Attempt {
            records: 0,
            fate: Fate::Unknown,
        };
        attempts.insert(number, attempt);
        number
    }

    /// It is about to end, with so many records written.
    pub fn ends(&self, attempt: usize, records: usize) {
        self.attempts.lock().unwrap().get_mut(&attempt).unwrap().records = records;
    }

    /// It has ended.
    pub fn ended(&self, attempt: usize, fate: Fate) {
        self.attempts.lock().unwrap().get_mut(&attempt).unwrap().fate = fate;
    }

    /// A copier has taken a step.
    pub fn step(&self) {
        self.steps.fetch_add(1, Ordering::SeqCst);
    }

    /// Steps so far.
    pub fn steps(&self) -> usize {
        self.steps.load(Ordering::SeqCst)
    }

    /// Judges what readers of committed records see once every number below `count` was copied:
    ///
    /// - every number is there once: none is lost, none doubled;
    /// - no record of an aborted transaction, all of a committed one, all or none of any other.
    pub fn judge(&self, seen: &[String], count: usize) -> Judged {
        let mut numbers = BTreeSet::new();
        let mut visible: BTreeMap<usize, usize> = BTreeMap::new();
        for value in seen {
            let (number, attempt) = parse(value);
            assert!(numbers.insert(number), "{number} comes twice");
            *visible.entry(attempt).or_default() += 1;
        }
        assert_eq!(numbers, (0..count).collect(), "every number is copied");
        let mut judged = Judged::default();
        let attempts = self.attempts.lock().unwrap().clone();
        for (number, attempt) in attempts {
            let visible = visible.get(&number).copied().unwrap_or(0);
            let (tally, right) = match attempt.fate {
                Fate::Committed => (&mut judged.committed, visible == attempt.records),
                Fate::Aborted => (&mut judged.aborted, visible == 0),
                Fate::Unknown => (&mut judged.unknown, visible == 0 || visible == attempt.records),
            };
            *tally += 1;
            assert!(right, "transaction {number}: {visible} visible of {attempt:?}");
        }
        judged
    }
}

#[test]
fn a_ledger_that_is_wrong_is_noticed() {
    let ledger = Ledger::default();
    for fate in [Fate::Committed, Fate::Aborted, Fate::Unknown] {
        let attempt = ledger.begin();
        ledger.ends(attempt, 2);
        ledger.ended(attempt, fate);
    }
    let judge = |seen: &[(usize, usize)], count| {
        let seen: Vec<String> = seen.iter().map(|(n, a)| value(*n, *a)).collect();
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ledger.judge(&seen, count))).is_ok()
    };
    assert!(judge(&[(0, 0), (1, 0)], 2));
    assert!(
        judge(&[(0, 0), (1, 0), (2, 2), (3, 2)], 4),
        "the unknown was committed"
    );
    assert!(!judge(&[(0, 0), (1, 0)], 3), "lost");
    assert!(!judge(&[(0, 0), (1, 0), (1, 2), (2, 2)], 3), "twice");
    assert!(!judge(&[(0, 0), (1, 0), (2, 1), (3, 1)], 4), "aborted");
    assert!(!judge(&[(0, 0), (1, 0), (2, 2)], 3), "torn");
    assert!(!judge(&[(0, 2), (1, 2)], 2), "a commit that was taken back");
}
