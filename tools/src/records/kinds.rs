//! The kinds of records: of the coordinators' topics, of the metadata log, and control records.

use super::decode::json;
use super::reader::Reader;
use super::schema::{Schema, find};

/// Why a record cannot be shown.
pub(crate) enum Fault {
    /// Its type is none that is known.
    Unknown(i64),
    /// It is damaged.
    Damaged(String),
}

/// A record of a coordinator's topic.
pub(crate) struct Coordinated {
    /// Its type.
    pub id: i16,
    /// Its key's fields as JSON.
    pub key: String,
    /// Version and fields of its value; `None` for a deletion.
    pub value: Option<(i16, String)>,
}

fn damaged(what: &str) -> Fault {
    Fault::Damaged(what.to_owned())
}

fn read(schema: &Schema, version: i16, reader: &mut Reader<'_>, expands: bool) -> Result<String, Fault> {
    let (low, high) = schema.versions;
    if !(low..=high).contains(&version) {
        return Err(Fault::Damaged(format!(
            "Can't read version {version} of {}",
            schema.name
        )));
    }
    json(schema, version, reader, expands).ok_or_else(|| damaged("The record ends too early."))
}

/// A record of a family (`group`, `txn`, `share`); `expands` shows what consumers told their group.
///
/// # Errors
/// Why it cannot be shown.
pub(crate) fn coordinated(
    family: &str,
    key: &[u8],
    value: Option<&[u8]>,
    expands: bool,
) -> Result<Coordinated, Fault> {
    let mut reader = Reader { left: key };
    let id = reader.short().ok_or_else(|| damaged("The key ends too early."))?;
    let schema = |part: &str| {
        let known = u32::try_from(id)
            .ok()
            .and_then(|id| find(&format!("{family}-{part}"), id));
        known.ok_or(Fault::Unknown(i64::from(id)))
    };
    let key = read(&schema("key")?, 0, &mut reader, false)?;
    let value = match value {
        None => None,
        Some(value) => {
            let mut reader = Reader { left: value };
            let version = reader
                .short()
                .ok_or_else(|| damaged("The value ends too early."))?;
            Some((version, read(&schema("value")?, version, &mut reader, expands)?))
        }
    };
    Ok(Coordinated { id, key, value })
}

/// A record of the metadata log, whole.
///
/// # Errors
/// Why it cannot be shown.
pub(crate) fn metadata(value: &[u8]) -> Result<String, Fault> {
    let mut reader = Reader { left: value };
    let mut number = || {
        reader
            .varint()
            .ok_or_else(|| damaged("The record ends too early."))
    };
    let (frame, id, version) = (number()?, number()?, number()?);
    if frame != 1 {
        return Err(Fault::Damaged(format!(
            "Could not deserialize metadata record due to unknown frame version {frame}(only frame version 1 is supported)"
        )));
    }
    let schema = find("metadata", id).ok_or(Fault::Unknown(i64::from(id)))?;
    let version = i16::try_from(version).unwrap_or(i16::MAX);
    let data = read(&schema, version, &mut reader, false)?;
    if !reader.left.is_empty() {
        return Err(Fault::Damaged(format!(
            "Found {} byte(s) of garbage after {}",
            reader.left.len(),
            schema.name
        )));
    }
    let name = shouted(schema.name);
    Ok(format!(
        "{{\"type\":\"{name}\",\"version\":{version},\"data\":{data}}}"
    ))
}

/// The value of a control record; what is not known is shown as nothing.
pub(crate) fn control(id: i16, value: &[u8]) -> Option<String> {
    let schema = find("data", u32::try_from(id).ok()?)?;
    // The version is the first field, too.
    let version = Reader { left: value }.short()?;
    read(&schema, version, &mut Reader { left: value }, false).ok()
}

/// `TopicRecord` as Kafka's enumeration has it: `TOPIC_RECORD`.
fn shouted(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{coordinated, metadata};

    #[test]
    fn fields_tags_and_nulls_are_shown_as_kafka_shows_them() {
        // FeatureLevelRecord, version 0.
        let feature = b"\x01\x0c\x00\x02a\x00\x07\x00";
        let wanted = r#"{"type":"FEATURE_LEVEL_RECORD","version":0,"data":{"name":"a","featureLevel":7}}"#;
        assert_eq!(metadata(feature).ok().as_deref(), Some(wanted));
        // TransactionLogValue, version 1, without partitions and with clientTransactionVersion 2.
        let mut value = vec![0, 1];
        value.extend(5_i64.to_be_bytes());
        value.extend([0, 3, 0, 0, 0, 9, 4, 0]);
        value.extend([0xff; 16]);
        value.extend([1, 2, 2, 0, 2]);
        let read = coordinated("txn", b"\x00\x00\x00\x01t", Some(&value), false).ok();
        let (key, value) = read.map(|read| (read.key, read.value)).unwrap_or_default();
        assert_eq!(key, r#"{"transactionalId":"t"}"#);
        let wanted = concat!(
            r#"{"producerId":5,"producerEpoch":3,"transactionTimeoutMs":9,"transactionStatus":4,"transactionPartitions":null,"#,
            r#""transactionLastUpdateTimestampMs":-1,"transactionStartTimestampMs":-1,"clientTransactionVersion":2}"#
        );
        assert_eq!(value, Some((1, wanted.to_owned())));
        assert!(coordinated("group", b"\x00\x63", None, false).is_err());
    }
}
