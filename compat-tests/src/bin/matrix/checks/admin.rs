//! Left behind by administration.

use compat_tests::errors::{NONE, UNKNOWN_TOPIC_OR_PARTITION};
use compat_tests::groups::committed;
use compat_tests::ops::{EARLIEST, list_offset, metadata};
use compat_tests::wire::Client;
use compat_tests::{list, obj};

/// A topic's config as DescribeConfigs tells it.
fn config(client: &mut Client, topic: &str, name: &str) -> String {
    let resource = obj! { resource_type: 2, resource_name: topic, configuration_keys: list![name] };
    let answer = client.call("DescribeConfigs", 4, obj! { resources: list![resource] });
    answer["results"][0]["configs"][0]["value"].str().to_owned()
}

pub fn topics(client: &mut Client, topic: &str) {
    let known = metadata(client, topic);
    assert_eq!(known["error_code"], NONE, "{topic}");
    assert_eq!(known["partitions"].list().len(), 5, "partitions");
    assert_eq!(config(client, topic, "retention.ms"), "60000");
    let gone = metadata(client, &format!("{topic}-gone"));
    assert_eq!(
        gone["error_code"], UNKNOWN_TOPIC_OR_PARTITION,
        "the deleted topic"
    );
}

pub fn configs(client: &mut Client, topic: &str) {
    assert_eq!(config(client, topic, "retention.ms"), "123456");
}

pub fn groups(client: &mut Client, group: &str) {
    let answer = client.call("ListGroups", 4, obj! { states_filter: list![] });
    let listed = |name: &str| {
        answer["groups"]
            .list()
            .iter()
            .any(|found| found["group_id"] == name)
    };
    assert!(listed(group), "{group} is gone");
    assert!(!listed(&format!("{group}-gone")), "{group}-gone is still there");
    assert_eq!(committed(client, group, group, 0), 3);
}

pub fn offsets(client: &mut Client, topic: &str) {
    assert_eq!(committed(client, topic, topic, 0), 7, "committed offset");
    assert_eq!(list_offset(client, topic, 0, EARLIEST), 4, "log start offset");
}
