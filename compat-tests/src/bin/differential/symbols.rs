//! What a broker makes up (ids, ports, folders), under names that both worlds share.

use std::collections::HashMap;

use compat_tests::wire::Value;

/// The symbols of one world.
pub struct Symbols {
    port: i64,
    controller: i64,
    /// Texts that may occur within others, longest first.
    texts: Vec<(String, String)>,
    /// What a symbol stands for, latest last.
    values: HashMap<String, Value>,
    ids: HashMap<[u8; 16], String>,
    numbers: HashMap<i64, String>,
}

impl Symbols {
    /// Symbols for a broker on these ports.
    pub fn new(port: u16, controller: u16, known: &[(String, &str)]) -> Symbols {
        let mut symbols = Symbols {
            port: port.into(),
            controller: controller.into(),
            texts: vec![],
            values: HashMap::new(),
            ids: HashMap::new(),
            numbers: HashMap::new(),
        };
        for (text, symbol) in known {
            symbols.text(text, symbol);
        }
        symbols
    }

    /// A text of this broker's own.
    pub fn text(&mut self, text: &str, symbol: &str) {
        if text.is_empty() || self.texts.iter().any(|(known, _)| known == text) {
            return;
        }
        self.values.insert(symbol.to_owned(), text.into());
        self.texts.push((text.to_owned(), format!("${{{symbol}}}")));
        self.texts.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
    }

    /// Keeps the field at `path` (names and positions with dots between) under a symbol.
    pub fn keep(&mut self, answer: &Value, path: &str, symbol: &str) {
        let mut value = answer;
        for part in path.split('.') {
            let next = match part.parse::<usize>() {
                Ok(at) => match value {
                    Value::Array(items) => items.get(at),
                    _ => None,
                },
                Err(_) => value.get(part),
            };
            let Some(next) = next else { return };
            value = next;
        }
        match value {
            Value::Str(text) => self.text(&text.clone(), symbol),
            Value::Int(number) if path.ends_with("producer_id") => {
                self.numbers.insert(*number, format!("${{{symbol}}}"));
            }
            _ => {}
        }
        self.values.insert(symbol.to_owned(), value.clone());
    }

    /// A request's body with values for symbols.
    pub fn resolve(&self, body: &Value) -> Value {
        match body {
            Value::Str(text) => match text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
                Some(symbol) => self.values.get(symbol).cloned().unwrap_or(Value::Null),
                None => body.clone(),
            },
            Value::Array(items) => Value::Array(items.iter().map(|item| self.resolve(item)).collect()),
            Value::Struct(fields) => {
                let resolved = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.resolve(value)));
                Value::Struct(resolved.collect())
            }
            other => other.clone(),
        }
    }

    /// An answer with symbols for values; ids that are new get theirs from the name beside them.
    pub fn symbolise(&mut self, answer: Value) -> Value {
        self.learn(&answer);
        self.replace("", answer)
    }

    fn learn(&mut self, value: &Value) {
        match value {
            Value::Struct(fields) => {
                if let Some(Value::Uuid(id)) = value.get("topic_id")
                    && let Some(Value::Str(name)) = value.get("name").or_else(|| value.get("topic_name"))
                {
                    self.topic(*id, name);
                }
                fields.iter().for_each(|(_, field)| self.learn(field));
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn(item)),
            _ => {}
        }
    }

    fn topic(&mut self, id: [u8; 16], name: &str) {
        if id == [0; 16] || self.ids.contains_key(&id) {
            return;
        }
        let symbol = (1..)
            .map(|n| {
                if n == 1 {
                    format!("id:{name}")
                } else {
                    format!("id:{name}#{n}")
                }
            })
            .find(|symbol| !self.ids.values().any(|known| known == symbol))
            .unwrap_or_default();
        self.values.insert(format!("id:{name}"), id.into());
        self.values.insert(symbol.clone(), id.into());
        self.texts.push((kafka_text(&id), format!("${{{symbol}}}")));
        self.ids.insert(id, symbol);
    }

    fn replace(&self, field: &str, value: Value) -> Value {
        match value {
            Value::Uuid(id) if id == [0; 16] => Value::Str("no id".to_owned()),
            Value::Uuid(id) => match self.ids.get(&id) {
                Some(symbol) => Value::Str(format!("${{{symbol}}}")),
                None => Value::Str("${unknown id}".to_owned()),
            },
            Value::Str(mut text) => {
                for (known, symbol) in self
                    .texts
                    .iter()
                    .filter(|(known, _)| text.contains(known.as_str()))
                    .collect::<Vec<_>>()
                {
                    text = text.replace(known, symbol);
                }
                Value::Str(text)
            }
            Value::Int(port) if field == "port" && port == self.port => "${port}".into(),
            Value::Int(port) if field == "port" && port == self.controller => "${controller port}".into(),
            Value::Int(number) if field == "producer_id" => match self.numbers.get(&number) {
                Some(symbol) => symbol.as_str().into(),
                None => Value::Int(number),
            },
            Value::Array(items) => {
                Value::Array(items.into_iter().map(|item| self.replace(field, item)).collect())
            }
            Value::Struct(fields) => {
                let replaced = fields.into_iter().map(|(name, value)| {
                    let value = self.replace(&name, value);
                    (name, value)
                });
                Value::Struct(replaced.collect())
            }
            other => other,
        }
    }
}

/// An id as Kafka writes it: base 64 for URLs, without padding.
fn kafka_text(id: &[u8; 16]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for bytes in id.chunks(3) {
        let number =
            bytes.iter().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte)) << (8 * (3 - bytes.len()));
        for at in 0..=bytes.len() {
            text.push(DIGITS[(number >> (18 - 6 * at) & 63) as usize].into());
        }
    }
    text
}
