//! A loosely typed message: what a test writes down and what it reads back.

use std::fmt;
use std::ops::Index;

/// One value of the protocol. Integers of every width are `Int`.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Null string, array, bytes or struct.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer of any width.
    Int(i64),
    /// A floating point number.
    Float(f64),
    /// A string.
    Str(String),
    /// Bytes or records.
    Bytes(Vec<u8>),
    /// A topic or directory id.
    Uuid([u8; 16]),
    /// An array.
    Array(Vec<Value>),
    /// A struct: field names with their values.
    Struct(Vec<(String, Value)>),
}

static NULL: Value = Value::Null;

impl Value {
    /// The integer, or a failed test.
    #[track_caller]
    pub fn int(&self) -> i64 {
        match self {
            Value::Int(n) => *n,
            other => panic!("not an integer: {other:?}"),
        }
    }

    /// The floating point number, or a failed test.
    #[track_caller]
    pub fn float(&self) -> f64 {
        match self {
            Value::Float(n) => *n,
            other => panic!("not a floating point number: {other:?}"),
        }
    }

    /// The boolean, or a failed test.
    #[track_caller]
    pub fn bool(&self) -> bool {
        match self {
            Value::Bool(b) => *b,
            other => panic!("not a boolean: {other:?}"),
        }
    }

    /// The string, or a failed test.
    #[track_caller]
    pub fn str(&self) -> &str {
        match self {
            Value::Str(s) => s,
            other => panic!("not a string: {other:?}"),
        }
    }

    /// The bytes, or a failed test.
    #[track_caller]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Value::Bytes(b) => b,
            other => panic!("not bytes: {other:?}"),
        }
    }

    /// The id, or a failed test.
    #[track_caller]
    pub fn uuid(&self) -> [u8; 16] {
        match self {
            Value::Uuid(id) => *id,
            other => panic!("not an id: {other:?}"),
        }
    }

    /// The elements, or a failed test.
    #[track_caller]
    pub fn list(&self) -> &[Value] {
        match self {
            Value::Array(items) => items,
            other => panic!("not an array: {other:?}"),
        }
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The field of that name, if the struct carries it (a version may not).
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Struct(fields) => fields.iter().find(|(n, _)| n == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// Gives a struct's field another value, or adds it.
    #[track_caller]
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        let Value::Struct(fields) = self else {
            panic!("not a struct: {self:?}");
        };
        fields.retain(|(n, _)| n != name);
        fields.push((name.to_owned(), value.into()));
    }

    /// The element of an array whose field `key` is `wanted`.
    #[track_caller]
    pub fn find(&self, key: &str, wanted: impl Into<Value>) -> &Value {
        let wanted = wanted.into();
        match self.list().iter().find(|item| item.get(key) == Some(&wanted)) {
            Some(item) => item,
            None => panic!("no element with {key} = {wanted:?} in {self:?}"),
        }
    }
}

impl Index<&str> for Value {
    type Output = Value;

    #[track_caller]
    fn index(&self, name: &str) -> &Value {
        match self.get(name) {
            Some(value) => value,
            None => panic!("no field {name} in {self:?}"),
        }
    }
}

impl Index<usize> for Value {
    type Output = Value;

    #[track_caller]
    fn index(&self, at: usize) -> &Value {
        match self.list().get(at) {
            Some(value) => value,
            None => panic!("no element {at} in {self:?}"),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Int(n) => write!(f, "{n}"),
            Value::Float(n) => write!(f, "{n}"),
            Value::Str(s) => write!(f, "{s:?}"),
            Value::Bytes(b) => write!(f, "<{} bytes>", b.len()),
            Value::Uuid(id) => write!(f, "{}", uuid::Uuid::from_bytes(*id)),
            Value::Array(items) => f.debug_list().entries(items).finish(),
            Value::Struct(fields) => {
                let mut map = f.debug_map();
                for (name, value) in fields {
                    map.entry(&format_args!("{name}"), value);
                }
                map.finish()
            }
        }
    }
}

macro_rules! from_int {
    ($($t:ty),*) => {$(
        impl From<$t> for Value {
            fn from(n: $t) -> Value { Value::Int(i64::from(n)) }
        }
        impl PartialEq<$t> for Value {
            fn eq(&self, other: &$t) -> bool { matches!(self, Value::Int(n) if *n == i64::from(*other)) }
        }
    )*};
}
from_int!(i8, i16, i32, i64);

impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        matches!(self, Value::Str(s) if s == other)
    }
}

impl PartialEq<bool> for Value {
    fn eq(&self, other: &bool) -> bool {
        matches!(self, Value::Bool(b) if b == other)
    }
}

impl From<f64> for Value {
    fn from(n: f64) -> Value {
        Value::Float(n)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Bool(b)
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Value {
        Value::Str(s.to_owned())
    }
}

impl From<&String> for Value {
    fn from(s: &String) -> Value {
        Value::Str(s.clone())
    }
}

impl From<String> for Value {
    fn from(s: String) -> Value {
        Value::Str(s)
    }
}

impl From<Vec<u8>> for Value {
    fn from(b: Vec<u8>) -> Value {
        Value::Bytes(b)
    }
}

impl From<&[u8]> for Value {
    fn from(b: &[u8]) -> Value {
        Value::Bytes(b.to_vec())
    }
}

impl From<[u8; 16]> for Value {
    fn from(id: [u8; 16]) -> Value {
        Value::Uuid(id)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::Array(items)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

impl Default for &Value {
    fn default() -> Self {
        &NULL
    }
}

/// A struct: `obj! { name: "t", partitions: list![0, 1] }`. Fields left out take the protocol's default;
/// fields that a version lacks are left out of its bytes; a name that the message does not know fails the test.
#[macro_export]
macro_rules! obj {
    ($($name:ident : $value:expr),* $(,)?) => {
        $crate::wire::Value::Struct(vec![$((stringify!($name).to_owned(), $crate::wire::Value::from($value))),*])
    };
}

/// An array of values.
#[macro_export]
macro_rules! list {
    ($($value:expr),* $(,)?) => {
        $crate::wire::Value::Array(vec![$($crate::wire::Value::from($value)),*])
    };
}
