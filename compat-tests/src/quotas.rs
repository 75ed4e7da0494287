//! Quotas of clients, set and read.

use crate::errors::NONE;
use crate::wire::{Client, Value, range};
use crate::{eventually, list, obj};

/// An entity: its types with their names; `None` is the default of a type.
pub type Entity<'a> = &'a [(&'a str, Option<&'a str>)];

/// Quotas by key.
pub type Quotas = Vec<(String, f64)>;

/// An entry of AlterClientQuotas; `None` removes a quota.
pub fn entry(entity: Entity<'_>, ops: &[(&str, Option<f64>)]) -> Value {
    let names = entity
        .iter()
        .map(|(kind, name)| obj! { entity_type: *kind, entity_name: *name });
    let ops = ops
        .iter()
        .map(|(key, value)| obj! { key: *key, value: value.unwrap_or(0.0), remove: value.is_none() });
    obj! { entity: names.collect::<Vec<_>>(), ops: ops.collect::<Vec<_>>() }
}

/// Sets or removes one quota, and waits until it is shown (Kafka's brokers hear of it later).
#[track_caller]
pub fn set_quota(client: &mut Client, entity: Entity<'_>, key: &str, value: Option<f64>) {
    let request = obj! { entries: list![entry(entity, &[(key, value)])], validate_only: false };
    let answer = client.call("AlterClientQuotas", range("AlterClientQuotas").max, request);
    assert_eq!(answer["entries"][0]["error_code"], NONE, "{answer:?}");
    eventually("the quota is shown", || {
        let now = quotas_of(client, entity);
        now.iter().find(|(k, _)| k == key).map(|(_, v)| *v) == value
    });
}

/// The quotas of exactly this entity.
#[track_caller]
pub fn quotas_of(client: &mut Client, entity: Entity<'_>) -> Quotas {
    let component = |(kind, name): &(&str, Option<&str>)| {
        let match_type: i8 = if name.is_some() { 0 } else { 1 };
        obj! { entity_type: *kind, match_type: match_type, match: *name }
    };
    let components: Vec<Value> = entity.iter().map(component).collect();
    let request = obj! { components: components, strict: true };
    let answer = client.call("DescribeClientQuotas", range("DescribeClientQuotas").max, request);
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
    let entries = answer["entries"].list();
    assert!(entries.len() < 2, "{answer:?}");
    entries.first().map_or_else(Vec::new, values)
}

/// The quotas of an entry.
pub fn values(entry: &Value) -> Quotas {
    let values = entry["values"].list().iter();
    let mut values: Quotas = values
        .map(|v| (v["key"].str().to_owned(), v["value"].float()))
        .collect();
    values.sort_by(|a, b| a.0.cmp(&b.0));
    values
}
