//! Comparing an index file with the batches of its segment, which are walked once.

use std::path::PathBuf;

use super::entries::{Entry, EntryKind, read_entries};
use super::finding::{Finding, REBUILD, Severity};
use crate::batch::BatchHeader;

/// Findings told of one index file; the rest is only counted.
const FINDINGS_MAX: usize = 10;

/// One index file and how far it has been compared.
pub(super) struct IndexCheck {
    path: PathBuf,
    kind: EntryKind,
    severity: Severity,
    entries: Vec<Entry>,
    at: usize,
    max_timestamp: i64,
    findings: Vec<Finding>,
    untold: usize,
}

impl IndexCheck {
    /// Over the content of an index of the segment that starts at `base`. `severity` is how bad a wrong entry is: the
    /// start after a crash writes the indexes of what it scans anew.
    pub fn new(path: PathBuf, kind: EntryKind, base: i64, bytes: &[u8], severity: Severity) -> IndexCheck {
        let mut check = IndexCheck {
            path,
            kind,
            severity,
            entries: read_entries(kind, base, bytes).collect(),
            at: 0,
            max_timestamp: -1,
            findings: Vec::new(),
            untold: 0,
        };
        let over = bytes.len() % kind.entry_bytes();
        if over > 0 {
            let what = format!("{over} bytes behind the last whole entry");
            check.tell((bytes.len() - over) as u64, what);
        }
        check.drop_zero_tail(bytes);
        check.check_order();
        check
    }

    /// Entries compared.
    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    /// Kafka makes index files at full size, and a crash leaves the zeros of what was not used.
    fn drop_zero_tail(&mut self, bytes: &[u8]) {
        if self.kind == EntryKind::Aborted || self.entries.len() < 2 {
            return;
        }
        let size = self.kind.entry_bytes();
        let used = bytes.len() - bytes.iter().rev().take_while(|b| **b == 0).count();
        let used = used.div_ceil(size);
        if used < self.entries.len() {
            let zeros = self.entries.len() - used;
            self.entries.truncate(used);
            let what =
                format!("{zeros} unused entries of zeros at its end, as Kafka leaves them when it is killed");
            let advice = "nothing: the start after a crash writes this index anew";
            self.findings
                .push(Finding::note(&self.path, (used * size) as u64, what, advice));
        }
    }

    /// Entries rise; behind one that does not, nothing can be compared.
    fn check_order(&mut self) {
        let rises = |pair: &[Entry]| match pair {
            [
                Entry::Offset {
                    offset: a,
                    position: p,
                },
                Entry::Offset {
                    offset: b,
                    position: q,
                },
            ] => a < b && p < q,
            [
                Entry::Time {
                    timestamp: s,
                    offset: a,
                },
                Entry::Time {
                    timestamp: t,
                    offset: b,
                },
            ] => s < t && a <= b,
            [
                Entry::Aborted { last_offset: a, .. },
                Entry::Aborted { last_offset: b, .. },
            ] => a < b,
            _ => true,
        };
        let Some(wrong) = self.entries.windows(2).position(|pair| !rises(pair)) else {
            return;
        };
        let at = wrong + 1;
        let what = format!("entry {at} does not follow the one before it: {}", self.show(at));
        self.tell(self.byte_of(at), what);
        self.entries.truncate(at);
    }

    fn show(&self, at: usize) -> String {
        match self.entries.get(at) {
            Some(Entry::Offset { offset, position }) => format!("offset {offset} at byte {position}"),
            Some(Entry::Time { timestamp, offset }) => format!("time {timestamp} up to offset {offset}"),
            Some(Entry::Aborted {
                producer_id,
                first_offset,
                last_offset,
                ..
            }) => format!("producer {producer_id}, offsets {first_offset} to {last_offset}"),
            None => String::new(),
        }
    }

    fn byte_of(&self, at: usize) -> u64 {
        (at * self.kind.entry_bytes()) as u64
    }

    fn tell(&mut self, position: u64, what: String) {
        if self.findings.len() >= FINDINGS_MAX {
            self.untold += 1;
            return;
        }
        let finding = match self.severity {
            Severity::Damage => Finding::damage(&self.path, position, what, REBUILD),
            Severity::Note => {
                let advice = "nothing: the start after a crash writes this index anew";
                Finding::note(&self.path, position, what, advice)
            }
        };
        self.findings.push(finding);
    }

    /// Takes note of the next batch of the segment.
    pub fn batch(&mut self, position: u64, header: &BatchHeader) {
        match self.kind {
            EntryKind::Offset => self.offsets(position, header),
            EntryKind::Time => self.times(header),
            EntryKind::Aborted => {}
        }
        self.max_timestamp = self.max_timestamp.max(header.max_timestamp);
    }

    /// A reader starts at an entry's position when it looks for that offset or a later one.
    fn offsets(&mut self, at: u64, header: &BatchHeader) {
        while let Some(Entry::Offset { offset, position }) = self.entries.get(self.at).copied() {
            if position > at {
                return;
            }
            if position < at {
                let what = format!("entry {} names byte {position}, where no batch starts", self.at);
                self.tell(self.byte_of(self.at), what);
            } else if offset < header.base_offset {
                let what = format!(
                    "entry {} says offset {offset} at byte {position}, but offset {} is there",
                    self.at, header.base_offset
                );
                self.tell(self.byte_of(self.at), what);
            }
            self.at += 1;
        }
    }

    /// An entry speaks of all batches up to and with the one that holds its offset.
    fn times(&mut self, header: &BatchHeader) {
        while let Some(Entry::Time { timestamp, offset }) = self.entries.get(self.at).copied() {
            if offset > header.last_offset() {
                return;
            }
            let latest = match offset >= header.base_offset {
                true => self.max_timestamp.max(header.max_timestamp),
                false => self.max_timestamp,
            };
            self.compare_time(timestamp, offset, latest);
            self.at += 1;
        }
    }

    fn compare_time(&mut self, timestamp: i64, offset: i64, latest: i64) {
        if timestamp != latest {
            let what = format!(
                "entry {} says that the latest time up to offset {offset} is {timestamp}, but it is {latest}",
                self.at
            );
            self.tell(self.byte_of(self.at), what);
        }
    }

    /// What was found, once all batches were seen: the segment holds offsets below `end` in `len` bytes.
    pub fn finish(mut self, base: i64, end: i64, len: u64) -> Vec<Finding> {
        while let Some(entry) = self.entries.get(self.at).copied() {
            let byte = self.byte_of(self.at);
            match entry {
                Entry::Offset { position, .. } => {
                    let what = format!(
                        "entry {} names byte {position}, behind the log's end at {len}",
                        self.at
                    );
                    self.tell(byte, what);
                }
                Entry::Time { offset, .. } => {
                    let what = format!(
                        "entry {} names offset {offset}, behind the segment's end {end}",
                        self.at
                    );
                    self.tell(byte, what);
                }
                Entry::Aborted {
                    version,
                    first_offset,
                    last_offset,
                    ..
                } => {
                    let is_there =
                        (base..end).contains(&last_offset) && (0..=last_offset).contains(&first_offset);
                    if version != 0 {
                        self.tell(
                            byte,
                            format!("entry {} has the unknown version {version}", self.at),
                        );
                    } else if !is_there {
                        let what = format!(
                            "entry {} names the offsets {first_offset} to {last_offset} in a segment of {base} to {end}",
                            self.at
                        );
                        self.tell(byte, what);
                    }
                }
            }
            self.at += 1;
        }
        if self.untold > 0 {
            let (what, byte) = (format!("… and {} more wrong entries", self.untold), None);
            self.findings.push(Finding {
                severity: self.severity,
                path: self.path,
                position: byte,
                what,
                advice: REBUILD,
            });
        }
        self.findings
    }
}
