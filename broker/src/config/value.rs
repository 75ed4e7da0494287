//! A value by its row: parsed, checked, shown. Messages are those of Kafka's `ConfigDef`.

use super::endpoint::host_port;
use super::error::ConfigError;
use super::row::{Check, Kind, Row};

/// A parsed value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A truth value.
    Bool(bool),
    /// A whole number of any width.
    Number(i64),
    /// A float.
    Float(f64),
    /// A text, a class name or a secret.
    Text(String),
    /// A list.
    List(Vec<String>),
}

impl Value {
    /// The value as the text Kafka shows for it.
    pub fn to_text(&self) -> String {
        match self {
            Value::Bool(b) => b.to_string(),
            Value::Number(n) => n.to_string(),
            Value::Float(f) => float_text(*f),
            Value::Text(s) => s.clone(),
            Value::List(list) => list.join(","),
        }
    }
}

/// Parses and checks the text of a config.
///
/// # Errors
/// [`ConfigError::Invalid`] with Kafka's message when the text is not of the type or not allowed.
pub fn parse(row: &Row, text: &str) -> Result<Value, ConfigError> {
    let value = parse_type(row, text)?;
    check(row, &value)?;
    Ok(value)
}

/// `1.7976931348623157E308` as Java writes it, `0.5` as both do.
fn float_text(f: f64) -> String {
    if f.is_infinite() {
        let sign = if f < 0.0 { "-" } else { "" };
        format!("{sign}Infinity")
    } else if f.abs() >= 1e7 {
        format!("{f:E}")
    } else {
        format!("{f:?}")
    }
}

fn invalid(row: &Row, shown: impl std::fmt::Display, reason: &str) -> ConfigError {
    let name = row.name;
    match row.is_sensitive() {
        true => ConfigError::Invalid(format!(
            "Invalid value [hidden] for configuration {name}: {reason}"
        )),
        false => ConfigError::Invalid(format!(
            "Invalid value {shown} for configuration {name}: {reason}"
        )),
    }
}

fn parse_type(row: &Row, text: &str) -> Result<Value, ConfigError> {
    let trimmed = text.trim();
    let whole = |range: std::ops::RangeInclusive<i64>, name: &str| match trimmed.parse::<i64>() {
        Ok(n) if range.contains(&n) => Ok(Value::Number(n)),
        _ => Err(invalid(row, text, &format!("Not a number of type {name}"))),
    };
    match row.kind {
        Kind::Bool if trimmed.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        Kind::Bool if trimmed.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        Kind::Bool => Err(invalid(row, text, "Expected value to be either true or false")),
        Kind::Int => whole(i64::from(i32::MIN)..=i64::from(i32::MAX), "INT"),
        Kind::Short => whole(i64::from(i16::MIN)..=i64::from(i16::MAX), "SHORT"),
        Kind::Long => whole(i64::MIN..=i64::MAX, "LONG"),
        Kind::Double => match parse_double(trimmed) {
            Some(f) => Ok(Value::Float(f)),
            None => Err(invalid(row, text, "Not a number of type DOUBLE")),
        },
        Kind::Text | Kind::Password | Kind::Class => Ok(Value::Text(trimmed.to_owned())),
        Kind::List if trimmed.is_empty() => Ok(Value::List(Vec::new())),
        Kind::List => {
            // Kafka drops repeated entries of a list of words instead of refusing them.
            let keeps_all = row.check == Check::ThrottledReplicas;
            let mut list: Vec<String> = Vec::new();
            for entry in trimmed.split(',').map(str::trim) {
                if keeps_all || !list.iter().any(|seen| seen == entry) {
                    list.push(entry.to_owned());
                }
            }
            Ok(Value::List(list))
        }
    }
}

/// What Java's `Double.parseDouble` reads, but for hexadecimal: a suffix of the type is allowed, and infinity and NaN
/// have one spelling each.
fn parse_double(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if !is_number && !["NaN", "Infinity"].contains(&unsigned) {
        return None;
    }
    let digits = match is_number {
        true => text.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(text),
        false => text,
    };
    digits.parse().ok()
}

fn check(row: &Row, value: &Value) -> Result<(), ConfigError> {
    match value {
        Value::Number(n) => check_number(row, *n),
        Value::Float(f) => check_float(row, *f),
        Value::Text(text) => check_text(row, text),
        Value::List(list) => check_list(row, list),
        Value::Bool(_) => Ok(()),
    }
}

fn check_number(row: &Row, n: i64) -> Result<(), ConfigError> {
    let (min, max) = match row.check {
        Check::AtLeast(min) => (min, i64::MAX),
        Check::Between(min, max) => (min, max),
        Check::GzipLevel if n != -1 && !(1..=9).contains(&n) => {
            return Err(invalid(row, n, "Value must be between 1 and 9 or equal to -1"));
        }
        _ => return Ok(()),
    };
    if n < min {
        Err(invalid(row, n, &format!("Value must be at least {min}")))
    } else if n > max {
        Err(invalid(row, n, &format!("Value must be no more than {max}")))
    } else {
        Ok(())
    }
}

fn check_float(row: &Row, f: f64) -> Result<(), ConfigError> {
    let Check::BetweenF(min, max) = row.check else {
        return Ok(());
    };
    // NaN passes Kafka's comparisons as it passes these.
    if f < min {
        Err(invalid(
            row,
            float_text(f),
            &format!("Value must be at least {min}"),
        ))
    } else if f > max {
        Err(invalid(
            row,
            float_text(f),
            &format!("Value must be no more than {max}"),
        ))
    } else {
        Ok(())
    }
}

fn check_text(row: &Row, text: &str) -> Result<(), ConfigError> {
    if row.filled && text.is_empty() {
        return Err(invalid(row, text, "String must be non-empty"));
    }
    match row.check {
        Check::OneOf(words) if !words.contains(&text) => Err(invalid(
            row,
            text,
            &format!("String must be one of: {}", words.join(", ")),
        )),
        Check::OneOfAnyCase(words) if !words.iter().any(|w| w.eq_ignore_ascii_case(text)) => {
            let words = words.join(", ");
            Err(invalid(
                row,
                text,
                &format!("String must be one of (case insensitive): {words}"),
            ))
        }
        Check::HostPort if !text.is_empty() && host_port(text).is_none() => {
            Err(invalid(row, text, "String must be HOST:PORT"))
        }
        Check::OffsetReset if !is_offset_reset(text) => {
            let name = row.name;
            let reason = format!(
                "Invalid value `{text}` for configuration {name}. The value must be either 'earliest', 'latest' or of \
                 the format 'by_duration:<PnDTnHnMn.nS>'."
            );
            Err(invalid(row, text, &reason))
        }
        _ => Ok(()),
    }
}

fn check_list(row: &Row, list: &[String]) -> Result<(), ConfigError> {
    let name = row.name;
    if list.is_empty() && row.filled {
        let valid = match row.check {
            Check::OneOf(words) => format!("[{}]", words.join(", ")),
            _ => "any non-empty value".to_owned(),
        };
        let text = format!("Configuration '{name}' must not be empty. Valid values include: {valid}");
        return Err(ConfigError::Invalid(text));
    }
    match row.check {
        Check::ThrottledReplicas => check_throttled(row, list),
        Check::OneOf(words) => list.iter().try_for_each(|entry| match entry.as_str() {
            "" => Err(ConfigError::Invalid(format!(
                "Configuration '{name}' values must not be empty."
            ))),
            e if words.contains(&e) => Ok(()),
            e => Err(invalid(
                row,
                e,
                &format!("String must be one of: {}", words.join(", ")),
            )),
        }),
        _ => Ok(()),
    }
}

/// Kafka's `ThrottledReplicaListValidator`.
fn check_throttled(row: &Row, list: &[String]) -> Result<(), ConfigError> {
    let is_pair = |entry: &String| match entry.split_once(':') {
        None if entry.is_empty() => true, // Kafka's pattern lets it be empty
        Some((partition, broker)) => [partition, broker]
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit())),
        None => false,
    };
    if list == ["*"] || list.iter().all(is_pair) {
        return Ok(());
    }
    let reason = format!(
        "{} must be the literal '*' or a list of replicas in the following format: \
         [partitionId]:[brokerId],[partitionId]:[brokerId],...",
        row.name
    );
    Err(invalid(row, format!("[{}]", list.join(", ")), &reason))
}

fn is_offset_reset(text: &str) -> bool {
    match text.to_ascii_lowercase().strip_prefix("by_duration:") {
        Some(duration) => duration.starts_with('p') && duration.len() > 2,
        None => ["latest", "earliest"].contains(&text),
    }
}

/// What a row allows, in words for people (`an int of at least 1`).
pub fn allowed(row: &Row) -> String {
    match row.check {
        Check::Any if row.kind == Kind::Bool => "true or false".to_owned(),
        Check::Any if row.kind == Kind::List && row.filled => "a list with at least one entry".to_owned(),
        Check::Any => format!("{} {}", article(row.kind), row.kind.name()),
        Check::AtLeast(min) => format!("{} {} of at least {min}", article(row.kind), row.kind.name()),
        Check::Between(min, max) => format!("{} {} from {min} to {max}", article(row.kind), row.kind.name()),
        Check::BetweenF(min, max) => format!("a double from {min:?} to {max:?}"),
        Check::OneOf(words) if row.kind == Kind::List => format!("a list of {}", words.join(", ")),
        Check::OneOf(words) | Check::OneOfAnyCase(words) => format!("one of {}", words.join(", ")),
        Check::GzipLevel => "-1, or 1 to 9".to_owned(),
        Check::ThrottledReplicas => "*, or a list of partition:broker".to_owned(),
        Check::HostPort => "HOST:PORT with a port up to 65535".to_owned(),
        Check::OffsetReset => "latest, earliest, or by_duration: and an ISO-8601 duration".to_owned(),
    }
}

fn article(kind: Kind) -> &'static str {
    if kind == Kind::Int { "an" } else { "a" }
}
