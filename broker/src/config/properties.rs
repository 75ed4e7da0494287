//! The Java `.properties` format, as `java.util.Properties.load` reads it.
//!
//! Comments begin with `#` or `!`; a key ends at the first `=`, `:` or blank that is not escaped; a line that ends in an
//! odd number of backslashes goes on in the next one; `\t \n \r \f \uXXXX` are escapes and a backslash before anything
//! else is dropped. A file is read as ISO-8859-1 ([`properties_text`]), as Kafka reads it: what is not ASCII is best
//! written as `\uXXXX`.

/// One entry of a properties file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its key, without escapes.
    pub key: String,
    /// Its value, without escapes; trailing blanks belong to it.
    pub value: String,
    /// The line it begins on, from 1.
    pub line: usize,
}

/// The text of a properties file: each byte is a character.
pub fn properties_text(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Key-value pairs in the order of the file; a repeated key stays repeated (the last one counts).
///
/// # Errors
/// The number of the line (from 1) whose `\u` escape is malformed.
pub fn parse_properties(text: &str) -> Result<Vec<(String, String)>, usize> {
    let properties = read_properties(text)?;
    Ok(properties.into_iter().map(|p| (p.key, p.value)).collect())
}

/// Entries in the order of the file; a repeated key stays repeated (the last one counts).
///
/// # Errors
/// The number of the line (from 1) whose `\u` escape is malformed.
pub fn read_properties(text: &str) -> Result<Vec<Property>, usize> {
    let mut out = Vec::new();
    let mut lines = LogicalLines {
        rest: text,
        number: 0,
    };
    while let Some((line, logical)) = lines.next() {
        let (key, value) = split(&logical);
        let unescape = |raw: &str| unescape(raw).ok_or(line);
        out.push(Property {
            key: unescape(key)?,
            value: unescape(value)?,
            line,
        });
    }
    Ok(out)
}

/// Lines with their continuations, without comments and empty ones.
struct LogicalLines<'a> {
    rest: &'a str,
    /// The number of the natural line read last.
    number: usize,
}

impl<'a> LogicalLines<'a> {
    /// The next natural line without its terminator: `\n`, `\r` or both.
    fn natural(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let Some((line, rest)) = self.rest.split_once(['\n', '\r']) else {
            return Some(std::mem::take(&mut self.rest));
        };
        let is_pair = self
            .rest
            .get(line.len()..)
            .is_some_and(|end| end.starts_with("\r\n"));
        self.rest = rest.strip_prefix('\n').filter(|_| is_pair).unwrap_or(rest);
        Some(line)
    }

    /// The next logical line and the number of the natural one that it begins on.
    fn next(&mut self) -> Option<(usize, String)> {
        let mut logical = String::new();
        let mut begin = 0;
        while let Some(line) = self.natural() {
            let line = line.trim_start_matches(is_blank);
            // A line of which only its continuation mark was read has not begun: it may still be a comment.
            if logical.is_empty() {
                begin = self.number;
                if line.is_empty() || line.starts_with(['#', '!']) {
                    continue;
                }
            }
            logical.push_str(line);
            if !ends_escaped(&logical) {
                break;
            }
            logical.pop();
            // Java takes a mark at the very end for an entry without key and value.
            if self.rest.is_empty() {
                return Some((begin, logical));
            }
        }
        (!logical.is_empty()).then_some((begin, logical))
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\x0c')
}
fn ends_escaped(line: &str) -> bool {
    line.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1
}

/// Key and value of a logical line, both still escaped.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = line.find(|c: char| {
        let ends = !escaped && (is_blank(c) || c == '=' || c == ':');
        escaped = c == '\\' && !escaped;
        ends
    });
    let (key, rest) = line.split_at(end.unwrap_or(line.len()));
    let rest = rest.trim_start_matches(is_blank);
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    (key, value.trim_start_matches(is_blank))
}

fn unescape(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    // `\uXXXX` is UTF-16: a character beyond the basic plane comes as two escapes.
    let mut units: Vec<u16> = Vec::new();
    let mut chars = raw.chars();
    let flush = |units: &mut Vec<u16>, out: &mut String| {
        out.push_str(&String::from_utf16_lossy(&std::mem::take(units)))
    };
    while let Some(c) = chars.next() {
        let plain = match (c, c == '\\') {
            (_, false) => c,
            (_, true) => match chars.next() {
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).collect();
                    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                        return None;
                    }
                    units.push(u16::from_str_radix(&digits, 16).ok()?);
                    continue;
                }
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\x0c',
                Some(other) => other,
                None => continue,
            },
        };
        flush(&mut units, &mut out);
        out.push(plain);
    }
    flush(&mut units, &mut out);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> (String, String) {
        parse_properties(text).expect("parses").remove(0)
    }

    #[test]
    fn separators_are_equals_colon_or_space() {
        for line in [
            "a.b=c d",
            "a.b = c d",
            "a.b: c d",
            "a.b c d",
            "  a.b\t=\tc d",
            "a.b :c d",
        ] {
            assert_eq!(one(line), ("a.b".into(), "c d".into()), "{line}");
        }
        assert_eq!(one("a==b"), ("a".into(), "=b".into()));
        assert_eq!(one("a"), ("a".into(), String::new()));
        assert_eq!(
            one("listeners=PLAINTEXT://:9092"),
            ("listeners".into(), "PLAINTEXT://:9092".into())
        );
    }

    #[test]
    fn comments_and_empty_lines_are_skipped() {
        assert_eq!(
            parse_properties("# a=b\n  ! c=d\n\n \t\r\nx=1\r\n"),
            Ok(vec![("x".into(), "1".into())])
        );
    }

    #[test]
    fn lines_go_on_after_an_odd_number_of_backslashes() {
        assert_eq!(one("a=1,\\\n   2,\\\n 3"), ("a".into(), "1,2,3".into()));
        assert_eq!(one("a=c:\\\\\nb=2"), ("a".into(), "c:\\".into()));
        assert_eq!(one("a=1\\"), ("a".into(), "1".into()));
    }

    #[test]
    fn escapes_are_those_of_java() {
        assert_eq!(one(r"a\=b\:c\ d=\t\n\q\\"), ("a=b:c d".into(), "\t\nq\\".into()));
        assert_eq!(one(r"grüße=\u00e4\uD83D\uDE00x"), ("grüße".into(), "ä😀x".into()));
        assert_eq!(parse_properties("ok=1\nbad=\\u12g4"), Err(2));
        assert_eq!(properties_text(b"a=\xfc"), "a=ü");
    }

    #[test]
    fn an_entry_knows_the_line_it_begins_on() {
        let text = "# first\r\na=1\r\rb=\\\n  2,\\\n 3\n! x\\\nc=4\\";
        let of = |key: &str| {
            let all = read_properties(text).expect("parses");
            all.into_iter().find(|p| p.key == key).map(|p| (p.value, p.line))
        };
        assert_eq!(of("a"), Some(("1".to_owned(), 2)));
        assert_eq!(of("b"), Some(("2,3".to_owned(), 4)));
        assert_eq!(of("c"), Some(("4".to_owned(), 8)), "a comment does not go on");
    }

    #[test]
    fn trailing_blanks_belong_to_the_value() {
        assert_eq!(one("a=b  ").1, "b  ");
    }
}
