//! DescribeLogDirs and AlterReplicaLogDirs.

use compat_tests::wire::Value;
use compat_tests::{list, obj};

use super::odd_names;
use crate::script::Script;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    describe(s);
    alter(s);
}

fn topics(s: &mut Script, name: &str) {
    let topic = obj! { name: name, num_partitions: 3, replication_factor: 1 };
    s.and(
        "CreateTopics",
        "topic",
        obj! { topics: list![topic], timeout_ms: 30_000 },
    );
}

fn describe(s: &mut Script) {
    s.section("DescribeLogDirs");
    topics(s, "lying");
    let of = |topic: &str, partitions: Value| obj! { topics: list![obj! { topic: topic, partitions: partitions }] };
    s.all("two", |_| of("lying", list![2, 0]));
    s.all("unknown-partition", |_| of("lying", list![9, -1]));
    s.all("unknown-topic", |_| of("lying-not", list![0]));
    s.all("mixed", |_| {
        let topic = |name: &str, partitions: Value| obj! { topic: name, partitions: partitions };
        obj! { topics: list![topic("lying-not", list![0]), topic("lying", list![1, 7])] }
    });
    s.all("no-partitions", |_| of("lying", list![]));
    s.all("none", |_| obj! { topics: list![] });
    s.all("twice", |_| of("lying", list![1, 1]));
    for (word, name) in odd_names() {
        s.all(&format!("name-{word}"), |_| of(&name, list![0]));
    }
}

fn alter(s: &mut Script) {
    s.section("AlterReplicaLogDirs");
    topics(s, "carried");
    let to = |path: &str, topic: &str, partitions: Value| {
        let topics = list![obj! { name: topic, partitions: partitions }];
        obj! { dirs: list![obj! { path: path, topics: topics }] }
    };
    s.all("same", |_| to("${folder}", "carried", list![0, 1]));
    s.all("unknown-folder", |_| to("/no/such/folder", "carried", list![0]));
    s.all("relative-folder", |_| to("folder", "carried", list![0]));
    s.all("empty-folder", |_| to("", "carried", list![0]));
    s.all("unknown-partition", |_| {
        to("${folder}", "carried", list![0, 9, -1])
    });
    s.all("unknown-topic", |_| to("${folder}", "carried-not", list![0]));
    s.all("unknown-both", |_| to("/no/such/folder", "carried-not", list![0]));
    s.all("no-partitions", |_| to("${folder}", "carried", list![]));
    s.all("twice", |_| to("${folder}", "carried", list![2, 2]));
    s.all("none", |_| obj! { dirs: list![] });
    s.all(
        "no-topics",
        |_| obj! { dirs: list![obj! { path: "${folder}", topics: list![] }] },
    );
    for (word, name) in odd_names() {
        s.all(&format!("name-{word}"), |_| to("${folder}", &name, list![0]));
    }
}
