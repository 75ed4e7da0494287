//! Deciding on quotas of clients (Kafka: `ClientQuotaControlManager`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::error::{TopicError, TopicErrorKind};
use super::state::MetadataState;
use crate::records::metadata::MetadataRecord;
use crate::records::metadata_quota::{ClientQuota, Double, QuotaEntity};

const USER: &str = "user";
const CLIENT_ID: &str = "client-id";
const IP: &str = "ip";

/// Which values a quota may have.
#[derive(Clone, Copy)]
enum Kind {
    /// Any number above 0.
    Double,
    /// Whole numbers up to the highest long.
    Long,
    /// Whole numbers up to the highest int.
    Int,
}

/// Quotas of users and clients.
const CLIENT_KEYS: &[(&str, Kind)] = &[
    ("producer_byte_rate", Kind::Long),
    ("consumer_byte_rate", Kind::Long),
    ("request_percentage", Kind::Double),
    ("controller_mutation_rate", Kind::Double),
];
/// Quotas of addresses.
const IP_KEYS: &[(&str, Kind)] = &[("connection_creation_rate", Kind::Int)];

/// How far a whole number may be from one.
const FRACTION_MAX: f64 = 1e-6;

/// A wish to change an entity's quotas.
#[derive(Clone, Debug)]
pub struct QuotaAlteration {
    /// Whose.
    pub entity: QuotaEntity,
    /// New values by key; `None` removes the quota.
    pub ops: Vec<(String, Option<f64>)>,
}

/// What became of the wish for an entity.
pub type QuotaResult = (QuotaEntity, Result<(), TopicError>);

/// Decides on each entity for itself. An entity that comes twice keeps what the first wish did and hears that the
/// second was ignored, as in Kafka.
pub fn alter_quotas(
    state: &MetadataState,
    alterations: &[QuotaAlteration],
    is_host: impl Fn(&str) -> bool,
) -> (Vec<MetadataRecord>, Vec<QuotaResult>) {
    let mut records = Vec::new();
    let mut results: Vec<QuotaResult> = Vec::new();
    let mut places: BTreeMap<&QuotaEntity, usize> = BTreeMap::new();
    for alteration in alterations {
        let entity = &alteration.entity;
        let mut keys = BTreeSet::new();
        let key_twice = alteration.ops.iter().any(|(key, _)| !keys.insert(key));
        let seen = places.get(entity).copied();
        if seen.is_some() || key_twice {
            let refusal = refused(format!("Ignoring duplicate entity {}", java_text(entity)));
            match seen.and_then(|at| results.get_mut(at)) {
                Some(result) => result.1 = refusal,
                None => {
                    places.insert(entity, results.len());
                    results.push((entity.clone(), refusal));
                }
            }
            continue;
        }
        places.insert(entity, results.len());
        let result = decide(state, alteration, &is_host).map(|changes| records.extend(changes));
        results.push((entity.clone(), result));
    }
    (records, results)
}

fn decide(
    state: &MetadataState,
    alteration: &QuotaAlteration,
    is_host: &impl Fn(&str) -> bool,
) -> Result<Vec<MetadataRecord>, TopicError> {
    let keys = keys_of(&alteration.entity, is_host)?;
    let current = state.quotas.get(&alteration.entity);
    let mut records = Vec::new();
    for (key, value) in &alteration.ops {
        if let Some(value) = value {
            check(keys, key, *value)?;
        }
        let value = value.map(Double);
        if current.and_then(|quotas| quotas.get(key)) != value.as_ref() {
            records.push(MetadataRecord::ClientQuota(ClientQuota {
                entity: alteration.entity.clone(),
                key: key.clone(),
                value,
            }));
        }
    }
    Ok(records)
}

/// The quotas that an entity may have.
fn keys_of(
    entity: &QuotaEntity,
    is_host: &impl Fn(&str) -> bool,
) -> Result<&'static [(&'static str, Kind)], TopicError> {
    if entity.0.is_empty() {
        return refused("Invalid empty client quota entity");
    }
    for (kind, name) in &entity.0 {
        if ![USER, CLIENT_ID, IP].contains(&kind.as_str()) {
            return refused(format!("Unhandled client quota entity type: {kind}"));
        }
        if name.as_deref() == Some("") {
            return refused(format!("Empty {kind} not supported"));
        }
    }
    match entity.0.get(IP) {
        None => Ok(CLIENT_KEYS),
        Some(_) if entity.0.len() > 1 => {
            refused("Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId")
        }
        Some(Some(host)) if !is_host(host) => {
            refused(format!("{host} is not a valid IP or resolvable host."))
        }
        Some(_) => Ok(IP_KEYS),
    }
}

fn check(keys: &[(&str, Kind)], key: &str, value: f64) -> Result<(), TopicError> {
    let Some((_, kind)) = keys.iter().find(|(name, _)| *name == key) else {
        return refused(format!("Invalid configuration key {key}"));
    };
    if value <= 0.0 {
        return refused(format!("Quota {key} must be greater than 0"));
    }
    match kind {
        Kind::Double => Ok(()),
        Kind::Int if value > f64::from(i32::MAX) => {
            refused(format!("Proposed value for {key} is too large for an INT."))
        }
        Kind::Long if value > i64::MAX as f64 => {
            refused(format!("Proposed value for {key} is too large for a LONG."))
        }
        Kind::Int | Kind::Long if (value % 1.0).abs() > FRACTION_MAX => {
            refused(format!("{key} cannot be a fractional value."))
        }
        Kind::Int | Kind::Long => Ok(()),
    }
}

fn refused<T>(text: impl Into<String>) -> Result<T, TopicError> {
    Err(TopicError::new(TopicErrorKind::InvalidRequest, text))
}

/// An entity as Java writes it.
fn java_text(entity: &QuotaEntity) -> String {
    let mut text = String::from("ClientQuotaEntity(entries={");
    for (at, (kind, name)) in entity.0.iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        let _ = write!(text, "{comma}{kind}={}", name.as_deref().unwrap_or("null"));
    }
    text.push_str("})");
    text
}
