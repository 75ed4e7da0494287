//! `KAFKA_*` variables, mapped as the `apache/kafka` image maps them.

use std::collections::BTreeMap;

use super::layers::Given;
use super::properties::parse_properties;
use super::row::Scope;
use super::settings::Source;
use super::table::row;

/// The variable that sets a config: `KAFKA_`, upper case, `.` to `_`, `-` to `___`, `_` to `__`.
pub fn variable_of(name: &str) -> String {
    let mut out = String::from("KAFKA_");
    for c in name.chars() {
        match c {
            '.' => out.push('_'),
            '-' => out.push_str("___"),
            '_' => out.push_str("__"),
            c => out.push(c.to_ascii_uppercase()),
        }
    }
    out
}

/// The configs that an environment sets, as the image's start script reads them. Only names of the table, and those that
/// begin like names of listeners' configs and of config providers, count: a stray `KAFKA_HOME`, `KAFKA_OPTS`, or the
/// `KAFKA_PORT=tcp://…` of an orchestrator changes nothing.
pub(super) fn from_environment(variables: &BTreeMap<String, String>) -> Vec<Given> {
    let named = variables
        .iter()
        .filter_map(|(variable, value)| Some((variable, config_of(variable)?, value)));
    let known = named.filter(|(_, name, _)| {
        let is_open = |prefix: &&str| name.starts_with(*prefix);
        row(Scope::Broker, name).is_some() || OPEN.iter().any(is_open)
    });
    known
        .map(|(variable, name, value)| Given {
            source: Source::Environment(variable.clone()),
            value: as_in_a_file(value),
            name,
        })
        .collect()
}

/// Names that are no rows of the table begin so.
const OPEN: [&str; 2] = ["listener.name.", "config.providers."];

/// The config that a variable of the image stands for: `KAFKA_A_B` is `a.b`, `__` is `_`, `___` is `-`.
pub fn config_of(variable: &str) -> Option<String> {
    let name = variable.strip_prefix("KAFKA_")?;
    if NO_CONFIGS.contains(&variable) || name.is_empty() {
        return None;
    }
    let dotted = name.to_lowercase().replace('_', ".");
    Some(dotted.replace("...", "-").replace("..", "_"))
}

/// Variables that the image leaves out (`KafkaDockerWrapper`).
const NO_CONFIGS: [&str; 11] = [
    "KAFKA_GC_LOG_OPTS",
    "KAFKA_HEAP_OPTS",
    "KAFKA_JMX_HOSTNAME",
    "KAFKA_JMX_OPTS",
    "KAFKA_JVM_PERFORMANCE_OPTS",
    "KAFKA_LOG4J_LOGGERS",
    "KAFKA_LOG4J_OPTS",
    "KAFKA_LOG4J_ROOT_LOGLEVEL",
    "KAFKA_OPTS",
    "KAFKA_TOOLS_LOG4J_LOGLEVEL",
    "KAFKA_VERSION",
];

/// The image writes `name=value` into a properties file: escapes count, and leading blanks do not.
fn as_in_a_file(value: &str) -> String {
    let line = value.replace("\r\n", "\\n").replace(['\n', '\r'], "\\n");
    let read = parse_properties(&format!("v={line}")).ok();
    read.and_then(|mut all| all.pop())
        .map_or_else(|| value.to_owned(), |(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::rows;

    #[test]
    fn names_map_as_in_the_image() {
        assert_eq!(variable_of("log.dirs"), "KAFKA_LOG_DIRS");
        assert_eq!(variable_of("a-b_c.d"), "KAFKA_A___B__C_D");
        for row in rows(Scope::Broker) {
            assert_eq!(config_of(&variable_of(row.name)).as_deref(), Some(row.name));
        }
    }

    #[test]
    fn values_are_read_as_in_a_file() {
        let cases = [
            (r"a\tb", "a\tb"),
            (" x ", "x "),
            ("a\nb=c", "a\nb=c"),
            (r"a\u12", r"a\u12"),
        ];
        for (value, read) in cases {
            assert_eq!(as_in_a_file(value), read);
        }
    }

    #[test]
    fn only_table_names_count() {
        let variables = [
            ("KAFKA_NUM_PARTITIONS", "3"),
            ("KAFKA_HOME", "/opt/kafka"),
            ("KAFKA_OPTS", "-Xmx1g"),
            ("KAFKA_PORT", "tcp://10.0.0.1:9092"),
            ("KAFKA_PORT_9092_TCP_ADDR", "10.0.0.1"),
            ("NUM_PARTITIONS", "9"),
        ];
        let variables = variables
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let given = from_environment(&variables);
        let given: Vec<(&str, &str)> = given
            .iter()
            .map(|g| (g.name.as_str(), g.value.as_str()))
            .collect();
        assert_eq!(given, [("num.partitions", "3")]);
    }

    #[test]
    fn no_two_configs_share_a_variable() {
        let mut seen = std::collections::BTreeSet::new();
        for row in rows(Scope::Broker) {
            assert!(seen.insert(variable_of(row.name)), "{}", row.name);
        }
    }
}
