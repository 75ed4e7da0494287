//! Configs of resources, altered and described.

use crate::errors::NONE;
use crate::wire::{Client, Value};
use crate::{list, obj};

/// Types of resources (`ConfigResource.Type`).
pub const TOPIC: i8 = 2;
pub const BROKER: i8 = 4;
pub const BROKER_LOGGER: i8 = 8;
pub const CLIENT_METRICS: i8 = 16;
pub const GROUP: i8 = 32;

/// Operations of IncrementalAlterConfigs (`AlterConfigOp.OpType`).
pub const SET: i8 = 0;
pub const DELETE: i8 = 1;
pub const APPEND: i8 = 2;
pub const SUBTRACT: i8 = 3;

/// The broker as a resource: its id.
#[track_caller]
pub fn node(client: &mut Client) -> String {
    let cluster = client.call("DescribeCluster", 0, obj! {});
    cluster["controller_id"].int().to_string()
}

/// One change of IncrementalAlterConfigs.
pub fn change(name: &str, operation: i8, value: impl Into<Value>) -> Value {
    let value: Value = value.into();
    obj! { name: name, config_operation: operation, value: value }
}

/// The answer to IncrementalAlterConfigs of one resource.
#[track_caller]
pub fn alter(
    client: &mut Client,
    version: i16,
    (kind, name): (i8, &str),
    changes: impl Into<Value>,
    validate_only: bool,
) -> Value {
    let changes: Value = changes.into();
    let resource = obj! { resource_type: kind, resource_name: name, configs: changes };
    let request = obj! { resources: list![resource], validate_only: validate_only };
    client.call("IncrementalAlterConfigs", version, request)["responses"][0].clone()
}

/// Code and text of an answer, whose text may be null.
pub fn outcome(answer: &Value) -> (i64, Option<String>) {
    let text = &answer["error_message"];
    let text = (!text.is_null()).then(|| text.str().to_owned());
    (answer["error_code"].int(), text)
}

/// Sets configs of one resource, which must succeed.
#[track_caller]
pub fn set(client: &mut Client, resource: (i8, &str), configs: &[(&str, &str)]) {
    let changes: Vec<Value> = configs
        .iter()
        .map(|&(name, value)| change(name, SET, value))
        .collect();
    let answer = alter(client, 1, resource, changes, false);
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
}

/// What DescribeConfigs tells of one resource; null asks for all keys.
#[track_caller]
pub fn describe(client: &mut Client, (kind, name): (i8, &str), keys: Value) -> Value {
    let resource = obj! { resource_type: kind, resource_name: name, configuration_keys: keys };
    client.call("DescribeConfigs", 4, obj! { resources: list![resource] })["results"][0].clone()
}

/// Value and source of one config.
#[track_caller]
pub fn described(client: &mut Client, resource: (i8, &str), key: &str) -> (Value, i64) {
    let answer = describe(client, resource, list![key]);
    let row = answer["configs"].find("name", key);
    (row["value"].clone(), row["config_source"].int())
}
