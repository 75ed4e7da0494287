//! What a group is doing (`KafkaAdminClient.describeConsumerGroups`): asked as a group of the new protocol first, then
//! as a classic one.

use protocol_shim::messages::{ConsumerGroupDescribeRequest, DescribeGroupsRequest, GroupId};
use protocol_shim::{ErrorCode, StrBytes};

use super::offsets::Partition;
use crate::ask::Coordinator;
use crate::client::{Client, ClientError, Node, To};
use crate::consumer::decode_assignment;

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    pub group: String,
    pub state: String,
    pub assignor: String,
    pub coordinator: Node,
    pub members: Vec<MemberInfo>,
    /// Of a group of the new protocol.
    pub epochs: Option<(i32, i32)>,
}

/// A member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MemberInfo {
    pub id: String,
    pub instance: String,
    pub client: String,
    pub host: String,
    pub assigned: Vec<Partition>,
    /// What the group wants it to have, under the new protocol.
    pub target: Vec<Partition>,
    pub epoch: Option<i32>,
    /// Whether it speaks the new protocol itself.
    pub is_upgraded: Option<bool>,
}

impl Client {
    /// Describes a group.
    ///
    /// # Errors
    /// That there is none, or that it is no group of consumers.
    pub(crate) fn describe_group(&mut self, group: &str) -> Result<Described, ClientError> {
        let coordinator = self.coordinator(Coordinator::Group, group)?;
        let to = To::Node(coordinator.id);
        let id = GroupId(StrBytes::from_string(group.to_owned()));
        let asked = self.call("describeConsumerGroups", to, |_| {
            ConsumerGroupDescribeRequest::default().with_group_ids(vec![id.clone()])
        });
        match asked {
            Ok(answer) => {
                let found = answer.groups.into_iter().next().unwrap_or_default();
                let is_classic = [ErrorCode::GroupIdNotFound, ErrorCode::UnsupportedVersion]
                    .iter()
                    .any(|code| code.code() == found.error_code);
                if !is_classic {
                    ClientError::check(found.error_code, found.error_message.as_deref())?;
                    return Ok(new_group(found, coordinator));
                }
            }
            Err(error) if error.simple_class() == "UnsupportedVersionException" => {}
            Err(error) => return Err(error),
        }
        self.describe_classic(group, coordinator)
    }

    fn describe_classic(&mut self, group: &str, coordinator: Node) -> Result<Described, ClientError> {
        let id = GroupId(StrBytes::from_string(group.to_owned()));
        let answer = self.call("describeConsumerGroups", To::Node(coordinator.id), |_| {
            DescribeGroupsRequest::default().with_groups(vec![id.clone()])
        })?;
        let found = answer.groups.into_iter().next().unwrap_or_default();
        ClientError::check(found.error_code, found.error_message.as_deref())?;
        let protocol = found.protocol_type.to_string();
        if !protocol.is_empty() && protocol != "consumer" {
            return Err(ClientError::foreign(
                "java.lang.IllegalArgumentException",
                format!("GroupId {group} is not a consumer group ({protocol})."),
            ));
        }
        let members = found.members.into_iter().map(|member| {
            let assigned = decode_assignment(member.member_assignment).unwrap_or_default();
            let pairs = |(topic, all): (String, Vec<i32>)| all.into_iter().map(move |p| (topic.clone(), p));
            MemberInfo {
                id: member.member_id.to_string(),
                instance: member
                    .group_instance_id
                    .map(|id| id.to_string())
                    .unwrap_or_default(),
                client: member.client_id.to_string(),
                host: member.client_host.to_string(),
                assigned: assigned.into_iter().flat_map(pairs).collect(),
                ..MemberInfo::default()
            }
        });
        Ok(Described {
            group: group.to_owned(),
            state: state(&found.group_state),
            assignor: found.protocol_data.to_string(),
            members: members.collect(),
            coordinator,
            epochs: None,
        })
    }
}

fn new_group(
    found: protocol_shim::messages::consumer_group_describe_response::DescribedGroup,
    coordinator: Node,
) -> Described {
    use protocol_shim::messages::consumer_group_describe_response::{Assignment, Member};
    let pairs = |assignment: &Assignment| -> Vec<Partition> {
        let rows = assignment.topic_partitions.iter();
        rows.flat_map(|row| row.partitions.iter().map(|p| (row.topic_name.0.to_string(), *p)))
            .collect()
    };
    let member = |member: Member| MemberInfo {
        id: member.member_id.to_string(),
        instance: member
            .instance_id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        client: member.client_id.to_string(),
        host: member.client_host.to_string(),
        assigned: pairs(&member.assignment),
        target: pairs(&member.target_assignment),
        epoch: Some(member.member_epoch),
        is_upgraded: match member.member_type {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
    };
    Described {
        group: found.group_id.0.to_string(),
        state: state(&found.group_state),
        assignor: found.assignor_name.to_string(),
        members: found.members.into_iter().map(member).collect(),
        coordinator,
        epochs: Some((found.group_epoch, found.assignment_epoch)),
    }
}

/// Whatever brokers call it, Kafka's tools print no other states than these.
fn state(text: &str) -> String {
    const STATES: [&str; 7] = [
        "PreparingRebalance",
        "CompletingRebalance",
        "Stable",
        "Dead",
        "Empty",
        "Assigning",
        "Reconciling",
    ];
    let known = STATES.iter().find(|known| known.eq_ignore_ascii_case(text));
    known.map_or("Unknown", |known| *known).to_owned()
}
