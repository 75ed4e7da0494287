//! `KAFKA_*` variables, mapped as the `apache/kafka` image maps them.

use std::collections::BTreeMap;

use super::row::Scope;
use super::table::rows;

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

/// The configs that an environment sets. Only names of the table count: a stray `KAFKA_HOME`, `KAFKA_OPTS`, or the
/// `KAFKA_PORT=tcp://…` of an orchestrator changes nothing.
pub fn from_environment(variables: &BTreeMap<String, String>) -> Vec<(&'static str, &str)> {
    let given = rows(Scope::Broker)
        .filter_map(|row| Some((row.name, variables.get(&variable_of(row.name))?.as_str())));
    given.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_map_as_in_the_image() {
        assert_eq!(variable_of("log.dirs"), "KAFKA_LOG_DIRS");
        assert_eq!(variable_of("a-b_c.d"), "KAFKA_A___B__C_D");
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
        assert_eq!(from_environment(&variables), [("num.partitions", "3")]);
    }

    #[test]
    fn no_two_configs_share_a_variable() {
        let mut seen = std::collections::BTreeSet::new();
        for row in rows(Scope::Broker) {
            assert!(seen.insert(variable_of(row.name)), "{}", row.name);
        }
    }
}
