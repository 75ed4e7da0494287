//! What is decided of a request as a whole: how many partitions it may add, and that there is time for it.

use super::super::create::create_topics;
use super::super::delete::delete_topics;
use super::super::grow::create_partitions;
use super::super::placement::PARTITIONS_MAX;
use super::decisions::{Fixture, refused};
use super::*;
use crate::records::metadata::MetadataRecord;
use TopicErrorKind as Kind;

const TOO_LATE: Terms<'static> = Terms {
    too_late: true,
    ..Terms::OWN
};

fn more(name: &str, count: i32) -> MorePartitions {
    MorePartitions {
        name: name.into(),
        count,
        assignments: None,
    }
}

#[test]
fn one_request_adds_so_many_partitions_and_no_more() {
    let mut f = Fixture::new();
    f.create(&["a", "b", "c"].map(|name| new_topic(name, 1)));
    let grown = |wanted: &[MorePartitions]| create_partitions(&f.state, &f.rules(), wanted, Terms::OWN);
    let (records, results) = grown(&[more("a", 4_001), more("b", 6_001)]);
    assert_eq!(records.len(), 10_000);
    assert!(results.iter().all(|(_, result)| result.is_ok()), "{results:?}");
    let (records, results) = grown(&[more("a", 4_001), more("b", 6_002), more("c", 2)]);
    assert_eq!(records.len(), 4_001, "the one that fits is added");
    assert!(results[0].1.is_ok() && results[2].1.is_ok(), "{results:?}");
    assert_eq!(
        refused(&results[1].1),
        (
            Kind::PolicyViolation,
            "Excessively large number of partitions per request."
        )
    );
}

#[test]
fn what_is_refused_is_not_taken_off_the_quota() {
    let mut f = Fixture::new();
    f.create(&[new_topic("a", 1)]);
    let terms = Terms {
        admit: &|partitions| panic!("asked for {partitions}"),
        too_late: false,
    };
    let (records, results) = create_partitions(&f.state, &f.rules(), &[more("a", 10_002)], terms);
    assert!(records.is_empty() && results[0].1.is_err());
}

#[test]
fn a_topic_grows_as_long_as_the_next_start_can_hold_it() {
    let mut f = Fixture::new();
    f.create(&[new_topic("a", 1)]);
    let max = i32::try_from(PARTITIONS_MAX).unwrap();
    let id = f.state.names["a"];
    // Those between are left out: only the number of the last one counts.
    let last = f.rules().partition(&f.state, id, max - 2, vec![1]);
    f.state
        .apply(MetadataRecord::Partition(last), &mut Touched::default())
        .unwrap();
    let (records, results) = create_partitions(&f.state, &f.rules(), &[more("a", max + 1)], Terms::OWN);
    assert!(records.is_empty());
    assert_eq!(
        refused(&results[0].1),
        (Kind::PolicyViolation, "A topic has at most 1048576 partitions.")
    );
    let (records, results) = create_partitions(&f.state, &f.rules(), &[more("a", max)], Terms::OWN);
    assert!(results[0].1.is_ok());
    for record in records {
        f.state.apply(record, &mut Touched::default()).unwrap();
    }
}

#[test]
fn without_time_all_of_a_request_is_refused_as_soon_as_one_topic_is_clear() {
    let mut f = Fixture::new();
    f.create(&[new_topic("a", 1)]);
    let twice = [new_topic("t", 1), new_topic("u", 1), new_topic("t", 1)];
    let create =
        |topics: &[NewTopic]| create_topics(&f.state, &f.rules(), topics, TOO_LATE, &mut Uuid::new_v4).1;
    let rows = create(&twice);
    assert_eq!(rows.len(), 3, "a row for each, as Kafka answers");
    assert!(rows.iter().all(|(_, row)| refused(row) == (Kind::TimedOut, "")));
    let [once, _, again] = twice;
    let rows = create(&[once, new_topic("__cluster_metadata", 1), again]);
    let said: Vec<_> = rows.iter().map(|(_, row)| refused(row).1).collect();
    assert_eq!(
        said,
        [
            "Duplicate topic name.",
            "Creation of internal topic __cluster_metadata is prohibited."
        ]
    );

    let grow = |topics: &[MorePartitions]| create_partitions(&f.state, &f.rules(), topics, TOO_LATE).1;
    let rows = grow(&[more("a", 2), more("b", 2), more("b", 3)]);
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|(_, row)| refused(row) == (Kind::TimedOut, "")));
    let rows = grow(&[more("a", 2), more("a", 3)]);
    assert_eq!(rows.len(), 1);
    assert_eq!(refused(&rows[0].1).1, "Duplicate topic name.");

    let delete = |topics: &[TopicRef]| delete_topics(&f.state, topics, TOO_LATE).1;
    let unclear = || {
        let both = TopicRef {
            id: Uuid::from_u128(5),
            ..by_name("a")
        };
        let neither = TopicRef {
            name: None,
            id: Uuid::nil(),
        };
        vec![both, neither, by_name("a"), by_name("a")]
    };
    let rows = delete(&unclear());
    let said: Vec<_> = rows.iter().map(|row| refused(&row.result).1).collect();
    assert_eq!(
        said,
        [
            "You may not specify both topic name and topic id.",
            "Neither topic name nor id were specified.",
            "Duplicate topic name."
        ]
    );
    let mut clear = unclear();
    clear.pop();
    let rows = delete(&clear);
    assert_eq!(rows.len(), 3);
    assert!(
        rows.iter()
            .all(|row| refused(&row.result) == (Kind::TimedOut, ""))
    );
}
