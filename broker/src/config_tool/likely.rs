//! Which name was meant by one that is none.

use crate::config::{Scope, rows};

/// The broker config whose name is nearest, if one is near.
pub fn likely(name: &str) -> Option<&'static str> {
    let wanted = name.trim().to_ascii_lowercase().replace(['_', '-'], ".");
    nearest(
        &wanted,
        rows(Scope::Broker).filter(|row| !row.hidden).map(|row| row.name),
    )
}

/// The nearest of these names, if one is near.
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let far = 1 + wanted.len() / 8;
    let near = names.map(|candidate| (distance(wanted, candidate), candidate));
    near.filter(|(steps, _)| *steps <= far)
        .min_by_key(|(steps, candidate)| (*steps, candidate.len()))
        .map(|(_, candidate)| candidate)
}

/// How many characters must be put in, taken out or exchanged to make one of the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, above) in b.bytes().zip(row.iter().copied().skip(1)) {
            let exchanged = diagonal + usize::from(x != y);
            left = exchanged.min(left + 1).min(above + 1);
            next.push(left);
            diagonal = above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted() {
        for (a, b, steps) in [
            ("", "", 0),
            ("a", "", 1),
            ("kitten", "sitting", 3),
            ("abc", "abc", 0),
        ] {
            assert_eq!(distance(a, b), steps, "{a} {b}");
        }
    }

    #[test]
    fn slips_are_understood() {
        for (slip, meant) in [
            ("num.partition", Some("num.partitions")),
            ("log_dirs", Some("log.dirs")),
            ("Log.Retention.Hours", Some("log.retention.hours")),
            (
                "offset.topic.replication.factor",
                Some("offsets.topic.replication.factor"),
            ),
            ("confluent.magic", None),
            ("x", None),
        ] {
            assert_eq!(likely(slip), meant, "{slip}");
        }
    }
}
