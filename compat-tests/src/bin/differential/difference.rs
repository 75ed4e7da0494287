//! Two answers beside each other.

use compat_tests::wire::Value;

use crate::world::Answer;

/// One place where two answers differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Where: fields with dots between, elements of arrays by their name in brackets.
    pub path: String,
    pub kafka: String,
    pub ottla: String,
}

/// Fields by which elements of an array are told apart, best first.
const KEYS: [&str; 16] = [
    "name",
    "topic",
    "topic_name",
    "resource_name",
    "group_id",
    "feature",
    "api_key",
    "transactional_id",
    "key",
    "member_id",
    "partition_index",
    "partition",
    "partition_id",
    "topic_id",
    "node_id",
    "log_dir",
];

/// All differences between two answers.
pub fn between(kafka: &Answer, ottla: &Answer) -> Vec<Difference> {
    let mut found = Vec::new();
    match (kafka, ottla) {
        (Answer::Body(kafka), Answer::Body(ottla)) => values("", kafka, ottla, &mut found),
        (kafka, ottla) if kafka == ottla => {}
        (kafka, ottla) => found.push(Difference {
            path: "(answer)".to_owned(),
            kafka: short(kafka),
            ottla: short(ottla),
        }),
    }
    found
}

fn short(answer: &Answer) -> String {
    match answer {
        Answer::Body(value) => cut(value),
        Answer::Closed => "closes the connection".to_owned(),
        Answer::Silence => "never answers".to_owned(),
        Answer::Unreadable(why) => format!("unreadable: {why}"),
    }
}

fn cut(value: &Value) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(600) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn values(path: &str, kafka: &Value, ottla: &Value, found: &mut Vec<Difference>) {
    match (kafka, ottla) {
        (Value::Struct(left), Value::Struct(_)) => {
            for (name, value) in left {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                values(&path, value, ottla.get(name).unwrap_or_default(), found);
            }
        }
        (Value::Array(left), Value::Array(right)) => arrays(path, left, right, found),
        _ if kafka == ottla => {}
        _ => found.push(Difference {
            path: path.to_owned(),
            kafka: cut(kafka),
            ottla: cut(ottla),
        }),
    }
}

fn arrays(path: &str, kafka: &[Value], ottla: &[Value], found: &mut Vec<Difference>) {
    let (Some(left), Some(right)) = (labels(kafka), labels(ottla)) else {
        if kafka.len() != ottla.len() {
            found.push(Difference {
                path: format!("{path}(length)"),
                kafka: cut(&kafka.to_vec().into()),
                ottla: cut(&ottla.to_vec().into()),
            });
        }
        for (at, (kafka, ottla)) in kafka.iter().zip(ottla).enumerate() {
            values(&format!("{path}[{at}]"), kafka, ottla, found);
        }
        return;
    };
    let at = |labels: &[String], label: &String| labels.iter().position(|other| other == label);
    for (label, value) in left.iter().zip(kafka) {
        let path = format!("{path}[{label}]");
        match at(&right, label).and_then(|at| ottla.get(at)) {
            Some(other) => values(&path, value, other, found),
            None => found.push(Difference {
                path,
                kafka: cut(value),
                ottla: "absent".to_owned(),
            }),
        }
    }
    for (label, value) in right.iter().zip(ottla).filter(|(label, _)| !left.contains(label)) {
        found.push(Difference {
            path: format!("{path}[{label}]"),
            kafka: "absent".to_owned(),
            ottla: cut(value),
        });
    }
    let order = |labels: &[String], others: &[String]| -> Vec<String> {
        labels
            .iter()
            .filter(|label| others.contains(label))
            .cloned()
            .collect()
    };
    let (kafka, ottla) = (order(&left, &right), order(&right, &left));
    if kafka != ottla {
        found.push(Difference {
            path: format!("{path}(order)"),
            kafka: kafka.join(" "),
            ottla: ottla.join(" "),
        });
    }
}

/// The name of each element, where all have one; a name that comes again gets a number.
fn labels(items: &[Value]) -> Option<Vec<String>> {
    let mut labels: Vec<String> = Vec::new();
    for item in items {
        let key = KEYS
            .iter()
            .find_map(|key| item.get(key).filter(|value| !value.is_null()))?;
        let label = match key {
            Value::Str(text) => text.clone(),
            other => format!("{other:?}"),
        };
        let again = labels
            .iter()
            .filter(|other| other.split('#').next() == Some(&label))
            .count();
        labels.push(if again == 0 {
            label
        } else {
            format!("{label}#{}", again + 1)
        });
    }
    Some(labels)
}
