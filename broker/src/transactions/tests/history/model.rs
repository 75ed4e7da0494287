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
    pub followed: Vec<((i32, bool), Seen)>,
}

impl Model {
    pub fn begin(&mut self, id: &'static str) -> TxnNumber {
        self.txns.push(Txn {
            id,
            fate: Fate::Open,
            records: Vec::new(),
            copied: None,
        });
        self.txns.len() - 1
    }

    /// The text of the transaction's next record, which goes to `partition`.
    pub fn next_record(&mut self, txn: TxnNumber, partition: i32) -> String {
        let records = &mut self.txns[txn].records;
        let text = format!("{txn}:{}", records.len());
        records.push((partition, text.clone()));
        text
    }

    /// Everything, by what consumers of both levels see at last, and the group's offset.
    pub fn check(&self, seen: &BTreeMap<(i32, bool), Seen>, committed: i64) -> Checked {
        for ((partition, level), follower) in &self.followed {
            let at_last = &seen[&(*partition, *level)];
            if !at_last.starts_with(follower) {
                return Err(format!(
                    "a consumer (committed only: {level}) of partition {partition} saw {follower:?}, \
                     but there is {at_last:?}"
                ));
            }
        }
        let mut visible = BTreeSet::new();
        for ((partition, _), records) in seen.iter().filter(|((_, level), _)| *level) {
            self.check_order(*partition, records)?;
            for (_, text) in records {
                if !visible.insert((*partition, text.clone())) {
                    return Err(format!("{text} is there twice"));
                }
            }
        }
        self.check_written(seen)?;
        for (number, txn) in self.txns.iter().enumerate() {
            let count = txn.records.iter().filter(|r| visible.contains(*r)).count();
            let right = match txn.fate {
                Fate::Open => count == 0,
                Fate::Asked => count == 0 || count == txn.records.len(),
                Fate::Committed => count == txn.records.len(),
            };
            if !right {
                return Err(format!("transaction {number}: {count} visible of {txn:?}"));
            }
        }
        self.check_copied(&visible, committed)
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
    fn check_copied(&self, visible: &BTreeSet<(i32, String)>, committed: i64) -> Checked {
        let mut copied = 0;
        for txn in &self.txns {
            let Some((from, to)) = txn.copied else { continue };
            if !txn.records.iter().any(|r| visible.contains(r)) {
                continue;
            }
            if from != copied {
                return Err(format!("copied up to {copied}, then {txn:?}"));
            }
            copied = to;
        }
        match copied == committed {
            true => Ok(()),
            false => Err(format!(
                "copied up to {copied}, the group's offset is {committed}"
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
