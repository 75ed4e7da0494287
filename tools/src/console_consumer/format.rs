//! How a record is printed (`DefaultMessageFormatter` and its kin).

use super::deserialize::Deserializer;
use crate::Io;
use crate::consumer::Record;
use crate::log_line::log;
use crate::properties::Properties;
use crate::records::{Fault, coordinated};

const PACKAGE: &str = "org.apache.kafka.tools.consumer.";

/// A formatter.
#[derive(Debug)]
pub(super) enum Format {
    /// `DefaultMessageFormatter`, and `LoggingMessageFormatter`, whose log is below the scripts' level.
    Default(Box<Parts>),
    /// `NoOpMessageFormatter`.
    Nothing,
    /// Records of a coordinator's topic: of this family, and of these types of it.
    Coordinator(&'static str, &'static [i16]),
}

/// What is printed of a record.
#[derive(Debug)]
pub(super) struct Parts {
    timestamp: bool,
    partition: bool,
    offset: bool,
    delivery: bool,
    epoch: bool,
    headers: bool,
    key: bool,
    value: bool,
    key_separator: Vec<u8>,
    line_separator: Vec<u8>,
    headers_separator: Vec<u8>,
    null_literal: Vec<u8>,
    key_deserializer: Option<Deserializer>,
    value_deserializer: Option<Deserializer>,
    headers_deserializer: Option<Deserializer>,
}

impl Format {
    /// The formatter of a class.
    ///
    /// # Errors
    /// The message of Java's exception.
    pub(super) fn new(class: &str, properties: &Properties, io: &mut Io<'_>) -> Result<Format, String> {
        let old = class.strip_prefix("kafka.tools.");
        match class.strip_prefix(PACKAGE).or(old) {
            Some("DefaultMessageFormatter" | "LoggingMessageFormatter") => {
                Ok(Format::Default(Box::new(Parts::new(properties, io))))
            }
            Some("NoOpMessageFormatter") => Ok(Format::Nothing),
            Some("OffsetsMessageFormatter") => Ok(Format::Coordinator("group", &[0, 1])),
            Some("GroupMetadataMessageFormatter") => Ok(Format::Coordinator("group", &[2])),
            Some("TransactionLogMessageFormatter") => Ok(Format::Coordinator("txn", &[0])),
            _ => Err(class.to_owned()),
        }
    }

    /// Adds the record's print to `out`, as far as it goes.
    ///
    /// # Errors
    /// The message of Kafka's `SerializationException`.
    pub(super) fn write(&self, record: &Record, out: &mut Vec<u8>) -> Result<(), String> {
        match self {
            Format::Default(parts) => parts.write(record, out),
            Format::Nothing => Ok(()),
            Format::Coordinator(family, types) => coordinator(family, types, record, out),
        }
    }
}

/// One record after the other, with nothing between (`CoordinatorRecordMessageFormatter`).
fn coordinator(family: &str, types: &[i16], record: &Record, out: &mut Vec<u8>) -> Result<(), String> {
    let Some(key) = &record.key else {
        return Ok(());
    };
    match coordinated(family, key, record.value.as_deref(), false) {
        Ok(read) if types.contains(&read.id) => {
            let value = read.value.map_or_else(
                || "null".to_owned(),
                |(version, data)| format!("{{\"version\":{version},\"data\":{data}}}"),
            );
            let key = format!("{{\"type\":{},\"data\":{}}}", read.id, read.key);
            out.extend(format!("{{\"key\":{key},\"value\":{value}}}").bytes());
            Ok(())
        }
        Ok(_) | Err(Fault::Unknown(_)) => Ok(()),
        Err(Fault::Damaged(why)) => Err(format!(
            "Could not read record at offset {} due to: {why}",
            record.offset
        )),
    }
}

impl Parts {
    fn new(properties: &Properties, io: &mut Io<'_>) -> Parts {
        let is = |key: &str, default: bool| {
            let text = properties.get(key);
            text.map_or(default, |text| text.trim().eq_ignore_ascii_case("true"))
        };
        let bytes = |key: &str, default: &str| properties.get(key).unwrap_or(default).as_bytes().to_vec();
        let mut deserializer = |key: &str| {
            let class = properties.get(key)?;
            let found = Deserializer::of_class(class);
            if found.is_none() {
                let message = format!("Unable to instantiate a deserializer from {class}");
                log(
                    io,
                    "ERROR",
                    &message,
                    &format!("{PACKAGE}DefaultMessageFormatter"),
                );
                io.complain(format!("java.lang.ClassNotFoundException: {class}"));
            }
            found
        };
        Parts {
            key_deserializer: deserializer("key.deserializer"),
            value_deserializer: deserializer("value.deserializer"),
            headers_deserializer: deserializer("headers.deserializer"),
            timestamp: is("print.timestamp", false),
            partition: is("print.partition", false),
            offset: is("print.offset", false),
            delivery: is("print.delivery", false),
            epoch: is("print.epoch", false),
            headers: is("print.headers", false),
            key: is("print.key", false),
            value: is("print.value", true),
            key_separator: bytes("key.separator", "\t"),
            line_separator: bytes("line.separator", "\n"),
            headers_separator: bytes("headers.separator", ","),
            null_literal: bytes("null.literal", "null"),
        }
    }

    fn write(&self, record: &Record, out: &mut Vec<u8>) -> Result<(), String> {
        let columns = [
            self.timestamp,
            self.partition,
            self.offset,
            self.delivery,
            self.epoch,
            self.headers,
            self.key,
            self.value,
        ];
        let last = columns.iter().rposition(|is_printed| *is_printed);
        for (at, _) in columns.iter().enumerate().filter(|(_, is_printed)| **is_printed) {
            self.column(at, record, out)?;
            let is_last = last == Some(at);
            out.extend(if is_last {
                &self.line_separator
            } else {
                &self.key_separator
            });
        }
        Ok(())
    }

    fn column(&self, at: usize, record: &Record, out: &mut Vec<u8>) -> Result<(), String> {
        match at {
            0 => {
                let kind = if record.is_append_time {
                    "LogAppendTime"
                } else {
                    "CreateTime"
                };
                out.extend(format!("{kind}:{}", record.timestamp).bytes());
            }
            1 => out.extend(format!("Partition:{}", record.partition).bytes()),
            2 => out.extend(format!("Offset:{}", record.offset).bytes()),
            // The console consumer hands neither on.
            3 => out.extend(b"Delivery:NOT_PRESENT"),
            4 => out.extend(b"Epoch:NOT_PRESENT"),
            5 => return self.header_list(record, out),
            6 => self.bytes(record.key.as_deref(), self.key_deserializer, out)?,
            _ => self.bytes(record.value.as_deref(), self.value_deserializer, out)?,
        }
        Ok(())
    }

    fn header_list(&self, record: &Record, out: &mut Vec<u8>) -> Result<(), String> {
        if record.headers.is_empty() {
            out.extend(b"NO_HEADERS");
        }
        for (at, (name, value)) in record.headers.iter().enumerate() {
            if at > 0 {
                out.extend(&self.headers_separator);
            }
            out.extend(name);
            out.push(b':');
            self.bytes(value.as_deref(), self.headers_deserializer, out)?;
        }
        Ok(())
    }

    /// Java's tools hand the word for null to the deserializer, too.
    fn bytes(&self, bytes: Option<&[u8]>, by: Option<Deserializer>, out: &mut Vec<u8>) -> Result<(), String> {
        let bytes = bytes.unwrap_or(&self.null_literal);
        match by {
            Some(deserializer) => out.extend(deserializer.text(bytes)?),
            None => out.extend(bytes),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(text: &str, record: &Record) -> (Result<(), String>, String) {
        let (mut stdin, mut stdout, mut stderr) = (std::io::empty(), Vec::new(), Vec::new());
        let mut io = Io::new(&mut stdin, &mut stdout, &mut stderr);
        let class = format!("{PACKAGE}DefaultMessageFormatter");
        let format = Format::new(&class, &Properties::parse(text), &mut io).expect("known");
        let mut out = Vec::new();
        let done = format.write(record, &mut out);
        (done, String::from_utf8_lossy(&out).into_owned())
    }

    #[test]
    fn columns_are_those_of_kafka() {
        let mut record = Record {
            topic: "t".to_owned(),
            partition: 2,
            offset: 7,
            timestamp: 99,
            is_append_time: false,
            leader_epoch: 0,
            key: None,
            value: Some(b"v".to_vec()),
            headers: Vec::new(),
        };
        assert_eq!(print("", &record), (Ok(()), "v\n".to_owned()));
        let all = "print.timestamp=true\nprint.key=true\nprint.offset=true\nprint.epoch=true\nprint.partition=true\nprint.headers=true";
        assert_eq!(
            print(all, &record).1,
            "CreateTime:99\tPartition:2\tOffset:7\tEpoch:NOT_PRESENT\tNO_HEADERS\tnull\tv\n"
        );
        record.headers = vec![(b"a".to_vec(), Some(b"1".to_vec())), (b"b".to_vec(), None)];
        assert_eq!(
            print("print.headers=true\nprint.value=false\nheaders.separator=;\nnull.literal=-\nline.separator=|", &record).1,
            "a:1;b:-|"
        );
        let (done, text) = print(
            "print.offset=true\nvalue.deserializer=org.apache.kafka.common.serialization.LongDeserializer",
            &record,
        );
        assert_eq!((done.is_err(), text), (true, "Offset:7\t".to_owned()));
        assert_eq!(print("print.value=false", &record).1, "");
    }
}
