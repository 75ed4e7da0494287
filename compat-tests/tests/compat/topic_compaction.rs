//! Configs of compaction: what a cleaner that looks every few milliseconds leaves, and when it does.

use compat_tests::batch::{Batch, Codec, Record, now_ms};
use compat_tests::eventually;
use compat_tests::ops::{
    EARLIEST, LATEST, alter_cluster, alter_topic, create_topic, fetch_all, list_offset, produce,
};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::Client;

const HOUR_MS: i64 = 3_600_000;

/// Topic configs with which every second batch closes a segment, and one closed segment is enough to compact.
const EAGER: [(&str, &str); 3] = [
    ("cleanup.policy", "compact"),
    ("internal.segment.bytes", "200"),
    ("min.cleanable.dirty.ratio", "0"),
];

fn quick() -> Options {
    Options::new()
        .set("log.cleaner.backoff.ms", 10)
        .set("log.retention.check.interval.ms", 20)
}

/// A broker with topic `t` of these configs, and `witness`, which is always compacted.
fn own(configs: &[(&str, &str)]) -> Option<(Broker, Client)> {
    let broker = quick().start()?;
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, configs);
    create_topic(&mut client, "witness", 1, &EAGER);
    Some((broker, client))
}

/// [`EAGER`], and these instead or besides.
fn eager<'a>(others: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = EAGER
        .into_iter()
        .filter(|(name, _)| others.iter().all(|(other, _)| other != name));
    kept.chain(others.iter().copied()).collect()
}

fn put(client: &mut Client, topic: &str, key: &str, value: Option<&str>, age_ms: i64) {
    let record = Record {
        value: value.map(|value| value.as_bytes().to_vec()),
        ..Record::keyed(key, "").at(now_ms() - age_ms)
    };
    produce(client, topic, 0, &Batch::new(Codec::None, &[record]));
}

/// Six values of one key, and two of others behind them, which close its segments.
fn fill(client: &mut Client, topic: &str, age_ms: i64) {
    for value in ["1", "2", "3", "4", "5", "6"] {
        put(client, topic, "k", Some(value), age_ms);
    }
    for key in ["x", "y", "z"] {
        put(client, topic, key, Some("end"), age_ms);
    }
}

/// Key and value (`-` for none) of all records.
fn kept(client: &mut Client, topic: &str) -> Vec<String> {
    let start = list_offset(client, topic, 0, EARLIEST);
    let text = |bytes: Option<Vec<u8>>| bytes.map_or("-".to_owned(), |b| String::from_utf8(b).expect("text"));
    let records = fetch_all(client, topic, 0, start).into_iter();
    records
        .map(|record| format!("{}={}", text(record.key), text(record.value)))
        .collect()
}

fn is_compacted(client: &mut Client, topic: &str) -> bool {
    kept(client, topic)
        .iter()
        .filter(|pair| pair.starts_with("k="))
        .count()
        == 1
}

fn await_compaction(client: &mut Client, topic: &str) {
    eventually("only the last value is left", || is_compacted(client, topic));
    assert!(kept(client, topic).contains(&"k=6".to_owned()));
}

/// The cleaner looked at all logs: it compacts the dirtiest first, so one pass may end before it begins the next.
fn await_passes(client: &mut Client) {
    for _ in 0..2 {
        fill(client, "witness", 0);
        await_compaction(client, "witness");
    }
}

/// Gives `t` a config, or all topics by the broker's.
fn set(client: &mut Client, cluster: bool, of_topic: &str, of_broker: &str, value: &str) {
    match cluster {
        true => alter_cluster(client, &[(of_broker, value)]),
        false => alter_topic(client, "t", &[(of_topic, value)]),
    }
}

#[test]
fn cleanup_policy_says_whether_old_values_go() {
    let Some((_broker, mut client)) = own(&eager(&[("cleanup.policy", "delete")])) else {
        return;
    };
    create_topic(&mut client, "none", 1, &eager(&[("cleanup.policy", "")]));
    for topic in ["t", "none"] {
        fill(&mut client, topic, 0);
    }
    await_passes(&mut client);
    for topic in ["t", "none"] {
        assert_eq!(kept(&mut client, topic).len(), 9, "{topic}");
        alter_topic(&mut client, topic, &[("cleanup.policy", "compact")]);
        await_compaction(&mut client, topic);
    }
}

#[test]
fn compacted_topics_expire_only_if_they_are_to_be_deleted_too() {
    let old = eager(&[("retention.ms", "1800000"), ("file.delete.delay.ms", "0")]);
    let Some((_broker, mut client)) = own(&old) else {
        return;
    };
    create_topic(
        &mut client,
        "both",
        1,
        &eager(&[("cleanup.policy", "compact,delete"), old[3]]),
    );
    fill(&mut client, "t", HOUR_MS);
    await_compaction(&mut client, "t");
    fill(&mut client, "both", 0);
    await_compaction(&mut client, "both");
    fill(&mut client, "both", HOUR_MS);
    fill(&mut client, "both", 0);
    await_compaction(&mut client, "both");
    create_topic(
        &mut client,
        "expiring",
        1,
        &eager(&[("cleanup.policy", "compact,delete"), old[3]]),
    );
    fill(&mut client, "expiring", HOUR_MS);
    eventually("both rules hold", || {
        list_offset(&mut client, "expiring", 0, EARLIEST) == 9
    });
    assert!(kept(&mut client, "t").contains(&"k=6".to_owned()));
    alter_topic(&mut client, "t", &[("cleanup.policy", "compact,delete")]);
    eventually("it may go now", || {
        list_offset(&mut client, "t", 0, EARLIEST) == 9
    });
}

#[test]
fn min_cleanable_dirty_ratio_holds_compaction_back() {
    for cluster in [false, true] {
        let configs = match cluster {
            true => vec![EAGER[0], EAGER[1]],
            false => eager(&[("min.cleanable.dirty.ratio", "1")]),
        };
        let Some((_broker, mut client)) = own(&configs) else {
            return;
        };
        if cluster {
            alter_cluster(&mut client, &[("log.cleaner.min.cleanable.ratio", "1")]);
        }
        fill(&mut client, "t", 0);
        await_passes(&mut client);
        assert!(!is_compacted(&mut client, "t"));
        set(
            &mut client,
            cluster,
            "min.cleanable.dirty.ratio",
            "log.cleaner.min.cleanable.ratio",
            "0.1",
        );
        await_compaction(&mut client, "t");
    }
}

#[test]
fn min_compaction_lag_ms_keeps_the_young() {
    for cluster in [false, true] {
        let Some((_broker, mut client)) = own(&EAGER) else {
            return;
        };
        // The witness has its own, which a default for the cluster must not touch.
        alter_topic(&mut client, "witness", &[("min.compaction.lag.ms", "0")]);
        let names = ("min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms");
        set(&mut client, cluster, names.0, names.1, "1800000");
        fill(&mut client, "t", 0);
        await_passes(&mut client);
        assert!(!is_compacted(&mut client, "t"));
        set(&mut client, cluster, names.0, names.1, "0");
        await_compaction(&mut client, "t");
        create_topic(
            &mut client,
            "old",
            1,
            &eager(&[("min.compaction.lag.ms", "1800000")]),
        );
        fill(&mut client, "old", HOUR_MS);
        await_compaction(&mut client, "old");
    }
}

#[test]
fn max_compaction_lag_ms_asks_for_compaction_whatever_the_ratio() {
    for cluster in [false, true] {
        let Some((_broker, mut client)) = own(&eager(&[("min.cleanable.dirty.ratio", "1")])) else {
            return;
        };
        fill(&mut client, "t", HOUR_MS);
        await_passes(&mut client);
        assert!(!is_compacted(&mut client, "t"));
        set(
            &mut client,
            cluster,
            "max.compaction.lag.ms",
            "log.cleaner.max.compaction.lag.ms",
            "1800000",
        );
        await_compaction(&mut client, "t");
    }
}

#[test]
fn delete_retention_ms_keeps_tombstones_for_a_while() {
    for cluster in [false, true] {
        let Some((_broker, mut client)) = own(&EAGER) else {
            return;
        };
        let names = ("delete.retention.ms", "log.cleaner.delete.retention.ms");
        put(&mut client, "t", "gone", Some("value"), 0);
        put(&mut client, "t", "gone", None, 0);
        for _ in 0..2 {
            fill(&mut client, "t", 0);
            await_compaction(&mut client, "t");
        }
        let pairs = kept(&mut client, "t");
        assert!(pairs.contains(&"gone=-".to_owned()), "{pairs:?}");
        assert!(!pairs.contains(&"gone=value".to_owned()), "{pairs:?}");
        // Counts from the next tombstone: the horizon of this one is written already.
        set(&mut client, cluster, names.0, names.1, "0");
        put(&mut client, "t", "later", None, 0);
        eventually("the tombstone is gone", || {
            fill(&mut client, "t", 0);
            await_compaction(&mut client, "t");
            !kept(&mut client, "t").contains(&"later=-".to_owned())
        });
        assert!(kept(&mut client, "t").contains(&"gone=-".to_owned()));
    }
}

#[test]
fn without_the_cleaner_nothing_is_compacted() {
    let Some(broker) = quick().set("log.cleaner.enable", false).start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &EAGER);
    fill(&mut client, "t", 0);
    // Retention looks less often than a cleaner would.
    let short = [("internal.segment.bytes", "200"), ("retention.ms", "1000")];
    create_topic(&mut client, "passing", 1, &short);
    for _ in 0..2 {
        fill(&mut client, "passing", HOUR_MS);
        eventually("what is old is gone", || {
            list_offset(&mut client, "passing", 0, EARLIEST) == list_offset(&mut client, "passing", 0, LATEST)
        });
    }
    assert_eq!(kept(&mut client, "t").len(), 9);
}
