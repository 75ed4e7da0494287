//! A record's bytes as JSON, by its schema: fields in the schema's order, tagged ones where they were written.

use super::reader::Reader;
use super::schema::{Field, Kind, Schema, find};
use crate::jre;
use crate::json::quoted;

/// Ids of the two things that consumers put into the record of their group.
const CONSUMER: [(&str, u32); 2] = [("subscription", 100), ("assignment", 101)];

/// How a record is read.
pub(super) struct Decode {
    version: i16,
    is_flexible: bool,
    /// Whether the bytes of a consumer in a group are shown as what they mean.
    expands: bool,
    /// Whether the group is one of consumers, as the record said before its members.
    is_consumer: bool,
}

/// The record in this version; `None` where the bytes end too early.
pub(super) fn json(schema: &Schema, version: i16, reader: &mut Reader<'_>, expands: bool) -> Option<String> {
    let mut decode = Decode {
        version,
        is_flexible: version >= schema.flexible,
        expands,
        is_consumer: false,
    };
    decode.fields(&schema.fields, reader)
}

impl Decode {
    fn fields(&mut self, fields: &[Field], reader: &mut Reader<'_>) -> Option<String> {
        let mut texts: Vec<Option<String>> = Vec::new();
        for field in fields {
            let is_there = (field.versions.0..=field.versions.1).contains(&self.version);
            texts.push(match is_there && field.tag.is_none() {
                true => Some(self.field(field, reader)?),
                false => None,
            });
        }
        if self.is_flexible {
            for _ in 0..reader.varint()? {
                let (tag, size) = (reader.varint()?, usize::try_from(reader.varint()?).ok()?);
                let mut own = Reader {
                    left: reader.take(size)?,
                };
                let known = fields
                    .iter()
                    .zip(&mut texts)
                    .find(|(field, _)| field.tag == Some(tag));
                if let Some((field, text)) = known {
                    *text = Some(self.field(field, &mut own)?);
                }
            }
        }
        let shown = fields
            .iter()
            .zip(texts)
            .filter_map(|(field, text)| Some(format!("\"{}\":{}", field.name, text?)));
        Some(format!("{{{}}}", crate::java::joined(shown, ",")))
    }

    fn field(&mut self, field: &Field, reader: &mut Reader<'_>) -> Option<String> {
        let is_nullable = field.nullable.is_some_and(|from| self.version >= from);
        if is_nullable && matches!(field.kind, Kind::Struct(_)) && reader.int(1)? <= 0 {
            return Some("null".to_owned());
        }
        let told = CONSUMER.iter().find(|(name, _)| *name == field.name);
        if let Some((_, id)) = told.filter(|_| self.is_consumer && self.expands) {
            return self.consumer(*id, reader);
        }
        let text = self.value(&field.kind, reader)?;
        if field.name == "protocolType" {
            self.is_consumer = text == "\"consumer\"";
        }
        Some(text)
    }

    fn value(&mut self, kind: &Kind, reader: &mut Reader<'_>) -> Option<String> {
        let number =
            |bytes: usize, reader: &mut Reader<'_>| reader.int(bytes).map(|number| number.to_string());
        let kind = match kind {
            Kind::Struct(fields) => return self.fields(fields, reader),
            Kind::List(kind) => {
                let Some(count) = reader.length(self.is_flexible, 4)? else {
                    return Some("null".to_owned());
                };
                let mut items = Vec::new();
                for _ in 0..count {
                    items.push(self.value(kind, reader)?);
                }
                return Some(format!("[{}]", items.join(",")));
            }
            Kind::Plain(kind) => kind.as_str(),
        };
        match kind {
            "i8" => number(1, reader),
            "i16" => number(2, reader),
            "i32" => number(4, reader),
            "i64" => number(8, reader),
            "u16" => Some((reader.int(2)? & 0xffff).to_string()),
            "bool" => Some((reader.int(1)? != 0).to_string()),
            "f64" => Some(jre::double(f64::from_bits(reader.int(8)?.cast_unsigned()))),
            "uuid" => {
                let id = uuid::Uuid::from_slice(reader.take(16)?).ok()?;
                Some(quoted(&storage::encode_uuid(id)))
            }
            "str" => self.text(reader, 2, |bytes| quoted(&String::from_utf8_lossy(bytes))),
            _ => self.text(reader, 4, |bytes| quoted(&base64(bytes))),
        }
    }

    fn text(&self, reader: &mut Reader<'_>, bytes: usize, show: impl Fn(&[u8]) -> String) -> Option<String> {
        match reader.length(self.is_flexible, bytes)? {
            Some(length) => Some(show(reader.take(length)?)),
            None => Some("null".to_owned()),
        }
    }

    /// What a consumer told, or the bytes of it that make no sense.
    fn consumer(&self, id: u32, reader: &mut Reader<'_>) -> Option<String> {
        let Some(length) = reader.length(self.is_flexible, 4)? else {
            return Some("null".to_owned());
        };
        let bytes = reader.take(length)?;
        let mut own = Reader { left: bytes };
        let told = own.short().zip(find("data", id)).and_then(|(version, schema)| {
            let version = version.min(schema.versions.1);
            json(&schema, version, &mut own, false)
        });
        Some(told.unwrap_or_else(|| quoted(&base64(bytes))))
    }
}

/// Bytes as JSON shows them.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let at = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for index in 0..4_usize {
            let letter = LETTERS.get((bits >> (18 - 6 * index)) as usize & 63);
            let is_filler = index > three.len();
            out.push(
                letter
                    .filter(|_| !is_filler)
                    .map_or('=', |letter| char::from(*letter)),
            );
        }
    }
    out
}
