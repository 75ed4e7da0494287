//! Left behind by transactions.

use compat_tests::groups::committed;
use compat_tests::ops::fetch_values;
use compat_tests::transactions::committed_values;
use compat_tests::wire::Client;
use compat_tests::{eventually, list, obj};

use crate::scenarios::values;

/// Waits until the coordinator is through with the transaction: a client may be answered before.
fn ended(client: &mut Client, id: &str, state: &str) {
    eventually(&format!("the transaction of {id} in {state}"), || {
        let answer = client.call("DescribeTransactions", 0, obj! { transactional_ids: list![id] });
        answer["transaction_states"][0]["transaction_state"].str() == state
    });
}

pub fn commit(client: &mut Client, topic: &str) {
    ended(client, topic, "CompleteCommit");
    for partition in 0..2 {
        let wanted: Vec<String> = values(0..10)
            .into_iter()
            .skip(partition as usize)
            .step_by(2)
            .collect();
        assert_eq!(
            committed_values(client, topic, partition),
            wanted,
            "partition {partition}"
        );
    }
}

pub fn abort(client: &mut Client, topic: &str) {
    ended(client, topic, "CompleteCommit");
    assert_eq!(fetch_values(client, topic, 0), values(0..15));
    assert_eq!(committed_values(client, topic, 0), values(10..15));
}

pub fn fence(client: &mut Client, topic: &str) {
    ended(client, topic, "CompleteCommit");
    assert_eq!(committed_values(client, topic, 0), values(1..2));
}

pub fn copy(client: &mut Client, topic: &str) {
    ended(client, topic, "CompleteCommit");
    assert_eq!(
        committed_values(client, &format!("{topic}-out"), 0),
        values(0..10)
    );
    assert_eq!(committed(client, topic, &format!("{topic}-in"), 0), 10);
}
