//! What was asked for and answered, and what must hold of it in the end.

use std::collections::{BTreeMap, BTreeSet};

use super::world::Checked;

/// Number of a transaction, in the order of beginning.
pub type TxnNumber = usize;

/// What the client knows of its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nobody has asked for a commit, or it was refused: must never be seen.
    Open,
    /// A commit was asked for: all of it is seen, or nothing.
    Asked,
    /// The commit was answered: all of it is seen.
    Committed,
}

#[derive(Debug)]
pub struct Txn {
    /// Transactional id.
    pub id: &'static str,
    pub fate: Fate,
    /// What was written: partition and text.
    pub records: Vec<(i32, String)>,
    /// Offset of the group that it commits, and the one before.
    pub copied: Option<(i64, i64)>,
}

/// Offset and text of what a consumer was given.
pub type Seen = Vec<(i64, String)>;

#[derive(Debug, Default)]
pub struct Model {
    pub txns: Vec<Txn>,
    /// What each consumer that followed the partitions saw: partition, level.
    pub followed: Vec<Followed>,
    /// Whether the partitions keep the last value of every key only.
    pub compacted: bool,
    /// Where records were written, as far as an answer said it, by text.
    offsets: BTreeMap<String, i64>,
    /// Where partitions start at least, by the answers of DeleteRecords.
    starts: BTreeMap<i32, i64>,
}

/// What a consumer that follows a partition saw.
#[derive(Debug)]
pub struct Followed {
    /// Partition, and whether only what is committed.
    pub of: (i32, bool),
    pub records: Seen,
    /// Offset up to which it came.
    pub next: i64,
}

/// What consumers see at last.
struct AtLast<'a> {
    model: &'a Model,
    starts: &'a BTreeMap<i32, i64>,
    /// What is visible: partition and text.
    visible: BTreeSet<(i32, String)>,
    /// Transaction and number of what is visible, by partition and transactional id, in the order of writing.
    by_id: BTreeMap<(i32, &'static str), BTreeSet<(TxnNumber, usize)>>,
}

impl AtLast<'_> {
    /// Whether a record that is not visible may have been overwritten, or may lie below the start of the log.
    fn may_be_gone(&self, partition: i32, text: &str) -> bool {
        let Ok((txn, number)) = parse(text) else {
            return false;
        };
        let id = self.model.txns[txn].id;
        let none = BTreeSet::new();
        let of_id = self.by_id.get(&(partition, id)).unwrap_or(&none);
        let key = key_of(id, txn, number);
        let mut later = of_id.range((txn, number + 1)..);
        if self.model.compacted && later.any(|(txn, number)| key_of(id, *txn, *number) == key) {
            return true;
        }
        let start = self.starts[&partition];
        match self.model.offsets.get(text) {
            Some(offset) => *offset < start,
            // What is gone below the start is gone in the order of writing.
            None => start > 0 && of_id.range(..(txn, number)).next().is_none(),
        }
    }

    /// How many records of a transaction are visible, and how many are missed.
    fn count(&self, txn: &Txn) -> (usize, usize) {
        let missing = txn.records.iter().filter(|r| !self.visible.contains(*r));
        let missing: Vec<_> = missing.collect();
        let lost = missing
            .iter()
            .filter(|(partition, text)| !self.may_be_gone(*partition, text));
        (txn.records.len() - missing.len(), lost.count())
    }
}

/// Key of a record. Each transactional id has its own; what is copied is never overwritten.
fn key_of(id: &str, txn: TxnNumber, number: usize) -> String {
    match id {
        "copier" => format!("{txn}:{number}"),
        _ => format!("{id}{}", (txn + number) % 3),
    }
}

impl Model {
    pub fn of(compacted: bool) -> Model {
        Model {
            compacted,
            ..Model::default()
        }
    }

    pub fn begin(&mut self, id: &'static str) -> TxnNumber {
        self.txns.push(Txn {
            id,
            fate: Fate::Open,
            records: Vec::new(),
            copied: None,
        });
        self.txns.len() - 1
    }

    /// Key and text of the transaction's next record, which goes to `partition`.
    pub fn next_record(&mut self, txn: TxnNumber, partition: i32) -> (String, String) {
        let Txn { id, records, .. } = &mut self.txns[txn];
        let number = records.len();
        let text = format!("{txn}:{number}");
        records.push((partition, text.clone()));
        (key_of(id, txn, number), text)
    }

    /// Notes where records were written; negative: nobody knows any more.
    pub fn written(&mut self, offset: i64, records: &[(String, String)]) {
        if offset >= 0 {
            let texts = records.iter().map(|(_, text)| text.clone());
            self.offsets.extend(texts.zip(offset..));
        }
    }

    /// Notes that a partition was said to start at `offset`.
    pub fn trimmed(&mut self, partition: i32, offset: i64) {
        let start = self.starts.entry(partition).or_default();
        *start = offset.max(*start);
    }

    /// Everything, by what consumers of both levels see at last, where logs start, and the group's offset.
    pub fn check(
        &self,
        seen: &BTreeMap<(i32, bool), Seen>,
        starts: &BTreeMap<i32, i64>,
        committed: i64,
    ) -> Checked {
        for (partition, start) in &self.starts {
            if starts[partition] < *start {
                return Err(format!(
                    "partition {partition} shall start at {start}: {starts:?}"
                ));
            }
        }
        let mut at_last = AtLast {
            model: self,
            starts,
            visible: BTreeSet::new(),
            by_id: BTreeMap::new(),
        };
        for ((partition, _), records) in seen.iter().filter(|((_, level), _)| *level) {
            self.check_order(*partition, records)?;
            for (_, text) in records {
                if !at_last.visible.insert((*partition, text.clone())) {
                    return Err(format!("{text} is there twice"));
                }
                let (txn, number) = parse(text)?;
                let key = (*partition, self.txns[txn].id);
                at_last.by_id.entry(key).or_default().insert((txn, number));
            }
        }
        self.check_written(seen)?;
        for followed in &self.followed {
            self.check_followed(followed, &seen[&followed.of], &at_last)?;
        }
        for (number, txn) in self.txns.iter().enumerate() {
            let (count, lost) = at_last.count(txn);
            let right = match txn.fate {
                Fate::Open => count == 0,
                Fate::Asked => count == 0 || lost == 0,
                Fate::Committed => lost == 0,
            };
            if !right {
                return Err(format!(
                    "transaction {number}: {count} visible, {lost} lost of {txn:?}; logs start at {starts:?}"
                ));
            }
        }
        self.check_copied(&at_last, committed)
    }

    /// What a consumer saw is there still, unless it was deleted; and what is there, it saw.
    fn check_followed(&self, followed: &Followed, there: &Seen, at_last: &AtLast<'_>) -> Checked {
        let (partition, committed) = followed.of;
        let start = at_last.starts[&partition];
        let kept: BTreeSet<_> = there.iter().collect();
        let saw: BTreeSet<_> = followed.records.iter().collect();
        let lost = followed.records.iter().find(|record| {
            let may_go = match committed {
                true => at_last.may_be_gone(partition, &record.1),
                // What was aborted goes, too.
                false => self.compacted,
            };
            record.0 >= start && !kept.contains(record) && !may_go
        });
        let missed = there
            .iter()
            .find(|record| record.0 < followed.next && !saw.contains(record));
        match lost.or(missed) {
            Some(record) => Err(format!(
                "{record:?}: a consumer saw {followed:?}, but from {start} on there is {there:?}"
            )),
            None => Ok(()),
        }
    }

    /// No record is written twice, not even one that nobody gets to see.
    fn check_written(&self, seen: &BTreeMap<(i32, bool), Seen>) -> Checked {
        let mut written = BTreeSet::new();
        for (_, records) in seen.iter().filter(|((_, level), _)| !*level) {
            for (_, text) in records {
                if !written.insert(text) {
                    return Err(format!("{text} is in the log twice"));
                }
            }
        }
        Ok(())
    }

    /// Records of one transactional id come in the order of writing.
    fn check_order(&self, partition: i32, records: &Seen) -> Checked {
        let mut last = BTreeMap::new();
        for (offset, text) in records {
            let (txn, number) = parse(text)?;
            let id = self.txns.get(txn).ok_or("a record that nobody wrote")?.id;
            if last.insert(id, (txn, number)) >= Some((txn, number)) {
                return Err(format!(
                    "{text} at {offset} of partition {partition} is out of order"
                ));
            }
        }
        Ok(())
    }

    /// What was copied is what the group's offset says, each piece once.
    fn check_copied(&self, at_last: &AtLast<'_>, committed: i64) -> Checked {
        // More than one while all that would tell is deleted.
        let mut copied = BTreeSet::from([0]);
        for txn in &self.txns {
            let Some((from, to)) = txn.copied else { continue };
            let (count, lost) = at_last.count(txn);
            let sure = count > 0 || txn.fate == Fate::Committed;
            if sure && !copied.contains(&from) {
                return Err(format!("copied up to {copied:?}, then {txn:?}"));
            }
            if sure {
                copied = BTreeSet::from([to]);
            } else if txn.fate == Fate::Asked && lost == 0 && copied.contains(&from) {
                copied.insert(to);
            }
        }
        match copied.contains(&committed) {
            true => Ok(()),
            false => Err(format!(
                "copied up to {copied:?}, the group's offset is {committed}"
            )),
        }
    }
}

fn parse(text: &str) -> Result<(TxnNumber, usize), String> {
    let parts = text
        .split_once(':')
        .and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    parts.ok_or_else(|| format!("a record says {text}"))
}
