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

/// The nearest of these names, if one is near: few characters put in, taken out, exchanged or swapped with the next.
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let far = 1 + wanted.len() / 8;
    let near = names.map(|candidate| (strsim::osa_distance(wanted, candidate), candidate));
    near.filter(|(steps, _)| *steps <= far)
        .min_by_key(|(steps, candidate)| (*steps, candidate.len()))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("num.partitoins", Some("num.partitions")),
            ("confluent.magic", None),
            ("x", None),
        ] {
            assert_eq!(likely(slip), meant, "{slip}");
        }
    }
}
