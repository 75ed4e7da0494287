//! Which partitions a command line or a file names, and the CSV that plans are kept in.

use crate::group_admin::{Partition, Thrown};

/// A line of a plan: group (if it names one), partition, offset.
pub(super) type PlanRow = (Option<String>, Partition, i64);

/// `topic:0,1`.
pub(super) fn topic_partitions(text: &str) -> Result<Vec<Partition>, Thrown> {
    let parts: Vec<&str> = text.split(':').collect();
    let &[topic, partitions] = parts.as_slice() else {
        return Err(Thrown::Usage(format!(
            "Invalid topic arg '{text}', expected topic name and partitions"
        )));
    };
    let number = |partition: &str| match partition.parse::<i32>() {
        Ok(number) => Ok((topic.to_owned(), number)),
        Err(_) => Err(Thrown::Usage(format!(
            "Invalid partition '{partition}' specified in topic arg '{text}''"
        ))),
    };
    partitions.split(',').map(number).collect()
}

/// The lines of a CSV file: `topic,partition,offset`, or with the group in front.
pub(super) fn parse(text: &str) -> Option<Vec<PlanRow>> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(row).collect()
}

fn row(line: &str) -> Option<PlanRow> {
    let cells: Vec<&str> = line
        .split(',')
        .map(|cell| cell.trim().trim_matches('"'))
        .collect();
    let (group, topic, partition, offset) = match cells.as_slice() {
        [topic, partition, offset] => (None, topic, partition, offset),
        [group, topic, partition, offset] => (Some((*group).to_owned()), topic, partition, offset),
        _ => return None,
    };
    Some((
        group,
        ((*topic).to_owned(), partition.parse().ok()?),
        offset.parse().ok()?,
    ))
}

/// A cell of CSV as Jackson writes it.
pub(super) fn cell(text: &str) -> String {
    let is_plain = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    if is_plain {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_read_with_and_without_groups() {
        let rows = parse("t,0,5\n\"g 1\",t,1,7\n").expect("a plan");
        assert_eq!(rows[0], (None, ("t".to_owned(), 0), 5));
        assert_eq!(rows[1], (Some("g 1".to_owned()), ("t".to_owned(), 1), 7));
        assert_eq!(parse("t,x,5"), None);
        assert_eq!(
            (cell("a-b.c_1"), cell("a b")),
            ("a-b.c_1".to_owned(), "\"a b\"".to_owned())
        );
    }

    #[test]
    fn partitions_are_named_behind_a_colon() {
        let read = topic_partitions("t:0,2").expect("reads");
        assert_eq!(read, [("t".to_owned(), 0), ("t".to_owned(), 2)]);
        let wrong = Thrown::Usage("Invalid partition 'x' specified in topic arg 't:x''".to_owned());
        assert_eq!(topic_partitions("t:x"), Err(wrong));
        assert!(topic_partitions("t:0:1").is_err());
    }
}
