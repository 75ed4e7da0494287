//! Content of a simulated file: as the page cache has it, and what of it the disk has for sure.

use std::collections::BTreeMap;

use super::sim_rng::Rng;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// One file. A sync costs what was overwritten since the last one, whatever the file's length.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    /// What readers see.
    pub data: Vec<u8>,
    /// Length on the disk.
    durable_len: usize,
    /// What the disk has in sectors below `durable_len` that were changed since the last sync.
    old: BTreeMap<usize, Vec<u8>>,
    /// Lengths after whole writes since then: a page is written back between two of them.
    lengths: Vec<usize>,
    /// When it was last written to.
    pub modified_ms: i64,
}

/// Lengths that are remembered; of more writes the later ones count as one.
const LENGTHS_MAX: usize = 4096;

impl Content {
    /// A file that the disk has whole.
    fn durable(data: Vec<u8>) -> Content {
        Content {
            durable_len: data.len(),
            data,
            old: BTreeMap::new(),
            lengths: Vec::new(),
            modified_ms: 0,
        }
    }

    pub fn write(&mut self, bytes: &[u8], position: usize) {
        let end = position + bytes.len();
        self.keep_old(position, end);
        if self.data.len() < end {
            self.data.resize(end, 0);
        }
        if let Some(place) = self.data.get_mut(position..end) {
            place.copy_from_slice(bytes);
        }
    }

    /// Notes that what the writer wanted to write is written: the disk may have got the file like this.
    pub fn written_whole(&mut self) {
        if self.lengths.len() < LENGTHS_MAX {
            self.lengths.push(self.data.len());
        }
    }

    pub fn set_len(&mut self, len: usize) {
        let changed = len.min(self.data.len())..len.max(self.data.len());
        self.keep_old(changed.start, changed.end);
        self.data.resize(len, 0);
    }

    /// The disk has it all.
    pub fn sync(&mut self) {
        self.durable_len = self.data.len();
        self.old.clear();
        self.lengths.clear();
    }

    /// Remembers what the disk has before `start..end` changes in the cache.
    fn keep_old(&mut self, start: usize, end: usize) {
        let end = end.min(self.durable_len);
        if start >= end {
            return;
        }
        for sector in start / SECTOR..=(end - 1) / SECTOR {
            let from = sector * SECTOR;
            let to = (from + SECTOR).min(self.durable_len).min(self.data.len());
            // A sector that was cut off before is kept already.
            let content = self.data.get(from..to).unwrap_or_default();
            self.old.entry(sector).or_insert_with(|| content.to_vec());
        }
    }

    /// What the disk had after the last sync.
    fn last_synced(&self) -> Vec<u8> {
        let mut out = self.data.clone();
        out.resize(self.durable_len, 0);
        for (sector, content) in &self.old {
            let from = sector * SECTOR;
            let to = (from + content.len()).min(out.len());
            if let Some(place) = out.get_mut(from..to) {
                place.copy_from_slice(content.get(..to - from).unwrap_or_default());
            }
        }
        out
    }

    /// The file after the power went: the last synced state, or of what changed since whatever
    /// happened to be written, sector by sector; a sector never written reads as zeros.
    pub fn after_power_loss(&self, rng: &mut Rng) -> Content {
        if self.old.is_empty() && self.durable_len == self.data.len() {
            return self.clone();
        }
        let synced = self.last_synced();
        let grown = self.data.len().saturating_sub(synced.len()) as u64;
        let mut out = self.data.clone();
        match rng.below(8) {
            // Nothing got there.
            0 | 1 => out = synced,
            // Everything did.
            2 => {}
            // The usual case: the length was updated only up to what was written, in order.
            3..=5 if grown > 0 => {
                out.truncate(synced.len() + rng.below(grown + 1) as usize);
                self.mix(&mut out, &synced, rng, synced.len());
            }
            // The length went ahead of the bytes.
            6 if grown > 0 => {
                self.mix(&mut out, &synced, rng, synced.len());
                let at = rng.below(self.lengths.len() as u64 + 1) as usize;
                let whole = out.len() / SECTOR * SECTOR;
                let written = self.lengths.get(at).copied().unwrap_or(whole);
                for byte in out.iter_mut().skip(written.max(synced.len())) {
                    *byte = 0;
                }
            }
            _ => self.mix(&mut out, &synced, rng, usize::MAX),
        }
        Content {
            modified_ms: self.modified_ms,
            ..Content::durable(out)
        }
    }

    /// Gives sectors that start below `end` their old content, half of them.
    fn mix(&self, out: &mut [u8], synced: &[u8], rng: &mut Rng, end: usize) {
        let unsynced = self.durable_len / SECTOR;
        let sectors = out.len().div_ceil(SECTOR);
        for sector in 0..sectors.min(end.div_ceil(SECTOR)) {
            if (sector < unsynced && !self.old.contains_key(&sector)) || rng.below(2) == 0 {
                continue;
            }
            let from = sector * SECTOR;
            let to = (from + SECTOR).min(out.len()).min(end);
            for at in from..to {
                if let Some(byte) = out.get_mut(at) {
                    *byte = synced.get(at).copied().unwrap_or(0);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn synced(data: &[u8]) -> Content {
        Content::durable(data.to_vec())
    }

    #[test]
    fn remembers_what_was_synced_under_every_change() {
        let mut content = synced(&[1; 2000]);
        content.write(&[2; 100], 480);
        content.set_len(700);
        content.write(&[3; 3000], 650);
        assert_eq!(content.last_synced(), [1; 2000]);
        content.sync();
        assert_eq!(content.last_synced(), content.data);
        content.set_len(10);
        content.set_len(5000);
        assert_eq!(content.last_synced().len(), 3650);
        assert_eq!(content.last_synced()[600], 1);
        assert_eq!(content.last_synced()[700], 3);
    }

    #[test]
    fn every_sector_is_old_or_new_and_synced_bytes_stay() {
        let mut content = synced(&[1; 1300]);
        content.write(&[2; 4000], 1100);
        let (mut rng, mut lengths) = (Rng(3), std::collections::BTreeSet::new());
        for _ in 0..500 {
            let after = content.after_power_loss(&mut rng).data;
            lengths.insert(after.len());
            assert!(after.len() >= 1300);
            assert_eq!(after[..1024], [1; 1024], "not touched since the sync");
            for (i, sector) in after.chunks(SECTOR).enumerate().skip(2) {
                let new: Vec<u8> = (i * SECTOR..i * SECTOR + sector.len())
                    .map(|at| if at < 1100 { 1 } else { 2 })
                    .collect();
                let kept = |at: usize| if at < 1300 { 1 } else { 0 };
                let old: Vec<u8> = (i * SECTOR..i * SECTOR + sector.len()).map(kept).collect();
                let cut = sector.iter().zip(&new).take_while(|(a, b)| a == b).count();
                let zeros_behind = sector[cut..].iter().all(|b| *b == 0);
                assert!(sector == &new[..] || sector == &old[..] || zeros_behind || i == 2);
            }
        }
        assert!(lengths.len() > 50, "torn at many places");
    }
}
