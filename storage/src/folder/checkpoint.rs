//! Kafka's offset checkpoint files: version line, count line, then `topic partition offset` lines.
//!
//! The last line is one more such entry, with the checksum of all before it: Kafka takes it for a partition that it
//! does not have, and a changed digit is noticed, where Kafka believes whatever is a number.

use std::fmt::Write;

/// Where a topic name stands in the line of the checksum. No topic can be called so, nor with one byte changed.
const CHECKSUM: &str = "#crc32c#";

/// Longest checkpoint that is read, in bytes (about two million partitions).
const CHECKPOINT_BYTES_MAX: usize = 256 << 20;

/// What one partition contributes to the checkpoint files.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CheckpointEntry {
    /// Partition directory, `topic-0`.
    pub dir_name: String,
    /// Everything below is on the disk.
    pub recovery_point: i64,
    /// First offset that clients may read.
    pub log_start_offset: i64,
    /// First offset that consumers may not read yet.
    pub high_watermark: i64,
}

/// Text codec of one checkpoint file (`OffsetCheckpointFile`, version 0).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetCheckpoint {
    /// Topic, partition, offset.
    pub entries: Vec<(String, i32, i64)>,
}

impl OffsetCheckpoint {
    /// Reads a checkpoint; `None` when anything about it is wrong, for then none of it can be believed.
    pub fn parse(bytes: &[u8]) -> Option<OffsetCheckpoint> {
        if bytes.len() > CHECKPOINT_BYTES_MAX {
            return None;
        }
        let text = std::str::from_utf8(bytes).ok()?;
        // Without the end of its last line that line is a part: a smaller number.
        let whole = text.strip_suffix('\n')?;
        let (text, checked) = match whole.rsplit_once('\n') {
            Some((before, last)) if last.starts_with(CHECKSUM) => {
                let sum = last.strip_prefix(CHECKSUM)?.strip_prefix(" 0 ")?;
                (sum.parse() == Ok(checksum(before))).then_some((before, 1))?
            }
            // Written by Kafka.
            _ => (whole, 0),
        };
        let mut lines = text.lines();
        if lines.next()?.trim() != "0" {
            return None;
        }
        let count = lines.next()?.trim().parse::<usize>().ok()?.checked_sub(checked)?;
        let mut entries = Vec::new();
        for line in lines {
            if line.trim().is_empty() {
                continue;
            }
            let mut words = line.split_whitespace();
            let topic = words.next()?.to_owned();
            let partition: i32 = words.next()?.parse().ok()?;
            let offset: i64 = words.next()?.parse().ok()?;
            if words.next().is_some() || partition < 0 || offset < 0 || !topic.bytes().all(is_of_name) {
                return None;
            }
            entries.push((topic, partition, offset));
        }
        (entries.len() == count).then_some(OffsetCheckpoint { entries })
    }

    /// The text to write.
    pub fn to_text(&self) -> String {
        let mut text = format!("0\n{}\n", self.entries.len() + 1);
        for (topic, partition, offset) in &self.entries {
            let _ = writeln!(text, "{topic} {partition} {offset}");
        }
        let sum = checksum(text.trim_end());
        let _ = writeln!(text, "{CHECKSUM} 0 {sum}");
        text
    }
}

/// Whether a topic's name may have this byte.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-".contains(&byte)
}

/// CRC32C of the lines before the checksum's, without the end of the last one.
fn checksum(text: &str) -> u32 {
    crc32c::crc32c(text.as_bytes())
}

/// `topic-0` taken apart; `None` unless it ends in `-` and a partition number.
pub(crate) fn split_dir_name(dir_name: &str) -> Option<(&str, i32)> {
    let (topic, number) = dir_name.rsplit_once('-')?;
    let partition: i32 = number.parse().ok()?;
    // `+1` and `01` are numbers to Rust but no names that Kafka makes.
    (!topic.is_empty() && partition.to_string() == number && partition >= 0).then_some((topic, partition))
}

/// Fuzz entry: no input may panic, and what parses must survive a round trip.
pub fn fuzz_checkpoint(bytes: &[u8]) {
    if let Some(checkpoint) = OffsetCheckpoint::parse(bytes) {
        assert_eq!(
            OffsetCheckpoint::parse(checkpoint.to_text().as_bytes()),
            Some(checkpoint)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_damage() {
        let checkpoint = OffsetCheckpoint {
            entries: vec![("a-b".into(), 3, 17), ("__consumer_offsets".into(), 0, 0)],
        };
        let text = checkpoint.to_text();
        let lines = "0\n3\na-b 3 17\n__consumer_offsets 0 0\n";
        assert_eq!(
            text,
            format!("{lines}#crc32c# 0 {}\n", checksum(lines.trim_end()))
        );
        assert_eq!(OffsetCheckpoint::parse(text.as_bytes()), Some(checkpoint.clone()));
        let of_kafka = b"0\n2\na-b 3 17\n__consumer_offsets 0 0\n";
        assert_eq!(OffsetCheckpoint::parse(of_kafka), Some(checkpoint));
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                assert_eq!(OffsetCheckpoint::parse(&bytes), None, "bit {bit} of byte {at}");
            }
            assert_eq!(
                OffsetCheckpoint::parse(&text.as_bytes()[..at]),
                None,
                "cut at {at}"
            );
        }
        for bad in [
            "",
            "1\n0\n",
            "0\n2\na 0 1\n",
            "0\n1\na 0\n",
            "0\n1\na 0 1 2\n",
            "0\n1\na 0 -1\n",
            "0\n1\na 0 12",
        ] {
            assert_eq!(OffsetCheckpoint::parse(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn dir_names() {
        assert_eq!(split_dir_name("a-b-12"), Some(("a-b", 12)));
        for bad in ["a", "-1", "a-", "a-+1", "a-01", "a-0.0123-delete"] {
            assert_eq!(split_dir_name(bad), None, "{bad}");
        }
    }
}
