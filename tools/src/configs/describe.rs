//! `kafka-configs --describe`.

use protocol_shim::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsSynonym,
};
use protocol_shim::messages::{ListConfigResourcesRequest, ListGroupsRequest};

use super::entity::{Entities, resource, singular};
use crate::client::{Client, ClientError, Kind, To};
use crate::options::Parsed;
use crate::wrong::Wrong;
use crate::{Io, java};

/// `ConfigSource` by number.
const SOURCES: [&str; 9] = [
    "UNKNOWN",
    "DYNAMIC_TOPIC_CONFIG",
    "DYNAMIC_BROKER_CONFIG",
    "DYNAMIC_DEFAULT_BROKER_CONFIG",
    "STATIC_BROKER_CONFIG",
    "DEFAULT_CONFIG",
    "DYNAMIC_BROKER_LOGGER_CONFIG",
    "DYNAMIC_CLIENT_METRICS_CONFIG",
    "DYNAMIC_GROUP_CONFIG",
];

pub(super) fn describe(
    client: &mut Client,
    parsed: &Parsed,
    entities: &Entities,
    io: &mut Io<'_>,
) -> Result<(), Wrong> {
    let kind = entities.head_type();
    let Some(resource) = resource(kind) else {
        return super::quotas::describe(client, entities, io);
    };
    let all = parsed.has("all");
    let names = match entities.head_name() {
        Some(name) => {
            if !all && !name.is_empty() && !exists(client, resource, name)? {
                io.say(format!(
                    "The {} '{name}' doesn't exist and doesn't have dynamic config.",
                    singular(kind)
                ));
                return Ok(());
            }
            vec![name.to_owned()]
        }
        None => known(client, resource)?,
    };
    for name in names {
        io.say(match name.is_empty() {
            true => format!("Default configs for {kind} in the cluster are:"),
            false => {
                let which = if all { "All" } else { "Dynamic" };
                format!("{which} configs for {} {name} are:", singular(kind))
            }
        });
        let described = client.describe_configs(resource, std::slice::from_ref(&name), true)?;
        let mut entries: Vec<DescribeConfigsResourceResult> =
            described.into_iter().flat_map(|result| result.configs).collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        let source = dynamic_source(resource, &name);
        for entry in entries {
            if all || source.is_none_or(|source| source == entry.config_source) {
                line(&entry, io);
            }
        }
    }
    Ok(())
}

fn line(entry: &DescribeConfigsResourceResult, io: &mut Io<'_>) {
    let source = |number: i8| {
        let index = usize::try_from(number).unwrap_or_default();
        SOURCES.get(index).copied().unwrap_or("UNKNOWN")
    };
    let synonym = |synonym: &DescribeConfigsSynonym| {
        format!(
            "{}:{}={}",
            source(synonym.source),
            synonym.name,
            synonym.value.as_deref().unwrap_or("null")
        )
    };
    io.say(format!(
        "  {}={} sensitive={} synonyms={{{}}}",
        entry.name,
        entry.value.as_deref().unwrap_or("null"),
        entry.is_sensitive,
        java::joined(entry.synonyms.iter().map(synonym), ", ")
    ));
}

/// The source of what somebody set on just this; `None` where everything is shown.
fn dynamic_source(resource: Kind, name: &str) -> Option<i8> {
    match resource {
        Kind::Topic => Some(1),
        Kind::Broker if name.is_empty() => Some(3),
        Kind::Broker => Some(2),
        Kind::BrokerLogger => None,
        Kind::ClientMetrics => Some(7),
        Kind::Group => Some(8),
    }
}

fn exists(client: &mut Client, resource: Kind, name: &str) -> Result<bool, Wrong> {
    if client.config.is_controller {
        return Ok(true);
    }
    Ok(known(client, resource)?.iter().any(|known| known == name))
}

/// Everything of a kind that has a name, and the default of brokers.
fn known(client: &mut Client, resource: Kind) -> Result<Vec<String>, Wrong> {
    match resource {
        Kind::Topic => {
            let topics = client.all_topics("listTopics")?;
            let mut names: Vec<String> = topics
                .into_iter()
                .filter_map(|topic| Some(topic.name?.0.to_string()))
                .collect();
            java::hash_order(&mut names, java::HASH_ROOM, |name| java::string_hash(name));
            Ok(names)
        }
        Kind::Broker | Kind::BrokerLogger => {
            let brokers = client.brokers("describeCluster")?;
            let mut names: Vec<String> = brokers.iter().map(|node| node.id.to_string()).collect();
            if resource == Kind::Broker {
                names.push(String::new());
            }
            Ok(names)
        }
        Kind::ClientMetrics => listed(client, resource),
        Kind::Group => {
            let mut names = groups(client)?;
            for name in listed(client, resource)? {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            Ok(names)
        }
    }
}

fn listed(client: &mut Client, resource: Kind) -> Result<Vec<String>, Wrong> {
    let response = client.call("listConfigResources", To::Any, |version| {
        let request = ListConfigResourcesRequest::default();
        match version {
            0 => request,
            _ => request.with_resource_types(vec![resource as i8]),
        }
    })?;
    ClientError::check(response.error_code, None)?;
    let resources = response.config_resources.into_iter();
    Ok(resources
        .filter(|listed| listed.resource_type == resource as i8)
        .map(|listed| listed.resource_name.to_string())
        .collect())
}

fn groups(client: &mut Client) -> Result<Vec<String>, Wrong> {
    let mut names = Vec::new();
    for node in client.brokers("listGroups")? {
        let response = client.call("listGroups", To::Node(node.id), |_| ListGroupsRequest::default())?;
        ClientError::check(response.error_code, None)?;
        names.extend(response.groups.iter().map(|group| group.group_id.0.to_string()));
    }
    Ok(names)
}
