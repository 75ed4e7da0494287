//! The table `apis.txt`, parsed once.

use std::sync::OnceLock;

/// A closed range of versions.
#[derive(Clone, Copy, Debug)]
pub struct Versions {
    /// First version.
    pub min: i16,
    /// Last version.
    pub max: i16,
}

impl Versions {
    /// Whether the range holds `version`.
    pub fn has(self, version: i16) -> bool {
        self.min <= version && version <= self.max
    }

    /// All versions, lowest first.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = i16> {
        self.min..=self.max
    }

    /// Reads `2+`, `1-4` or `3`.
    fn parse(text: &str) -> Versions {
        let number = |s: &str| s.parse::<i16>().expect("a version number in apis.txt");
        match (text.strip_suffix('+'), text.split_once('-')) {
            (Some(min), _) => Versions {
                min: number(min),
                max: i16::MAX,
            },
            (None, Some((min, max))) => Versions {
                min: number(min),
                max: number(max),
            },
            (None, None) => Versions {
                min: number(text),
                max: number(text),
            },
        }
    }
}

/// One field of a message.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    /// Type of the field, or of its elements.
    pub kind: String,
    pub is_array: bool,
    pub versions: Versions,
    pub nullable: Option<Versions>,
    pub tag: Option<u32>,
    pub default: Option<String>,
    /// Fields of a struct.
    pub fields: Vec<Field>,
}

impl Field {
    /// Whether the value may be null at `version`.
    pub fn nullable_at(&self, version: i16) -> bool {
        self.nullable.is_some_and(|range| range.has(version))
    }

    fn parse(line: &str) -> Field {
        let mut words = line.split_whitespace();
        let name = words.next().expect("a field has a name").to_owned();
        let kind = words.next().expect("a field has a type");
        let versions = Versions::parse(words.next().expect("a field has versions"));
        let (is_array, kind) = match kind.strip_prefix("[]") {
            Some(element) => (true, element.to_owned()),
            None => (false, kind.to_owned()),
        };
        let mut field = Field {
            name,
            kind,
            is_array,
            versions,
            nullable: None,
            tag: None,
            default: None,
            fields: vec![],
        };
        for word in words {
            match word.split_once('=').expect("key=value") {
                ("null", v) => field.nullable = Some(Versions::parse(v)),
                ("tag", n) => field.tag = Some(n.parse().expect("a tag number")),
                ("default", d) => field.default = Some(d.to_owned()),
                (other, _) => panic!("apis.txt: {other}"),
            }
        }
        field
    }
}

/// One API.
#[derive(Debug)]
pub struct Api {
    pub name: String,
    pub key: i16,
    pub versions: Versions,
    /// First version with compact types and tagged fields.
    pub flexible: i16,
    pub request: Vec<Field>,
    pub response: Vec<Field>,
}

impl Api {
    /// Whether `version` uses compact types and tagged fields.
    pub fn is_flexible(&self, version: i16) -> bool {
        version >= self.flexible
    }
}

/// All APIs of the table, in its order.
pub fn apis() -> &'static [Api] {
    static APIS: OnceLock<Vec<Api>> = OnceLock::new();
    APIS.get_or_init(|| parse(include_str!("apis.txt")))
}

/// The API of that name.
#[track_caller]
pub fn api(name: &str) -> &'static Api {
    match apis().iter().find(|api| api.name == name) {
        Some(api) => api,
        None => panic!("apis.txt knows no {name}"),
    }
}

fn parse(text: &str) -> Vec<Api> {
    let mut apis: Vec<Api> = Vec::new();
    let mut in_response = false;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let depth = (line.len() - line.trim_start().len()) / 2;
        if let Some(head) = line.strip_prefix("api ") {
            apis.push(parse_head(head));
        } else if depth == 0 {
            in_response = line == "response";
        } else {
            let api = apis.last_mut().expect("a field follows its api line");
            let mut into = if in_response {
                &mut api.response
            } else {
                &mut api.request
            };
            for _ in 1..depth {
                into = &mut into
                    .last_mut()
                    .expect("an indented field follows its struct")
                    .fields;
            }
            into.push(Field::parse(line));
        }
    }
    apis
}

fn parse_head(head: &str) -> Api {
    let mut words = head.split_whitespace();
    let name = words.next().expect("an api has a name").to_owned();
    let mut value = |key: &str| -> &str {
        words
            .next()
            .and_then(|word| word.strip_prefix(key))
            .expect("key=, versions=, flexible= in this order")
    };
    Api {
        name,
        key: value("key=").parse().expect("a number"),
        versions: Versions::parse(value("versions=")),
        flexible: value("flexible=").parse().expect("a number"),
        request: vec![],
        response: vec![],
    }
}
