//! `kafka-configs --alter`.

use super::changes::Changes;
use super::entity::{Entities, resource, singular};
use crate::Io;
use crate::client::{Change, Client, Kind};
use crate::wrong::Wrong;

pub(super) fn alter(
    client: &mut Client,
    Changes { added, deleted }: Changes,
    entities: &Entities,
    io: &mut Io<'_>,
) -> Result<(), Wrong> {
    let (kind, name) = (entities.head_type(), entities.head_name().unwrap_or_default());
    match resource(kind) {
        None => super::quotas::alter(client, entities, &added, &deleted)?,
        Some(resource) => change(client, resource, name, added, deleted)?,
    }
    io.say(match name.is_empty() {
        true => format!("Completed updating default config for {kind} in the cluster."),
        false => format!("Completed updating config for {} {name}.", singular(kind)),
    });
    Ok(())
}

fn change(
    client: &mut Client,
    resource: Kind,
    name: &str,
    added: Vec<(String, String)>,
    deleted: Vec<String>,
) -> Result<(), Wrong> {
    if resource == Kind::BrokerLogger {
        check_loggers(client, name, added.iter().map(|(name, _)| name).chain(&deleted))?;
    }
    let set = added
        .into_iter()
        .map(|(name, value)| (name, Change::Set, Some(value)));
    let unset = deleted.into_iter().map(|name| (name, Change::Delete, None));
    let changes: Vec<_> = set.chain(unset).collect();
    Ok(client.alter_configs(resource, name, &changes, false)?)
}

/// Loggers that a broker does not know are refused before it is asked.
fn check_loggers<'a>(
    client: &mut Client,
    broker: &str,
    names: impl Iterator<Item = &'a String>,
) -> Result<(), Wrong> {
    let described = client.describe_configs(Kind::BrokerLogger, &[broker.to_owned()], false)?;
    let is_known = |name: &&String| {
        let mut entries = described.iter().flat_map(|result| &result.configs);
        entries.any(|entry| *entry.name == ***name)
    };
    let unknown: Vec<&str> = names.filter(|name| !is_known(name)).map(String::as_str).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Wrong::thrown(
        "org.apache.kafka.common.errors.InvalidConfigurationException",
        format!("Invalid broker logger(s): {}", unknown.join(",")),
    ))
}
