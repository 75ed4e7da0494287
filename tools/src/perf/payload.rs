//! What is sent: letters by chance, lines of a file, or numbers.

use std::path::Path;

use regex::Regex;

/// Java's `SplittableRandom`, so that the records are those that Kafka's tool sends.
#[derive(Clone, Debug, Default)]
pub(super) struct SplittableRandom(u64);

impl SplittableRandom {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0x62a9_d9ed_7997_05f5);
        let mixed = (mixed ^ (mixed >> 28)).wrapping_mul(0xcb24_d0a5_c88c_35b3);
        (mixed >> 32) as u32
    }

    /// A number below the bound, which is above 0 and below 2³¹.
    fn below(&mut self, bound: u32) -> u32 {
        if bound.is_power_of_two() {
            return self.next() & (bound - 1);
        }
        loop {
            let drawn = self.next() >> 1;
            let rest = drawn % bound;
            // The last, incomplete run of numbers would favour the lower ones.
            if drawn - rest + (bound - 1) <= i32::MAX.cast_unsigned() {
                return rest;
            }
        }
    }
}

/// Where values come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    /// So many letters.
    Letters(usize),
    /// One of these.
    OneOf(Vec<Vec<u8>>),
    /// The record's number.
    Number,
}

impl Payload {
    /// The value of the record with this number.
    pub(super) fn value(&self, random: &mut SplittableRandom, number: i64) -> Vec<u8> {
        match self {
            Payload::Letters(size) => (0..*size).map(|_| b'A' + random.below(26) as u8).collect(),
            Payload::OneOf(values) => {
                let count = u32::try_from(values.len()).unwrap_or(u32::MAX).max(1);
                let at = random.below(count) as usize;
                values.get(at).cloned().unwrap_or_default()
            }
            Payload::Number => number.to_string().into_bytes(),
        }
    }
}

/// The values in a file, as `java.util.Scanner` finds them: `delimiter` is a regular expression.
///
/// # Errors
/// Kafka's sentence about a file that is not there or empty, or what is wrong with the expression.
pub(super) fn read(path: &str, delimiter: &str) -> Result<Vec<Vec<u8>>, String> {
    let text = crate::env::read_text(Path::new(path)).unwrap_or_default();
    if text.is_empty() {
        return Err("File does not exist or empty file provided.".to_owned());
    }
    let delimiter = Regex::new(delimiter).map_err(|error| error.to_string())?;
    let (mut out, mut at) = (Vec::new(), 0);
    loop {
        let before = delimiter.find_at(&text, at).filter(|found| found.start() == at);
        at = before.map_or(at, |found| found.end());
        if at >= text.len() {
            return Ok(out);
        }
        let next = delimiter.find_at(&text, at).filter(|found| !found.is_empty());
        let end = next.map_or(text.len(), |found| found.start());
        out.push(text.get(at..end).unwrap_or_default().as_bytes().to_vec());
        if next.is_none() {
            return Ok(out);
        }
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_kafkas_tool() {
        // Of `java.util.SplittableRandom(0)`.
        let mut random = SplittableRandom::default();
        let letters = Payload::Letters(24).value(&mut random, 0);
        assert_eq!(String::from_utf8(letters).as_deref(), Ok(LETTERS));
        assert_eq!([(); 8].map(|()| random.below(4)), [1, 2, 3, 2, 0, 2, 3, 0]);
        assert_eq!(
            [(); 4].map(|()| random.below(1_500_000_000)),
            [1_493_289_285, 633_776_107, 273_227_031, 1_039_336_280]
        );
        assert_eq!(Payload::Number.value(&mut random, 17), b"17");
    }

    const LETTERS: &str = "YQHHNEBSEPDNSEIFGAMSUJXK";

    #[test]
    fn a_file_is_cut_at_its_delimiters() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("payload");
        let path = file.display().to_string();
        let cut = |text: &str, delimiter: &str| {
            std::fs::write(&file, text).expect("written");
            let values = read(&path, delimiter).expect("reads");
            let texts = values
                .into_iter()
                .map(|value| String::from_utf8(value).expect("text"));
            texts.collect::<Vec<_>>()
        };
        assert_eq!(cut("a\nbc\n", "\n"), ["a", "bc"]);
        assert_eq!(cut(",a,,b,", ","), ["a", "", "b"]);
        assert_eq!(cut("a1b22c", "[0-9]+"), ["a", "b", "c"]);
        assert_eq!(
            read("/no/such", "\n"),
            Err("File does not exist or empty file provided.".to_owned())
        );
    }
}
