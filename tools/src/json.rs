//! The JSON files that tools read, and what of JSON they print.

use serde_json::Value;

/// Parses a text; `None` when it is no JSON.
pub(crate) fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// A text in quotes, as JSON has it.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A partition as files name it: `{"topic": …, "partition": …}`.
pub(crate) fn partition(value: &Value) -> Option<(String, i32)> {
    let topic = value.get("topic")?.as_str()?.to_owned();
    let index = i32::try_from(value.get("partition")?.as_i64()?).ok()?;
    Some((topic, index))
}

/// The list under a key; `None` when there is none.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> Option<&'a Vec<Value>> {
    value.get(key)?.as_array()
}
