//! What can come of damage, from the best to the worst, and what the documentation promises.

use std::collections::BTreeSet;

/// What came of a damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Everything is there and right, rebuilt where need be.
    Whole,
    /// Whole, and records below the log start can be read again.
    Back,
    /// What the file says is believed.
    Believed,
    /// The torn end was cut off, which one line of the log says.
    Cut,
    /// The partition serves; reading the damaged place fails, or the batch fails the reader's check.
    AtTheReader,
    /// The partition (or the folder) is refused with the file and what to do.
    Refused,
}

impl Outcome {
    /// As `docs/FORMAT.md` calls it.
    fn word(self) -> &'static str {
        match self {
            Outcome::Whole => "whole",
            Outcome::Back => "back",
            Outcome::Believed => "believed",
            Outcome::Cut => "cut",
            Outcome::AtTheReader => "reader",
            Outcome::Refused => "refused",
        }
    }
}

/// A row of the table in `docs/FORMAT.md`: a file, and what can come of damage to it after a clean stop and after a kill.
pub struct Row {
    pub file: String,
    cells: [Vec<String>; 2],
}

/// The table under the heading *Damage*.
pub fn table() -> Vec<Row> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/FORMAT.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once("\n## Damage\n").expect("a section on damage");
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [file, clean, killed, ..] = cells[..] else {
            return None;
        };
        let file = file.strip_prefix('`')?.strip_suffix('`')?.to_owned();
        let words = |cell: &str| cell.split(", ").map(str::to_owned).collect();
        Some(Row {
            file,
            cells: [words(clean), words(killed)],
        })
    });
    rows.collect()
}

/// Compares what was seen with the table, both ways: nothing else happens, and all of it does.
pub fn compare(table: &[Row], seen: &[(String, bool, Outcome)]) {
    let mut wrong = String::new();
    for row in table {
        for (cell, clean) in row.cells.iter().zip([true, false]) {
            let of_row = |(file, c, _): &&(String, bool, Outcome)| *file == row.file && *c == clean;
            let words: BTreeSet<&str> = seen
                .iter()
                .filter(of_row)
                .map(|(.., outcome)| outcome.word())
                .collect();
            // In brackets stands what takes more than the usual number of cases to be seen.
            let said: BTreeSet<&str> = cell.iter().map(|word| word.trim_matches(['(', ')'])).collect();
            let unseen = cell
                .iter()
                .any(|word| !word.starts_with('(') && !words.contains(word.as_str()));
            if unseen || !words.is_subset(&said) {
                let when = if clean { "a clean stop" } else { "a kill" };
                wrong += &format!("\n{} after {when}: seen {words:?}, promised {cell:?}", row.file);
            }
        }
    }
    let rows: BTreeSet<&str> = table.iter().map(|row| row.file.as_str()).collect();
    let files: BTreeSet<&str> = seen.iter().map(|(file, ..)| file.as_str()).collect();
    assert_eq!(rows, files, "docs/FORMAT.md has a row for each file");
    assert!(wrong.is_empty(), "docs/FORMAT.md disagrees:{wrong}");
}
