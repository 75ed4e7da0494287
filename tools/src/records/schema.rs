//! The table of records, and how a line of it is read.

use std::iter::Peekable;
use std::str::Chars;

/// All records, one a line.
const TABLE: &str = include_str!("table.txt");

/// A record's fields.
pub(super) struct Schema {
    /// Name of the record.
    pub name: &'static str,
    /// Lowest and highest version.
    pub versions: (i16, i16),
    /// First version with compact lengths and tags; `i16::MAX` for none.
    pub flexible: i16,
    /// In the order of the output.
    pub fields: Vec<Field>,
}

/// One field.
#[derive(Default)]
pub(super) struct Field {
    pub name: String,
    pub kind: Kind,
    /// First and last version that has it.
    pub versions: (i16, i16),
    /// First version that may leave it null.
    pub nullable: Option<i16>,
    /// Its number among the tagged fields.
    pub tag: Option<u32>,
}

/// What a field holds.
pub(super) enum Kind {
    /// A value by the name of its type.
    Plain(String),
    List(Box<Kind>),
    Struct(Vec<Field>),
}

impl Default for Kind {
    fn default() -> Kind {
        Kind::Plain(String::new())
    }
}

/// The record with this id in a family.
pub(super) fn find(family: &str, id: u32) -> Option<Schema> {
    TABLE.lines().find_map(|line| {
        let mut words = line.splitn(6, ' ');
        let is_it = words.next() == Some(family) && words.next()?.parse() == Ok(id);
        if !is_it {
            return None;
        }
        let (low, high) = words.next()?.split_once('-')?;
        let flexible = words.next()?.parse().unwrap_or(i16::MAX);
        Some(Schema {
            versions: (low.parse().ok()?, high.parse().ok()?),
            flexible,
            name: words.next()?,
            fields: fields(&mut words.next().unwrap_or_default().chars().peekable()),
        })
    })
}

type Text<'a> = Peekable<Chars<'a>>;

/// Fields up to a closing brace or the end.
fn fields(text: &mut Text<'_>) -> Vec<Field> {
    let mut out = Vec::new();
    while text.peek().is_some_and(|c| *c != '}') {
        let mut field = Field {
            name: word(text),
            versions: (0, i16::MAX),
            ..Field::default()
        };
        text.next(); // the colon
        field.kind = kind(text);
        while let Some(mark) = text.next_if(|c| matches!(c, '@' | '?' | '~')) {
            let number = word(text).parse().unwrap_or(0);
            match mark {
                '?' => field.nullable = Some(number),
                '~' => field.tag = u32::try_from(number).ok(),
                _ => {
                    let last = text.next_if_eq(&'-').map(|_| word(text).parse().unwrap_or(0));
                    field.versions = (number, last.unwrap_or(i16::MAX));
                }
            }
        }
        out.push(field);
        text.next_if_eq(&' ');
    }
    out
}

fn kind(text: &mut Text<'_>) -> Kind {
    if text.next_if_eq(&'[').is_some() {
        let kind = kind(text);
        text.next(); // the bracket
        return Kind::List(Box::new(kind));
    }
    if text.next_if_eq(&'{').is_some() {
        let fields = fields(text);
        text.next(); // the brace
        return Kind::Struct(fields);
    }
    Kind::Plain(word(text))
}

fn word(text: &mut Text<'_>) -> String {
    let mut out = String::new();
    while let Some(c) = text.next_if(char::is_ascii_alphanumeric) {
        out.push(c);
    }
    out
}
