//! Members of classic groups, driven request by request.

use crate::errors::{MEMBER_ID_REQUIRED, NONE, NOT_COORDINATOR};
use crate::wire::{Client, Value};
use crate::{list, obj};

/// Waits until the broker is the coordinator of a group and can answer for it.
#[track_caller]
pub fn await_coordinator(client: &mut Client, group: &str) {
    crate::eventually(&format!("a coordinator of {group}"), || {
        let answer = client.call("FindCoordinator", 2, obj! { key: group, key_type: 0 });
        if answer["error_code"] != NONE {
            return false;
        }
        // Kafka may name a coordinator that still loads; any other answer than that means that it serves.
        let beat = client.call(
            "Heartbeat",
            0,
            obj! { group_id: group, generation_id: 1, member_id: "nobody" },
        );
        !(NOT_COORDINATOR - 2..=NOT_COORDINATOR).contains(&(beat["error_code"].int() as i16))
    });
}

/// A subscription of the embedded consumer protocol: version 0, no topics, no user data. Kafka reads it, and a group
/// whose members send something else never forms there.
pub const SUBSCRIPTION: [u8; 10] = [0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];

/// What a member wants of its group.
#[derive(Clone, Debug)]
pub struct Join {
    pub group: String,
    pub member_id: String,
    pub instance_id: Option<String>,
    pub protocol_type: String,
    /// Names with metadata, best first.
    pub protocols: Vec<(String, Vec<u8>)>,
    pub session_timeout_ms: i32,
    pub rebalance_timeout_ms: i32,
}

impl Join {
    /// A new dynamic member of a `consumer` group with the protocol `range`.
    pub fn new(group: &str) -> Join {
        Join {
            group: group.to_owned(),
            member_id: String::new(),
            instance_id: None,
            protocol_type: "consumer".to_owned(),
            protocols: vec![("range".to_owned(), SUBSCRIPTION.to_vec())],
            session_timeout_ms: 30_000,
            rebalance_timeout_ms: 30_000,
        }
    }

    /// Under a member id.
    pub fn member(mut self, id: &str) -> Join {
        id.clone_into(&mut self.member_id);
        self
    }

    /// As a static member.
    pub fn instance(mut self, id: &str) -> Join {
        self.instance_id = Some(id.to_owned());
        self
    }

    /// With these protocols.
    pub fn protocols(mut self, names: &[&str]) -> Join {
        self.protocols = names
            .iter()
            .map(|&name| (name.to_owned(), SUBSCRIPTION.to_vec()))
            .collect();
        self
    }

    /// With a session timeout.
    pub fn session(mut self, ms: i32) -> Join {
        self.session_timeout_ms = ms;
        self
    }

    /// With a rebalance timeout.
    pub fn rebalance(mut self, ms: i32) -> Join {
        self.rebalance_timeout_ms = ms;
        self
    }

    /// The JoinGroup request.
    pub fn request(&self) -> Value {
        let protocols: Vec<Value> = self
            .protocols
            .iter()
            .map(|(name, metadata)| obj! { name: name, metadata: metadata.clone() })
            .collect();
        obj! {
            group_id: &self.group,
            session_timeout_ms: self.session_timeout_ms,
            rebalance_timeout_ms: self.rebalance_timeout_ms,
            member_id: &self.member_id,
            group_instance_id: self.instance_id.as_ref(),
            protocol_type: &self.protocol_type,
            protocols: protocols,
        }
    }

    /// Sends it and fetches a member id first where the version wants that; the final answer comes back.
    #[track_caller]
    pub fn call(&self, client: &mut Client, version: i16) -> Value {
        let answer = client.call("JoinGroup", version, self.request());
        if answer["error_code"] != MEMBER_ID_REQUIRED {
            return answer;
        }
        let id = answer["member_id"].str();
        assert!(!id.is_empty(), "MEMBER_ID_REQUIRED comes with an id");
        client.call("JoinGroup", version, self.clone().member(id).request())
    }
}

/// A member that has joined.
#[derive(Clone, Debug)]
pub struct Member {
    pub group: String,
    pub id: String,
    pub instance_id: Option<String>,
    pub generation: i64,
}

impl Member {
    /// Joins alone and becomes the leader of a stable group with the assignment `assignment`.
    #[track_caller]
    pub fn alone(client: &mut Client, group: &str) -> Member {
        Member::alone_as(client, Join::new(group))
    }

    /// The same with a chosen join.
    #[track_caller]
    pub fn alone_as(client: &mut Client, join: Join) -> Member {
        await_coordinator(client, &join.group);
        let joined = join.call(client, 7);
        assert_eq!(joined["error_code"], NONE, "{joined:?}");
        let member = Member::joined(&join, &joined);
        assert_eq!(joined["leader"], member.id.as_str(), "alone is leader");
        let synced = member.sync(client, 5, &[(&member.id, b"assignment")]);
        assert_eq!(synced["error_code"], NONE, "{synced:?}");
        member
    }

    /// From the answer of a JoinGroup.
    #[track_caller]
    pub fn joined(join: &Join, answer: &Value) -> Member {
        Member {
            group: join.group.clone(),
            id: answer["member_id"].str().to_owned(),
            instance_id: join.instance_id.clone(),
            generation: answer["generation_id"].int(),
        }
    }

    /// The SyncGroup request; leaders give assignments.
    pub fn sync_request(&self, assignments: &[(&str, &[u8])]) -> Value {
        let assignments: Vec<Value> = assignments
            .iter()
            .map(|&(id, bytes)| obj! { member_id: id, assignment: bytes })
            .collect();
        obj! {
            group_id: &self.group, generation_id: self.generation, member_id: &self.id,
            group_instance_id: self.instance_id.as_ref(),
            protocol_type: "consumer", protocol_name: "range", assignments: assignments,
        }
    }

    /// Sends SyncGroup.
    #[track_caller]
    pub fn sync(&self, client: &mut Client, version: i16, assignments: &[(&str, &[u8])]) -> Value {
        client.call("SyncGroup", version, self.sync_request(assignments))
    }

    /// The Heartbeat request.
    pub fn heartbeat_request(&self) -> Value {
        obj! {
            group_id: &self.group, generation_id: self.generation, member_id: &self.id,
            group_instance_id: self.instance_id.as_ref(),
        }
    }

    /// Sends a heartbeat; its error code comes back.
    #[track_caller]
    pub fn heartbeat(&self, client: &mut Client) -> i16 {
        client.call("Heartbeat", 4, self.heartbeat_request())["error_code"].int() as i16
    }

    /// Leaves; the group's error code comes back.
    #[track_caller]
    pub fn leave(&self, client: &mut Client) -> i16 {
        let members = list![obj! { member_id: &self.id, group_instance_id: self.instance_id.as_ref() }];
        let answer = client.call("LeaveGroup", 4, obj! { group_id: &self.group, members: members });
        answer["error_code"].int() as i16
    }
}

/// Commits one offset without being a member (generation -1); the partition's error code comes back.
#[track_caller]
pub fn commit(client: &mut Client, group: &str, topic: &str, partition: i32, offset: i64) -> i16 {
    await_coordinator(client, group);
    let answer = client.call("OffsetCommit", 7, commit_request(group, topic, partition, offset));
    answer["topics"][0]["partitions"][0]["error_code"].int() as i16
}

/// An OffsetCommit request by a non-member.
pub fn commit_request(group: &str, topic: &str, partition: i32, offset: i64) -> Value {
    let partition = obj! { partition_index: partition, committed_offset: offset, committed_metadata: "note" };
    obj! {
        group_id: group, generation_id_or_member_epoch: -1, member_id: "",
        topics: list![obj! { name: topic, partitions: list![partition] }],
    }
}

/// The committed offset of one partition, -1 when there is none.
#[track_caller]
pub fn committed(client: &mut Client, group: &str, topic: &str, partition: i32) -> i64 {
    let request =
        obj! { group_id: group, topics: list![obj! { name: topic, partition_indexes: list![partition] }] };
    let answer = client.call("OffsetFetch", 7, request);
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
    answer["topics"][0]["partitions"][0]["committed_offset"].int()
}

/// The state that DescribeGroups tells.
#[track_caller]
pub fn state(client: &mut Client, group: &str) -> String {
    let answer = client.call("DescribeGroups", 5, obj! { groups: list![group] });
    answer["groups"][0]["group_state"].str().to_owned()
}

/// Joins a group of the newer protocol (KIP-848); the answer to its first heartbeat comes back.
#[track_caller]
pub fn join_newer(client: &mut Client, group: &str, member: &str, topic: &str) -> Value {
    let request = obj! {
        group_id: group, member_id: member, member_epoch: 0, rebalance_timeout_ms: 45_000,
        subscribed_topic_names: list![topic], topic_partitions: list![],
    };
    client.call("ConsumerGroupHeartbeat", 1, request)
}
