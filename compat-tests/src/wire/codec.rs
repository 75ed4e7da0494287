//! Bytes <-> [`Value`] by the table. Decoding is strict: what does not fit the schema to the last byte is an error.

use anyhow::{Context, Result, bail, ensure};

use super::schema::{Api, Field};
use super::value::Value;

/// A request frame without its length prefix.
pub fn encode_request(
    api: &Api,
    version: i16,
    correlation_id: i32,
    client_id: &str,
    body: &Value,
) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(api.key.to_be_bytes());
    out.extend(version.to_be_bytes());
    out.extend(correlation_id.to_be_bytes());
    out.extend((client_id.len() as i16).to_be_bytes());
    out.extend(client_id.as_bytes());
    if api.is_flexible(version) {
        out.push(0);
    }
    encode_fields(&mut out, &api.request, version, api.is_flexible(version), body);
    out
}

/// Reads a response frame (without length prefix) into its correlation id and body.
pub fn decode_response(api: &Api, version: i16, frame: &[u8]) -> Result<(i32, Value)> {
    let mut input = frame;
    let correlation_id = i32::from_be_bytes(array(&mut input)?);
    let flexible = api.is_flexible(version);
    // The header of an ApiVersions response stays at version 0 for ever: its reader may not know the version.
    if flexible && api.name != "ApiVersions" {
        skip_tags(&mut input)?;
    }
    let body = decode_fields(&mut input, &api.response, version, flexible)
        .with_context(|| format!("response of {} v{version}", api.name))?;
    ensure!(
        input.is_empty(),
        "{} v{version}: {} bytes too many: {body:?}",
        api.name,
        input.len()
    );
    Ok((correlation_id, body))
}

fn encode_fields(out: &mut Vec<u8>, fields: &[Field], version: i16, flexible: bool, value: &Value) {
    let Value::Struct(given) = value else {
        panic!("a struct is wanted, not {value:?}")
    };
    for (name, _) in given {
        assert!(
            fields.iter().any(|f| f.name == *name),
            "no field {name} in this message"
        );
    }
    let mut tagged: Vec<(u32, Vec<u8>)> = Vec::new();
    for field in fields.iter().filter(|f| f.versions.has(version)) {
        let given = value.get(&field.name);
        if let Some(tag) = field.tag {
            let Some(given) = given else { continue };
            let mut bytes = Vec::new();
            encode_field(&mut bytes, field, version, flexible, given);
            tagged.push((tag, bytes));
        } else {
            let default = default_of(field, version);
            encode_field(out, field, version, flexible, given.unwrap_or(&default));
        }
    }
    if flexible {
        tagged.sort_by_key(|(tag, _)| *tag);
        put_uvarint(out, tagged.len() as u64);
        for (tag, bytes) in tagged {
            put_uvarint(out, tag.into());
            put_uvarint(out, bytes.len() as u64);
            out.extend(bytes);
        }
    }
}

fn default_of(field: &Field, version: i16) -> Value {
    match field.default.as_deref() {
        Some("null") if field.nullable_at(version) => return Value::Null,
        Some("true") => return Value::Bool(true),
        Some(number) if number.parse::<i64>().is_ok() => {
            return Value::Int(number.parse().expect("checked in the guard"));
        }
        _ => {}
    }
    if field.is_array {
        return Value::Array(vec![]);
    }
    match field.kind.as_str() {
        "bool" => Value::Bool(false),
        "string" => Value::Str(String::new()),
        "bytes" => Value::Bytes(vec![]),
        "records" => Value::Null,
        "uuid" => Value::Uuid([0; 16]),
        "struct" => Value::Struct(vec![]),
        _ => Value::Int(0),
    }
}

fn encode_field(out: &mut Vec<u8>, field: &Field, version: i16, flexible: bool, value: &Value) {
    if !field.is_array {
        return encode_one(out, field, version, flexible, value);
    }
    match value {
        Value::Array(items) => {
            put_length(out, flexible, Some(items.len()), false);
            for item in items {
                encode_one(out, field, version, flexible, item);
            }
        }
        Value::Null => put_length(out, flexible, None, false),
        other => panic!("{}: an array is wanted, not {other:?}", field.name),
    }
}

fn encode_one(out: &mut Vec<u8>, field: &Field, version: i16, flexible: bool, value: &Value) {
    match (field.kind.as_str(), value) {
        ("bool", Value::Bool(b)) => out.push(u8::from(*b)),
        ("int8", Value::Int(n)) => out.extend((*n as i8).to_be_bytes()),
        ("int16" | "uint16", Value::Int(n)) => out.extend((*n as i16).to_be_bytes()),
        ("int32" | "uint32", Value::Int(n)) => out.extend((*n as i32).to_be_bytes()),
        ("int64", Value::Int(n)) => out.extend(n.to_be_bytes()),
        ("float64", Value::Float(n)) => out.extend(n.to_be_bytes()),
        ("uuid", Value::Uuid(id)) => out.extend(id),
        ("string", Value::Str(s)) => {
            put_length(out, flexible, Some(s.len()), true);
            out.extend(s.as_bytes());
        }
        ("string", Value::Null) => put_length(out, flexible, None, true),
        ("bytes" | "records", Value::Bytes(b)) => {
            put_length(out, flexible, Some(b.len()), false);
            out.extend(b);
        }
        ("bytes" | "records", Value::Null) => put_length(out, flexible, None, false),
        ("struct", Value::Null) => out.push(0xff),
        ("struct", value) => {
            if !field.is_array && field.nullable_at(version) {
                out.push(1);
            }
            encode_fields(out, &field.fields, version, flexible, value);
        }
        (kind, value) => panic!("{}: {kind} is wanted, not {value:?}", field.name),
    }
}

/// A length prefix: compact when flexible, else 16 bits for strings and 32 for the rest.
fn put_length(out: &mut Vec<u8>, flexible: bool, len: Option<usize>, is_string: bool) {
    match (flexible, is_string) {
        (true, _) => put_uvarint(out, len.map_or(0, |n| n as u64 + 1)),
        (false, true) => out.extend(len.map_or(-1, |n| n as i16).to_be_bytes()),
        (false, false) => out.extend(len.map_or(-1, |n| n as i32).to_be_bytes()),
    }
}

/// Appends an unsigned varint.
pub fn put_uvarint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n as u8 & 0x7f) | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn decode_fields(input: &mut &[u8], fields: &[Field], version: i16, flexible: bool) -> Result<Value> {
    let mut out = Vec::new();
    for field in fields.iter().filter(|f| f.versions.has(version)) {
        let value = match field.tag {
            Some(_) => default_of(field, version),
            None => decode_field(input, field, version, flexible).with_context(|| field.name.clone())?,
        };
        out.push((field.name.clone(), value));
    }
    if flexible {
        decode_tags(input, fields, version, &mut out)?;
    }
    Ok(Value::Struct(out))
}

fn decode_tags(input: &mut &[u8], fields: &[Field], version: i16, out: &mut [(String, Value)]) -> Result<()> {
    let count = uvarint(input)?;
    let mut last = None;
    for _ in 0..count {
        let tag = uvarint(input)? as u32;
        ensure!(last.is_none_or(|last| last < tag), "tags out of order");
        last = Some(tag);
        let len = uvarint(input)? as usize;
        let mut bytes = take(input, len)?;
        let field = fields
            .iter()
            .find(|f| f.tag == Some(tag) && f.versions.has(version));
        let Some(field) = field else {
            bail!("tag {tag} is unknown in version {version}")
        };
        let value = decode_field(&mut bytes, field, version, true).with_context(|| field.name.clone())?;
        ensure!(bytes.is_empty(), "tag {tag} is longer than its value");
        if let Some(slot) = out.iter_mut().find(|(name, _)| *name == field.name) {
            slot.1 = value;
        }
    }
    Ok(())
}

fn skip_tags(input: &mut &[u8]) -> Result<()> {
    for _ in 0..uvarint(input)? {
        uvarint(input)?;
        let len = uvarint(input)? as usize;
        take(input, len)?;
    }
    Ok(())
}

fn decode_field(input: &mut &[u8], field: &Field, version: i16, flexible: bool) -> Result<Value> {
    if !field.is_array {
        return decode_one(input, field, version, flexible);
    }
    let Some(count) = length(input, flexible, false)? else {
        ensure!(field.nullable_at(version), "an array that may not be null is");
        return Ok(Value::Null);
    };
    (0..count)
        .map(|_| decode_one(input, field, version, flexible))
        .collect::<Result<_>>()
        .map(Value::Array)
}

fn decode_one(input: &mut &[u8], field: &Field, version: i16, flexible: bool) -> Result<Value> {
    let kind = field.kind.as_str();
    Ok(match kind {
        "bool" => Value::Bool(i8::from_be_bytes(array(input)?) != 0),
        "int8" => i8::from_be_bytes(array(input)?).into(),
        "int16" => i16::from_be_bytes(array(input)?).into(),
        "uint16" => Value::Int(u16::from_be_bytes(array(input)?).into()),
        "int32" => i32::from_be_bytes(array(input)?).into(),
        "int64" => i64::from_be_bytes(array(input)?).into(),
        "float64" => f64::from_be_bytes(array(input)?).into(),
        "uuid" => Value::Uuid(array(input)?),
        "string" | "bytes" | "records" => {
            let Some(len) = length(input, flexible, kind == "string")? else {
                ensure!(field.nullable_at(version), "a {kind} that may not be null is");
                return Ok(Value::Null);
            };
            let bytes = take(input, len)?.to_vec();
            if kind == "string" {
                Value::Str(String::from_utf8(bytes)?)
            } else {
                Value::Bytes(bytes)
            }
        }
        "struct" => {
            if !field.is_array && field.nullable_at(version) && i8::from_be_bytes(array(input)?) < 0 {
                return Ok(Value::Null);
            }
            decode_fields(input, &field.fields, version, flexible)?
        }
        other => bail!("apis.txt: type {other}"),
    })
}

fn length(input: &mut &[u8], flexible: bool, is_string: bool) -> Result<Option<usize>> {
    let len = match (flexible, is_string) {
        (true, _) => uvarint(input)? as i64 - 1,
        (false, true) => i16::from_be_bytes(array(input)?).into(),
        (false, false) => i32::from_be_bytes(array(input)?).into(),
    };
    ensure!(len >= -1, "length {len}");
    ensure!(
        len <= input.len() as i64,
        "length {len} but {} bytes are left",
        input.len()
    );
    Ok(usize::try_from(len).ok())
}

fn uvarint(input: &mut &[u8]) -> Result<u64> {
    let mut n = 0;
    for shift in (0..63).step_by(7) {
        let [byte] = array(input)?;
        n |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(n);
        }
    }
    bail!("varint too long")
}

fn take<'a>(input: &mut &'a [u8], len: usize) -> Result<&'a [u8]> {
    input.split_off(..len).context("the message ends too early")
}

fn array<const N: usize>(input: &mut &[u8]) -> Result<[u8; N]> {
    Ok(take(input, N)?.try_into().expect("took N bytes"))
}
