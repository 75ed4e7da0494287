//! What is allowed and what is said when it is not.

use std::cell::RefCell;

use super::super::create::create_topics;
use super::super::delete::delete_topics;
use super::super::grow::create_partitions;
use super::super::rules::{Rules, topic_id};
use super::super::snapshot::records;
use super::*;
use TopicErrorKind as Kind;

pub(super) struct Fixture {
    pub(super) state: MetadataState,
    config: Config,
    cap: bool,
    cordoned: bool,
}

impl Fixture {
    pub(super) fn new() -> Fixture {
        Fixture {
            state: MetadataState::default(),
            config: Config::of_profile(Profile::Kafka),
            cap: false,
            cordoned: false,
        }
    }

    pub(super) fn rules(&self) -> Rules<'_> {
        Rules {
            config: &self.config,
            node_id: 1,
            directories: vec![Uuid::from_u128(7)],
            cordoned: self.cordoned,
            placed: RefCell::default(),
            cap_replicas: self.cap,
        }
    }

    pub(super) fn create(&mut self, topics: &[NewTopic]) -> Vec<CreateResult> {
        let (records, results) =
            create_topics(&self.state, &self.rules(), topics, Terms::OWN, &mut Uuid::new_v4);
        for record in records {
            self.state.apply(record, &mut Touched::default()).unwrap();
        }
        results
    }

    fn refusal(&mut self, topic: NewTopic) -> (Kind, String) {
        let error = self.create(&[topic]).remove(0).1.unwrap_err();
        (error.kind, error.message.unwrap_or_default())
    }
}

pub(super) fn refused<T: std::fmt::Debug>(result: &Result<T, TopicError>) -> (Kind, &str) {
    let error = result.as_ref().unwrap_err();
    (error.kind, error.message.as_deref().unwrap_or(""))
}

#[test]
fn creates_in_one_batch_with_defaults() {
    let mut f = Fixture::new();
    let with_config = NewTopic {
        configs: vec![("retention.ms".into(), Some("5".into()))],
        ..new_topic("b", 2)
    };
    let (made, results) = create_topics(
        &f.state,
        &f.rules(),
        &[new_topic("a", -1), with_config],
        Terms::OWN,
        &mut Uuid::new_v4,
    );
    let names: Vec<_> = made
        .iter()
        .map(|r| format!("{r:?}").split([' ', '(']).next().unwrap().to_owned())
        .collect();
    assert_eq!(
        names,
        ["Topic", "Partition", "Topic", "Config", "Partition", "Partition"]
    );
    let counts: Vec<_> = results
        .iter()
        .map(|(_, r)| r.as_ref().map(|c| (c.partitions, c.replication_factor)))
        .collect();
    assert_eq!(counts, [Ok((1, 1)), Ok((2, 1))]);
    for record in made {
        f.state.apply(record, &mut Touched::default()).unwrap();
    }
    assert_eq!(
        refused(&f.create(&[new_topic("a", 1)])[0].1),
        (Kind::AlreadyExists, "Topic 'a' already exists.")
    );
    let placed = &f.state.topics[&f.state.names["a"]]
        .partitions
        .get(0)
        .unwrap()
        .placement;
    assert_eq!(
        (&*placed.replicas, &*placed.isr, placed.leader),
        (&[1][..], &[1][..], 1)
    );
    assert_eq!(placed.directories, [Uuid::from_u128(7)]);
}

#[test]
fn refuses_in_kafkas_words() {
    let mut f = Fixture::new();
    f.create(&[new_topic("x.y", 1)]);
    let factor = |n| NewTopic {
        replication_factor: n,
        ..new_topic("t", 1)
    };
    let config = |name: &str, value: Option<&str>| NewTopic {
        configs: vec![(name.into(), value.map(str::to_owned))],
        ..new_topic("t", 1)
    };
    let manual = |assignments: &[(i32, &[i32])]| NewTopic {
        assignments: assignments.iter().map(|(i, r)| (*i, r.to_vec())).collect(),
        ..new_topic("t", -1)
    };
    let cases = [
        (
            new_topic("x_y", 1),
            Kind::InvalidName,
            "Topic 'x_y' collides with existing topic: x.y",
        ),
        (
            new_topic("..", 1),
            Kind::InvalidName,
            "Topic name is invalid: '..' is not allowed",
        ),
        (
            new_topic("t", 0),
            Kind::InvalidPartitions,
            "Number of partitions was set to an invalid non-positive value.",
        ),
        (
            new_topic("t", -2),
            Kind::InvalidPartitions,
            "Number of partitions was set to an invalid non-positive value.",
        ),
        (
            factor(0),
            Kind::InvalidReplicationFactor,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        ),
        (
            factor(3),
            Kind::InvalidReplicationFactor,
            "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.",
        ),
        (
            config("retention.ms", None),
            Kind::InvalidConfig,
            "Null value not supported for topic configs: retention.ms",
        ),
        (
            config("no.such", Some("1")),
            Kind::InvalidConfig,
            "Unknown topic config name: no.such",
        ),
        (
            NewTopic {
                replication_factor: 1,
                ..manual(&[(0, &[1])])
            },
            Kind::InvalidRequest,
            "A manual partition assignment was specified, but replication factor was not set to -1.",
        ),
        (
            NewTopic {
                partitions: 1,
                ..manual(&[(0, &[1])])
            },
            Kind::InvalidRequest,
            "A manual partition assignment was specified, but numPartitions was not set to -1.",
        ),
        (
            manual(&[(0, &[1]), (0, &[1])]),
            Kind::InvalidAssignment,
            "Found multiple manual partition assignments for partition 0",
        ),
        (
            manual(&[(0, &[1]), (2, &[1])]),
            Kind::InvalidAssignment,
            "partitions should be a consecutive 0-based integer sequence",
        ),
        (
            manual(&[(0, &[])]),
            Kind::InvalidAssignment,
            "The manual partition assignment includes an empty replica list.",
        ),
        (
            manual(&[(0, &[5])]),
            Kind::InvalidAssignment,
            "The manual partition assignment includes broker 5, but no such broker is registered.",
        ),
        (
            manual(&[(0, &[1, 1])]),
            Kind::InvalidAssignment,
            "The manual partition assignment includes the broker 1 more than once.",
        ),
        (
            new_topic("t", 10_001),
            Kind::PolicyViolation,
            "Excessively large number of partitions per request.",
        ),
        (
            new_topic("__cluster_metadata", 1),
            Kind::InvalidRequest,
            "Creation of internal topic __cluster_metadata is prohibited.",
        ),
    ];
    for (topic, kind, says) in cases {
        assert_eq!(f.refusal(topic), (kind, says.to_owned()));
    }
    assert_eq!(f.state.topics.len(), 1);
    assert!(f.create(&[manual(&[(1, &[1]), (0, &[1])])])[0].1.is_ok());
    f.cap = true;
    let capped = f.create(&[NewTopic {
        replication_factor: 3,
        ..new_topic("capped", 1)
    }]);
    assert_eq!(capped[0].1.as_ref().unwrap().replication_factor, 1);
    let id = f.state.names["capped"];
    assert_eq!(
        f.state.topics[&id].wanted_replicas,
        Some(3),
        "what was asked for is kept"
    );
}

#[test]
fn duplicates_in_a_request_are_answered_once() {
    let mut f = Fixture::new();
    let results = f.create(&[new_topic("a", 1), new_topic("b", 1), new_topic("a", 2)]);
    let names: Vec<_> = results.iter().map(|(name, r)| (&**name, r.is_ok())).collect();
    assert_eq!(names, [("b", true), ("a", false)]);
    assert_eq!(
        refused(&results[1].1),
        (Kind::InvalidRequest, "Duplicate topic name.")
    );
}

#[test]
fn deletes_by_name_and_id() {
    let mut f = Fixture::new();
    f.create(&[new_topic("a", 1), new_topic("b", 1), new_topic("c", 1)]);
    let id = |name: &str| f.state.names[name];
    let by_id = |id| TopicRef { name: None, id };
    let both = TopicRef {
        name: Some("c".into()),
        id: id("c"),
    };
    let asked = [
        by_name("a"),
        by_id(id("b")),
        both,
        by_name("zz"),
        by_id(Uuid::from_u128(5)),
        by_id(Uuid::nil()),
    ];
    let (records, results) = delete_topics(&f.state, &asked, Terms::OWN);
    assert_eq!(records.len(), 2);
    assert_eq!((results[0].result.clone(), results[0].id), (Ok(()), id("a")));
    assert_eq!(
        (results[1].result.clone(), results[1].name.as_deref()),
        (Ok(()), Some("b"))
    );
    let said: Vec<_> = results[2..].iter().map(|row| refused(&row.result)).collect();
    assert_eq!(
        said,
        [
            (
                Kind::InvalidRequest,
                "You may not specify both topic name and topic id."
            ),
            (
                Kind::UnknownTopic,
                "This server does not host this topic-partition."
            ),
            (Kind::UnknownTopicId, "This server does not host this topic ID."),
            (Kind::InvalidRequest, "Neither topic name nor id were specified."),
        ]
    );
    let (records, results) = delete_topics(
        &f.state,
        &[by_name("a"), by_name("a"), by_name("b"), by_id(id("b"))],
        Terms::OWN,
    );
    assert!(records.is_empty());
    assert_eq!(refused(&results[0].result).1, "Duplicate topic name.");
    assert_eq!(
        refused(&results[1].result).1,
        "The provided topic name maps to an ID that was already supplied."
    );
}

#[test]
fn topics_only_grow() {
    let mut f = Fixture::new();
    f.create(&[new_topic("a", 3)]);
    let more = |name: &str, count| MorePartitions {
        name: name.into(),
        count,
        assignments: None,
    };
    let one = |assignments: &[&[i32]]| MorePartitions {
        assignments: Some(assignments.iter().map(|r| r.to_vec()).collect()),
        ..more("a", 5)
    };
    let said = |wanted: MorePartitions| {
        create_partitions(&f.state, &f.rules(), &[wanted], Terms::OWN)
            .1
            .remove(0)
            .1
    };
    assert_eq!(
        refused(&said(more("a", 3))),
        (Kind::InvalidPartitions, "Topic already has 3 partition(s).")
    );
    assert_eq!(
        refused(&said(more("a", 2))),
        (
            Kind::InvalidPartitions,
            "The topic a currently has 3 partition(s); 2 would not be an increase."
        )
    );
    assert_eq!(said(more("zz", 2)), Err(TopicError::bare(Kind::UnknownTopic)));
    assert_eq!(
        refused(&said(one(&[&[1]]))),
        (
            Kind::InvalidAssignment,
            "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified."
        )
    );
    assert_eq!(
        refused(&said(one(&[&[1], &[9]]))).1,
        "The manual partition assignment includes broker 9, but no such broker is registered."
    );
    let (records, results) = create_partitions(&f.state, &f.rules(), &[more("a", 5)], Terms::OWN);
    assert_eq!((records.len(), &results[0].1), (2, &Ok(())));
    let (records, results) =
        create_partitions(&f.state, &f.rules(), &[more("a", 5), more("a", 6)], Terms::OWN);
    assert_eq!((records.len(), results.len()), (0, 1));
    assert_eq!(refused(&results[0].1).1, "Duplicate topic name.");
}

#[test]
fn a_cordoned_broker_takes_only_what_is_put_there_by_hand() {
    let mut f = Fixture::new();
    assert!(f.create(&[new_topic("t", 1)])[0].1.is_ok());
    f.cordoned = true;
    let all = "All brokers are currently fenced, or have all their log directories cordoned.";
    let (kind, text) = f.refusal(new_topic("u", 2));
    assert_eq!(kind, Kind::InvalidReplicationFactor);
    assert_eq!(
        text,
        format!("Unable to replicate the partition 1 time(s): {all}")
    );
    let grow = |assignments| MorePartitions {
        name: "t".into(),
        count: 2,
        assignments,
    };
    let (_, results) = create_partitions(&f.state, &f.rules(), &[grow(None)], Terms::OWN);
    assert_eq!(refused(&results[0].1), (Kind::InvalidReplicationFactor, all));
    let (records, results) =
        create_partitions(&f.state, &f.rules(), &[grow(Some(vec![vec![1]]))], Terms::OWN);
    assert!(results[0].1.is_ok() && records.len() == 1, "{results:?}");
}

#[test]
fn topic_ids_do_not_begin_with_a_dash() {
    let mut given = [
        Uuid::nil(),
        Uuid::from_u128(0xfb << 120),
        Uuid::from_u128(0xfc << 120),
    ]
    .into_iter();
    assert_eq!(topic_id(|| given.next().unwrap()), Uuid::from_u128(0xfc << 120));
}

#[test]
fn ten_thousand_topics_are_quick() {
    let mut f = Fixture::new();
    let all: Vec<_> = (0..10_000).map(|n| new_topic(&format!("topic-{n}"), 1)).collect();
    assert!(f.create(&all).iter().all(|(_, result)| result.is_ok()));
    assert_eq!(records(&f.state).len(), 20_000);
}
