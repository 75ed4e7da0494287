//! `kafka-configs` of users, clients and addresses: quotas. SCRAM credentials are refused.

use protocol_shim::StrBytes;
use protocol_shim::messages::alter_client_quotas_request::{EntityData, EntryData, OpData};
use protocol_shim::messages::describe_client_quotas_request::ComponentData;
use protocol_shim::messages::describe_client_quotas_response::EntryData as Described;
use protocol_shim::messages::{AlterClientQuotasRequest, DescribeClientQuotasRequest};

use super::entity::Entities;
use crate::client::{Client, ClientError, To};
use crate::wrong::Wrong;
use crate::{Io, java, jre};

/// Quotas of users and clients.
const CLIENT_QUOTAS: [&str; 4] = [
    "producer_byte_rate",
    "consumer_byte_rate",
    "request_percentage",
    "controller_mutation_rate",
];
/// Quotas of addresses.
const IP_QUOTAS: [&str; 1] = ["connection_creation_rate"];
/// Credentials that are written as configs of users.
const SCRAM: [&str; 2] = ["SCRAM-SHA-256", "SCRAM-SHA-512"];
/// Kinds with quotas, in the order in which they are shown: of the command line, of the protocol, in words.
const KINDS: [(&str, &str, &str); 3] = [
    ("users", "user", "user-principal"),
    ("clients", "client-id", "client-id"),
    ("ips", "ip", "ip"),
];

/// How a component of a filter matches (`DescribeClientQuotasRequest.MATCH_TYPE_*`).
const MATCH_NAME: i8 = 0;
const MATCH_DEFAULT: i8 = 1;
const MATCH_ANY: i8 = 2;

/// `--describe`.
pub(super) fn describe(client: &mut Client, entities: &Entities, io: &mut Io<'_>) -> Result<(), Wrong> {
    for mut entry in described(client, entities)? {
        let names = KINDS.iter().filter_map(|(_, kind, words)| {
            let entity = entry.entity.iter().find(|entity| *entity.entity_type == **kind)?;
            Some(match &entity.entity_name {
                Some(name) => format!("{words} '{name}'"),
                None => format!("the default {words}"),
            })
        });
        let names = java::joined(names, ", ");
        let room = hash_room(entry.values.len());
        java::hash_order(&mut entry.values, room, |value| java::string_hash(&value.key));
        let value = entry.values.iter();
        let values = value.map(|value| format!("{}={}", value.key, jre::double(value.value)));
        io.say(format!(
            "Quota configs for {names} are {}",
            java::joined(values, ", ")
        ));
    }
    let is_default = entities.0.iter().any(|(_, name)| name.as_deref() == Some(""));
    match entities.types().all(|kind| kind == "users") && !is_default {
        true => Err(no_scram("DESCRIBE_USER_SCRAM_CREDENTIALS")),
        false => Ok(()),
    }
}

/// `--alter`.
pub(super) fn alter(
    client: &mut Client,
    entities: &Entities,
    added: &[(String, String)],
    deleted: &[String],
) -> Result<(), Wrong> {
    let names: Vec<&str> = added.iter().map(|(name, _)| name.as_str()).collect();
    let taken: Vec<&str> = deleted.iter().map(String::as_str).collect();
    if is_scram(entities, &names, &taken)? {
        return Err(no_scram("ALTER_USER_SCRAM_CREDENTIALS"));
    }
    let known = described(client, entities)?;
    let is_set = |name: &&str| {
        known
            .iter()
            .flat_map(|entry| &entry.values)
            .any(|value| *value.key == **name)
    };
    let unset: Vec<&str> = taken.iter().filter(|name| !is_set(name)).copied().collect();
    if !unset.is_empty() {
        return Err(Wrong::thrown(
            "org.apache.kafka.common.errors.InvalidConfigurationException",
            format!("Invalid config(s): {}", unset.join(",")),
        ));
    }
    let mut ops = Vec::new();
    for (key, value) in added {
        let value: f64 = value.parse().map_err(|_| {
            Wrong::argument(format!(
                "Cannot parse quota configuration value for {key}: {value}"
            ))
        })?;
        let op = OpData::default().with_key(StrBytes::from_string(key.clone()));
        ops.push(op.with_value(value));
    }
    for key in deleted {
        let op = OpData::default().with_key(StrBytes::from_string(key.clone()));
        ops.push(op.with_remove(true));
    }
    let entity = entities.0.iter().map(|(kind, name)| {
        let name = name.as_deref().filter(|name| !name.is_empty());
        EntityData::default()
            .with_entity_type(StrBytes::from_static_str(wire(kind)))
            .with_entity_name(name.map(|name| StrBytes::from_string(name.to_owned())))
    });
    let entry = EntryData::default().with_entity(entity.collect()).with_ops(ops);
    let response = client.call("alterClientQuotas", To::Any, |_| {
        AlterClientQuotasRequest::default().with_entries(vec![entry.clone()])
    })?;
    for entry in &response.entries {
        ClientError::check(entry.error_code, entry.error_message.as_deref())?;
    }
    Ok(())
}

/// Whether it is credentials that are changed; names that are neither these nor quotas are refused.
fn is_scram(entities: &Entities, added: &[&str], deleted: &[&str]) -> Result<bool, Wrong> {
    let unexpected = |what: &str, verb: &str, names: &[&str]| {
        let kind = if entities.0.len() > 1 {
            "clients"
        } else {
            entities.head_type()
        };
        Err(Wrong::argument(format!(
            "Only {what} configs can be {verb} for '{kind}' using --bootstrap-server. Unexpected config names: {}",
            match (what, verb) {
                ("connection quota", _) => names.join(","),
                // As Scala prints its collections.
                (_, "added") => format!("Set({})", names.join(", ")),
                _ => format!("ArrayBuffer({})", names.join(", ")),
            }
        )))
    };
    let others = |names: &[&str], known: &[&str]| -> Vec<String> {
        let other = names.iter().filter(|name| !known.contains(name));
        other.map(|name| (*name).to_owned()).collect()
    };
    if entities.head_type() == "ips" {
        let all: Vec<&str> = added.iter().chain(deleted).copied().collect();
        let others = others(&all, &IP_QUOTAS);
        return match others.is_empty() {
            true => Ok(false),
            false => unexpected("connection quota", "added", &borrowed(&others)),
        };
    }
    let is_user = entities.types().eq(["users"]);
    let mut known = CLIENT_QUOTAS.to_vec();
    known.extend(SCRAM.iter().filter(|_| is_user));
    let what = if is_user {
        "quota and SCRAM credential"
    } else {
        "quota"
    };
    for (names, verb) in [(added, "added"), (deleted, "deleted")] {
        let others = others(names, &known);
        if !others.is_empty() {
            return unexpected(what, verb, &borrowed(&others));
        }
    }
    let mut all = added.iter().chain(deleted);
    let has_scram = all.clone().any(|name| SCRAM.contains(name));
    if has_scram && entities.head_name() == Some("") {
        return Err(Wrong::argument(
            "The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using --bootstrap-server.",
        ));
    }
    if has_scram && all.any(|name| CLIENT_QUOTAS.contains(name)) {
        return Err(Wrong::argument(
            "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using --bootstrap-server.",
        ));
    }
    Ok(has_scram)
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// The quotas of just these entities, in the order of Java's table.
fn described(client: &mut Client, entities: &Entities) -> Result<Vec<Described>, Wrong> {
    let component = |(kind, name): &(String, Option<String>)| {
        let component = ComponentData::default().with_entity_type(StrBytes::from_static_str(wire(kind)));
        match name.as_deref() {
            None => component.with_match_type(MATCH_ANY).with_match(None),
            Some("") => component.with_match_type(MATCH_DEFAULT).with_match(None),
            Some(name) => component
                .with_match_type(MATCH_NAME)
                .with_match(Some(StrBytes::from_string(name.to_owned()))),
        }
    };
    let response = client.call("describeClientQuotas", To::Any, |_| {
        DescribeClientQuotasRequest::default()
            .with_components(entities.0.iter().map(component).collect())
            .with_strict(true)
    })?;
    let message = response.error_message.as_deref().filter(|text| !text.is_empty());
    ClientError::check(response.error_code, message)?;
    let mut entries = response.entries.unwrap_or_default();
    let room = hash_room(entries.len());
    java::hash_order(&mut entries, room, entity_hash);
    Ok(entries)
}

/// `ClientQuotaEntity.hashCode`: that of its map of names by kinds.
fn entity_hash(entry: &Described) -> i32 {
    let parts = entry.entity.iter().map(|entity| {
        let name = entity.entity_name.as_deref().map_or(0, java::string_hash);
        java::string_hash(&entity.entity_type) ^ name
    });
    parts.fold(31_i32, i32::wrapping_add)
}

/// Room of a `HashMap` that was made for so many.
fn hash_room(count: usize) -> usize {
    count.max(1)
}

/// Name of a kind in the protocol.
fn wire(kind: &str) -> &'static str {
    let known = KINDS.iter().find(|(name, _, _)| *name == kind);
    known.map_or("", |(_, wire, _)| wire)
}

/// What Kafka's client says of a broker without the API.
fn no_scram(api: &str) -> Wrong {
    Wrong::Thrown(ClientError::own(
        "UnsupportedVersionException",
        format!("The node does not support {api}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::{Entities, is_scram};

    fn of(kinds: &[(&str, &str)]) -> Entities {
        let pair = |(kind, name): &(&str, &str)| ((*kind).to_owned(), Some((*name).to_owned()));
        Entities(kinds.iter().map(pair).collect())
    }

    #[test]
    fn each_kind_has_quotas_of_its_own_and_users_have_credentials() {
        let user = of(&[("users", "u")]);
        let both = of(&[("users", "u"), ("clients", "c")]);
        let ip = of(&[("ips", "127.0.0.1")]);
        assert!(matches!(is_scram(&user, &["producer_byte_rate"], &[]), Ok(false)));
        assert!(matches!(is_scram(&user, &[], &["SCRAM-SHA-256"]), Ok(true)));
        assert!(is_scram(&of(&[("users", "")]), &["SCRAM-SHA-256"], &[]).is_err());
        assert!(is_scram(&user, &["SCRAM-SHA-256"], &["producer_byte_rate"]).is_err());
        assert!(is_scram(&both, &["SCRAM-SHA-256"], &[]).is_err());
        assert!(matches!(is_scram(&both, &[], &["request_percentage"]), Ok(false)));
        assert!(is_scram(&ip, &["producer_byte_rate"], &[]).is_err());
        assert!(matches!(
            is_scram(&ip, &["connection_creation_rate"], &[]),
            Ok(false)
        ));
    }
}
