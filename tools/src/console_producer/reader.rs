//! From a line to a record (`LineMessageReader`).

use regex::Regex;

use crate::producer::{Header, Record};

/// How lines are taken apart.
#[derive(Clone, Debug)]
pub(super) struct LineReader {
    topic: String,
    parse_key: bool,
    parse_headers: bool,
    ignore_error: bool,
    key_separator: String,
    headers_delimiter: String,
    headers_separator: Regex,
    headers_key_separator: String,
    null_marker: Option<String>,
    line_number: u64,
}

impl LineReader {
    /// Reads the properties.
    ///
    /// # Errors
    /// The message of Kafka's `KafkaException` about separators that are alike.
    pub(super) fn new<'a>(topic: &str, get: impl Fn(&str) -> Option<&'a str>) -> Result<LineReader, String> {
        let is_true = |key: &str| get(key).is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
        let text = |key: &str, default: &str| get(key).unwrap_or(default).to_owned();
        let separator = text("headers.separator", ",");
        let reader = LineReader {
            topic: topic.to_owned(),
            parse_key: is_true("parse.key"),
            parse_headers: is_true("parse.headers"),
            ignore_error: is_true("ignore.error"),
            key_separator: text("key.separator", "\t"),
            headers_delimiter: text("headers.delimiter", "\t"),
            headers_separator: Regex::new(&separator)
                .or_else(|_| Regex::new(&regex::escape(&separator)))
                .map_err(|error| error.to_string())?,
            headers_key_separator: text("headers.key.separator", ":"),
            null_marker: get("null.marker").map(str::to_owned),
            line_number: 0,
        };
        reader.check(&separator)?;
        Ok(reader)
    }

    fn check(&self, separator: &str) -> Result<(), String> {
        let (delimiter, key_separator) = (&self.headers_delimiter, &self.headers_key_separator);
        let alike = |a: &str, b: &str, names: &str| match a == b {
            true => Err(format!("{names} may not be equal")),
            false => Ok(()),
        };
        alike(delimiter, separator, "headers.delimiter and headers.separator")?;
        alike(
            delimiter,
            key_separator,
            "headers.delimiter and headers.key.separator",
        )?;
        alike(
            separator,
            key_separator,
            "headers.separator and headers.key.separator",
        )?;
        let Some(null) = &self.null_marker else {
            return Ok(());
        };
        alike(&self.key_separator, null, "null.marker and key.separator")?;
        alike(separator, null, "null.marker and headers.separator")?;
        alike(delimiter, null, "null.marker and headers.delimiter")?;
        alike(key_separator, null, "null.marker and headers.key.separator")
    }

    /// The record of the next line.
    ///
    /// # Errors
    /// The message of Kafka's `KafkaException` about a separator that is missing.
    pub(super) fn record(&mut self, line: &str) -> Result<Record, String> {
        self.line_number += 1;
        let (headers, rest) = self.cut(
            self.parse_headers,
            line,
            line,
            &self.headers_delimiter,
            "headers delimiter",
        )?;
        let (key, value) = self.cut(self.parse_key, line, rest, &self.key_separator, "key separator")?;
        let headers = match headers {
            Some(headers) if self.value(headers).is_some() => self.headers(headers)?,
            _ => Vec::new(),
        };
        Ok(Record {
            topic: self.topic.clone(),
            key: key.and_then(|key| self.value(key)),
            value: self.value(value),
            headers,
        })
    }

    /// What lies in front of the separator, and behind it.
    fn cut<'l>(
        &self,
        is_wanted: bool,
        line: &str,
        rest: &'l str,
        separator: &str,
        name: &str,
    ) -> Result<(Option<&'l str>, &'l str), String> {
        if !is_wanted {
            return Ok((None, rest));
        }
        match rest.split_once(separator) {
            Some((front, behind)) => Ok((Some(front), behind)),
            None if self.ignore_error => Ok((None, rest)),
            None => Err(format!(
                "No {name} found on line number {}: '{line}'",
                self.line_number
            )),
        }
    }

    fn value(&self, text: &str) -> Option<Vec<u8>> {
        let is_null = self.null_marker.as_deref() == Some(text);
        (!is_null).then(|| text.as_bytes().to_vec())
    }

    fn headers(&self, text: &str) -> Result<Vec<Header>, String> {
        let mut pairs: Vec<&str> = self.headers_separator.split(text).collect();
        // Java's split leaves empty ends out, but for a text without any separator.
        while pairs.len() > 1 && pairs.last().is_some_and(|pair| pair.is_empty()) {
            pairs.pop();
            if pairs.iter().all(|pair| pair.is_empty()) {
                return Ok(Vec::new());
            }
        }
        pairs.into_iter().map(|pair| self.header(pair)).collect()
    }

    fn header(&self, pair: &str) -> Result<Header, String> {
        let Some((key, value)) = pair.split_once(&self.headers_key_separator) else {
            if self.ignore_error {
                return Ok((pair.to_owned(), None));
            }
            return Err(format!(
                "No header key separator found in pair '{pair}' on line number {}",
                self.line_number
            ));
        };
        match &self.null_marker {
            Some(null) if null == key => Err(format!(
                "Header keys should not be equal to the null marker '{null}' as they can't be null"
            )),
            _ => Ok((key.to_owned(), self.value(value))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(properties: &[(&'static str, &'static str)]) -> Result<LineReader, String> {
        let properties: std::collections::BTreeMap<_, _> = properties.iter().copied().collect();
        LineReader::new("t", |key| properties.get(key).copied())
    }

    #[test]
    fn headers_key_and_value_come_apart() {
        let mut reader = reader(&[
            ("parse.key", "true"),
            ("parse.headers", "TRUE"),
            ("key.separator", ":="),
            ("null.marker", "NULL"),
        ])
        .expect("reads");
        let record = reader.record("a:1,b:NULL\tk:=v:=w").expect("whole");
        assert_eq!(record.key.as_deref(), Some(&b"k"[..]));
        assert_eq!(record.value.as_deref(), Some(&b"v:=w"[..]));
        assert_eq!(
            record.headers,
            [("a".to_owned(), Some(b"1".to_vec())), ("b".to_owned(), None)]
        );
        let record = reader.record("NULL\tNULL:=NULL").expect("whole");
        assert_eq!((record.key, record.value, record.headers.len()), (None, None, 0));
        assert_eq!(
            reader.record("x").expect_err("refused"),
            "No headers delimiter found on line number 3: 'x'"
        );
        assert_eq!(
            reader.record("a\tb:=c").expect_err("refused"),
            "No header key separator found in pair 'a' on line number 4"
        );
        assert_eq!(
            reader.record("NULL:1\tb:=c").expect_err("refused"),
            "Header keys should not be equal to the null marker 'NULL' as they can't be null"
        );
    }

    #[test]
    fn errors_may_be_ignored_and_separators_must_differ() {
        let mut lax = reader(&[
            ("parse.key", "true"),
            ("parse.headers", "true"),
            ("ignore.error", "true"),
        ])
        .expect("reads");
        let record = lax.record("plain").expect("taken");
        assert_eq!((record.key, record.value.as_deref()), (None, Some(&b"plain"[..])));
        let alike = reader(&[("headers.separator", ":")]).expect_err("refused");
        assert_eq!(
            alike,
            "headers.separator and headers.key.separator may not be equal"
        );
        let alike = reader(&[("null.marker", "\t")]).expect_err("refused");
        assert_eq!(alike, "null.marker and key.separator may not be equal");
    }
}
