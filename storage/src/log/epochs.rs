//! Leader epochs: at which offset each began (KIP-101, KIP-320).

use std::fmt::Write;

/// Epochs in rising order, each with the offset of its first batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Epochs(Vec<(i32, i64)>);

impl Epochs {
    /// Epochs with their start offsets, rising.
    pub fn entries(&self) -> &[(i32, i64)] {
        &self.0
    }

    /// The newest epoch.
    pub fn latest(&self) -> Option<i32> {
        self.0.last().map(|(epoch, _)| *epoch)
    }

    /// Notes that `epoch` starts at `start`; older notes that contradict it go
    /// (`LeaderEpochFileCache#truncateAndAppend`). Returns whether anything changed.
    pub fn assign(&mut self, epoch: i32, start: i64) -> bool {
        if epoch < 0 || self.latest().is_some_and(|latest| latest >= epoch) {
            return false;
        }
        self.0.retain(|(_, other)| *other < start);
        self.0.push((epoch, start));
        true
    }

    /// The epoch in force at `offset`; `None` before the first.
    pub fn epoch_at(&self, offset: i64) -> Option<i32> {
        self.0
            .iter()
            .rev()
            .find(|(_, start)| *start <= offset)
            .map(|(epoch, _)| *epoch)
    }

    /// The largest epoch not above `epoch` and where it ended (`LeaderEpochFileCache#endOffsetFor`).
    /// `None` when `epoch` is newer than any known.
    pub fn end_offset_for(&self, epoch: i32, log_end_offset: i64) -> Option<(i32, i64)> {
        if epoch < 0 {
            return None;
        }
        if self.latest() == Some(epoch) {
            return Some((epoch, log_end_offset));
        }
        let (_, end) = self.0.iter().find(|(e, _)| *e > epoch)?;
        let floor = self.0.iter().rev().find(|(e, _)| *e <= epoch);
        Some((floor.map_or(epoch, |(e, _)| *e), *end))
    }

    /// Forgets what lies at or above `end`. Returns whether anything changed.
    pub fn cut_end(&mut self, end: i64) -> bool {
        let before = self.0.len();
        self.0.retain(|(_, start)| *start < end);
        self.0.len() != before
    }

    /// Forgets what lies below `start`; the epoch in force there now starts there.
    pub fn cut_start(&mut self, start: i64) -> bool {
        let below = self.0.iter().take_while(|(_, s)| *s <= start).count();
        if below == 0 {
            return false;
        }
        self.0.drain(..below - 1);
        match self.0.first_mut() {
            Some((_, first)) if *first < start => {
                *first = start;
                true
            }
            _ => below > 1,
        }
    }

    /// Lets the first epoch begin at `start`, if it begins later: its first batches were compacted away.
    pub fn reach_back_to(&mut self, start: i64) {
        if let Some((_, first)) = self.0.first_mut() {
            *first = start.min(*first);
        }
    }

    /// Reads a `leader-epoch-checkpoint`; `None` when anything about it is wrong.
    pub fn parse(bytes: &[u8]) -> Option<Epochs> {
        let text = std::str::from_utf8(bytes).ok()?;
        // Without the end of its last line that line is a part: a smaller number.
        let mut lines = text.strip_suffix('\n')?.lines();
        if lines.next()?.trim() != "0" {
            return None;
        }
        let count: usize = lines.next()?.trim().parse().ok()?;
        let mut epochs: Vec<(i32, i64)> = Vec::new();
        for line in lines {
            let (epoch, start) = line.trim().split_once(' ')?;
            let entry: (i32, i64) = (epoch.parse().ok()?, start.parse().ok()?);
            let follows = epochs
                .last()
                .is_none_or(|last| last.0 < entry.0 && last.1 < entry.1);
            if entry.0 < 0 || entry.1 < 0 || !follows {
                return None;
            }
            epochs.push(entry);
        }
        (epochs.len() == count).then_some(Epochs(epochs))
    }

    pub fn to_text(&self) -> String {
        let mut text = format!("0\n{}\n", self.0.len());
        for (epoch, start) in &self.0 {
            let _ = writeln!(text, "{epoch} {start}");
        }
        text
    }
}

/// Fuzz entry: no input may panic, and what parses must survive a round trip.
pub fn fuzz_epochs(bytes: &[u8]) {
    if let Some(epochs) = Epochs::parse(bytes) {
        assert_eq!(Epochs::parse(epochs.to_text().as_bytes()), Some(epochs));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs() -> Epochs {
        let mut epochs = Epochs::default();
        assert!(epochs.assign(2, 10));
        assert!(epochs.assign(5, 20));
        assert!(!epochs.assign(5, 25));
        assert!(!epochs.assign(4, 25));
        epochs
    }

    #[test]
    fn end_offsets_as_kafka_answers_them() {
        let epochs = epochs();
        assert_eq!(epochs.end_offset_for(5, 33), Some((5, 33)));
        assert_eq!(epochs.end_offset_for(6, 33), None);
        assert_eq!(epochs.end_offset_for(3, 33), Some((2, 20)));
        assert_eq!(epochs.end_offset_for(1, 33), Some((1, 10)));
        assert_eq!(epochs.end_offset_for(-1, 33), None);
        assert_eq!(Epochs::default().end_offset_for(0, 0), None);
    }

    #[test]
    fn an_epoch_without_batches_is_replaced() {
        let mut epochs = epochs();
        assert!(epochs.assign(6, 20));
        assert_eq!(epochs, Epochs(vec![(2, 10), (6, 20)]));
    }

    #[test]
    fn cuts() {
        let mut e = epochs();
        assert!(e.cut_end(20));
        assert_eq!(e, Epochs(vec![(2, 10)]));
        let mut e = epochs();
        assert!(e.cut_start(15));
        assert_eq!(e, Epochs(vec![(2, 15), (5, 20)]));
        assert!(e.cut_start(20));
        assert_eq!(e, Epochs(vec![(5, 20)]));
        assert!(!e.cut_start(20));
        assert!(!e.cut_start(3));
    }

    #[test]
    fn text_round_trip_and_damage() {
        assert_eq!(epochs().to_text(), "0\n2\n2 10\n5 20\n");
        assert_eq!(Epochs::parse(b"0\n2\n2 10\n5 20\n"), Some(epochs()));
        let bad = [
            "",
            "0\n1\n",
            "0\n2\n2 10\n1 20\n",
            "0\n1\nx 1\n",
            "7\n0\n",
            "0\n1\n2 10",
        ];
        for bad in bad {
            assert_eq!(Epochs::parse(bad.as_bytes()), None);
        }
    }
}
