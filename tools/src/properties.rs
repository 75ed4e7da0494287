//! Java's properties files, as far as clients' files go: comments, continuation lines, escapes.

use std::path::Path;

/// Keys and values in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Properties(Vec<(String, String)>);

impl Properties {
    /// Reads a file.
    ///
    /// # Errors
    /// The sentence that Java prints about a file that cannot be read.
    pub(crate) fn load(path: &str) -> Result<Properties, String> {
        match crate::env::read_text(Path::new(path)) {
            Ok(text) => Ok(Properties::parse(&text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(path.to_owned()),
            Err(error) => Err(format!("{path} ({error})")),
        }
    }

    /// Reads a text.
    pub(crate) fn parse(text: &str) -> Properties {
        let mut out = Properties::default();
        let mut whole = String::new();
        for line in text.lines() {
            let line = line.trim_start();
            if whole.is_empty() && (line.is_empty() || line.starts_with(['#', '!'])) {
                continue;
            }
            let slashes = line.chars().rev().take_while(|c| *c == '\\').count();
            if slashes % 2 == 1 {
                whole.push_str(line.get(..line.len() - 1).unwrap_or_default());
                continue;
            }
            whole.push_str(line);
            out.add(&whole);
            whole.clear();
        }
        if !whole.is_empty() {
            out.add(&whole);
        }
        out
    }

    fn add(&mut self, line: &str) {
        let mut escaped = false;
        let end = line.char_indices().find(|(_, c)| {
            let ends = !escaped && (c.is_whitespace() || matches!(c, '=' | ':'));
            escaped = !escaped && *c == '\\';
            ends
        });
        let end = end.map_or(line.len(), |(at, _)| at);
        let (key, rest) = line.split_at(end);
        let rest = rest.trim_start();
        let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start();
        self.set(&unescaped(key), unescaped(value));
    }

    /// Sets a key, instead of what it was.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.retain(|(known, _)| known != key);
        self.0.push((key.to_owned(), value.into()));
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| value.as_str())
    }

    /// All keys and values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// Sets pairs as they are given on a command line, `key=value` or `key` alone.
pub(crate) fn pairs<'a>(properties: &mut Properties, given: impl Iterator<Item = &'a str>) {
    for pair in given {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        properties.set(key, value);
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                out.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Properties;

    #[test]
    fn as_java_reads_them() {
        let text = "# note\n! note\na=1\n b : 2 \nc\\ d e\\=f\nlong = x,\\\n   y\nempty\nu=\\u0041\\n\na = 3";
        let read = Properties::parse(text);
        let pairs: Vec<(&str, &str)> = read.iter().collect();
        assert_eq!(
            pairs,
            [
                ("b", "2 "),
                ("c d", "e=f"),
                ("long", "x,y"),
                ("empty", ""),
                ("u", "A\n"),
                ("a", "3")
            ]
        );
    }
}
