//! Bytes as text, by Kafka's own deserializers.

use crate::jre::{double, float};

const PACKAGE: &str = "org.apache.kafka.common.serialization.";

/// One of Kafka's deserializers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deserializer {
    Boolean,
    /// As the bytes are; Java prints an address here.
    ByteArray,
    Bytes,
    Double,
    Float,
    Integer,
    Long,
    Short,
    Text,
    Uuid,
    Void,
}

const NAMES: [(&str, Deserializer); 12] = [
    ("BooleanDeserializer", Deserializer::Boolean),
    ("ByteArrayDeserializer", Deserializer::ByteArray),
    ("ByteBufferDeserializer", Deserializer::ByteArray),
    ("BytesDeserializer", Deserializer::Bytes),
    ("DoubleDeserializer", Deserializer::Double),
    ("FloatDeserializer", Deserializer::Float),
    ("IntegerDeserializer", Deserializer::Integer),
    ("LongDeserializer", Deserializer::Long),
    ("ShortDeserializer", Deserializer::Short),
    ("StringDeserializer", Deserializer::Text),
    ("UUIDDeserializer", Deserializer::Uuid),
    ("VoidDeserializer", Deserializer::Void),
];

impl Deserializer {
    /// By the full name of its class.
    pub(super) fn of_class(class: &str) -> Option<Deserializer> {
        let name = class.strip_prefix(PACKAGE)?;
        let row = NAMES.iter().find(|row| row.0 == name);
        row.map(|row| row.1)
    }

    /// The bytes as text.
    ///
    /// # Errors
    /// The message of Kafka's `SerializationException`.
    pub(super) fn text(self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let text = match self {
            Deserializer::ByteArray => return Ok(bytes.to_vec()),
            Deserializer::Text => String::from_utf8_lossy(bytes).into_owned(),
            Deserializer::Bytes => escaped(bytes),
            Deserializer::Boolean => match sized::<1>(bytes, "BooleanDeserializer")? {
                [0] => "false".to_owned(),
                [1] => "true".to_owned(),
                [other] => {
                    return Err(format!(
                        "Unexpected byte received by BooleanDeserializer: {}",
                        other as i8
                    ));
                }
            },
            Deserializer::Double => double(f64::from_be_bytes(sized(bytes, "Deserializer")?)),
            Deserializer::Float => float(f32::from_be_bytes(sized(bytes, "Deserializer")?)),
            Deserializer::Integer => i32::from_be_bytes(sized(bytes, "IntegerDeserializer")?).to_string(),
            Deserializer::Long => i64::from_be_bytes(sized(bytes, "LongDeserializer")?).to_string(),
            Deserializer::Short => i16::from_be_bytes(sized(bytes, "ShortDeserializer")?).to_string(),
            Deserializer::Uuid => {
                let text = String::from_utf8_lossy(bytes);
                let uuid =
                    uuid::Uuid::parse_str(&text).map_err(|_| "Error parsing data into UUID".to_owned())?;
                uuid.hyphenated().to_string()
            }
            Deserializer::Void => return Err("Data should be null for a VoidDeserializer.".to_owned()),
        };
        Ok(text.into_bytes())
    }
}

fn sized<const N: usize>(bytes: &[u8], name: &str) -> Result<[u8; N], String> {
    <[u8; N]>::try_from(bytes).map_err(|_| format!("Size of data received by {name} is not {N}"))
}

/// As Kafka's `Bytes.toString`.
fn escaped(bytes: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        b' '..=b'~' if *byte != b'\\' => char::from(*byte).to_string(),
        _ => format!("\\x{byte:02X}"),
    };
    bytes.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_text_as_in_java() {
        let text = |class: &str, bytes: &[u8]| {
            let found = Deserializer::of_class(&format!("{PACKAGE}{class}")).expect("known");
            found
                .text(bytes)
                .map(|text| String::from_utf8_lossy(&text).into_owned())
        };
        assert_eq!(text("LongDeserializer", &7i64.to_be_bytes()), Ok("7".to_owned()));
        assert_eq!(
            text("IntegerDeserializer", &(-7i32).to_be_bytes()),
            Ok("-7".to_owned())
        );
        assert_eq!(
            text("DoubleDeserializer", &1e10f64.to_be_bytes()),
            Ok("1.0E10".to_owned())
        );
        assert_eq!(text("BytesDeserializer", b"a\\\n"), Ok("a\\x5C\\x0A".to_owned()));
        assert_eq!(text("BooleanDeserializer", &[1]), Ok("true".to_owned()));
        assert_eq!(
            text("LongDeserializer", b"x"),
            Err("Size of data received by LongDeserializer is not 8".to_owned())
        );
        assert_eq!(
            text("DoubleDeserializer", b"x"),
            Err("Size of data received by Deserializer is not 8".to_owned())
        );
        assert_eq!(Deserializer::of_class("Foo"), None);
    }
}
