//! Keys and values as text.

use storage::RecordRef;

use crate::options::Parsed;
use crate::records::{Coordinated, Fault, coordinated, metadata};
use crate::wrong::Wrong;

/// Options that name a decoder, with the family of records it is for.
const DECODERS: [(&str, &str); 4] = [
    ("offsets-decoder", "group"),
    ("transaction-log-decoder", "txn"),
    ("cluster-metadata-decoder", "metadata"),
    ("share-group-state-decoder", "share"),
];
const CLASSES: [&str; 2] = ["key-decoder-class", "value-decoder-class"];

/// A decoder.
pub(super) enum Parser {
    /// Of records of a coordinator.
    Coordinator(&'static str),
    /// Of the metadata log.
    Metadata,
    /// Of keys and values alone.
    Plain([Plain; 2]),
}

/// A class that decodes a key or a value.
#[derive(Clone, Copy)]
pub(super) enum Plain {
    Text,
    Int,
    Long,
}

impl Parser {
    /// The decoder that the options name.
    ///
    /// # Errors
    /// A class that is not known.
    pub(super) fn new(parsed: &Parsed) -> Result<Parser, Wrong> {
        let failed = || Wrong::thrown("java.lang.RuntimeException", "Failed to load decoder class");
        match DECODERS.iter().find(|(option, _)| parsed.has(option)) {
            Some((_, "metadata")) => return Ok(Parser::Metadata),
            Some((_, family)) => return Ok(Parser::Coordinator(family)),
            None if parsed.has("remote-log-metadata-decoder") => return Err(failed()),
            None => {}
        }
        let mut plain = [Plain::Text; 2];
        for (plain, option) in plain.iter_mut().zip(CLASSES) {
            let class = parsed
                .value(option)
                .unwrap_or("org.apache.kafka.tools.api.StringDecoder");
            *plain = match class.strip_prefix("org.apache.kafka.tools.api.") {
                Some("StringDecoder") => Plain::Text,
                Some("IntegerDecoder") => Plain::Int,
                Some("LongDecoder") => Plain::Long,
                _ => return Err(failed()),
            };
        }
        Ok(Parser::Plain(plain))
    }

    /// Whether an option names it: then keys and values are shown.
    pub(super) fn is_named(&self, parsed: &Parsed) -> bool {
        let names = DECODERS.iter().map(|(option, _)| *option).chain(CLASSES);
        names.into_iter().any(|name| parsed.has(name))
    }

    /// Key and value, each if there is one.
    ///
    /// # Errors
    /// A record that cannot be of this kind.
    pub(super) fn parse(&self, record: &RecordRef<'_>) -> Result<(Option<String>, Option<String>), Wrong> {
        match self {
            Parser::Plain([key, value]) => Ok((
                record.key.map(|bytes| key.text(bytes)).transpose()?,
                record.value.map(|bytes| value.text(bytes)).transpose()?,
            )),
            Parser::Metadata => Ok((
                None,
                Some(
                    metadata(record.value.unwrap_or_default()).unwrap_or_else(|fault| {
                        let why = match fault {
                            Fault::Unknown(id) => format!("Unknown metadata id {id}"),
                            Fault::Damaged(why) => why,
                        };
                        format!("Error at {}, skipping. {why}", record.offset)
                    }),
                ),
            )),
            Parser::Coordinator(family) => {
                let key = record.key.ok_or_else(|| {
                    let what = format!(
                        "Failed to decode message at offset {} using the specified decoder (message had a missing key)",
                        record.offset
                    );
                    Wrong::thrown("java.lang.RuntimeException", what)
                })?;
                Ok(pair(coordinated(family, key, record.value, true), record.offset))
            }
        }
    }
}

fn pair(read: Result<Coordinated, Fault>, offset: i64) -> (Option<String>, Option<String>) {
    match read {
        Ok(read) => {
            let key = format!("{{\"type\":\"{}\",\"data\":{}}}", read.id, read.key);
            let value = read.value.map_or_else(
                || "<DELETE>".to_owned(),
                |(version, data)| format!("{{\"version\":\"{version}\",\"data\":{data}}}"),
            );
            (Some(key), Some(value))
        }
        Err(Fault::Unknown(id)) => (
            Some(format!("Unknown record type {id} at offset {offset}, skipping.")),
            None,
        ),
        Err(Fault::Damaged(why)) => (Some(format!("Error at offset {offset}, skipping. {why}")), None),
    }
}

impl Plain {
    fn text(self, bytes: &[u8]) -> Result<String, Wrong> {
        let short = || Wrong::thrown("java.nio.BufferUnderflowException", "The value is too short.");
        match self {
            Plain::Text => Ok(String::from_utf8_lossy(bytes).into_owned()),
            Plain::Int => bytes
                .first_chunk()
                .map(|bytes| i32::from_be_bytes(*bytes).to_string())
                .ok_or_else(short),
            Plain::Long => bytes
                .first_chunk()
                .map(|bytes| i64::from_be_bytes(*bytes).to_string())
                .ok_or_else(short),
        }
    }
}
