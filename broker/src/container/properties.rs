//! From an image's variables and folders to one properties file, by the rules of `apache/kafka`
//! (`KafkaDockerWrapper`) and of Confluent's images.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::config::{config_of, parse_properties};

/// More variables with the prefix that stand for no config: those of other images.
const NO_CONFIGS: &[&str] = &[
    "KAFKA_CLUSTER_ID",
    "KAFKA_ENABLE_KRAFT",
    "KAFKA_HOME",
    "KAFKA_JMX_PORT",
    "KAFKA_KRAFT_CLUSTER_ID",
];
/// Where images take the cluster's id from; the first that is set counts.
const CLUSTER_IDS: [&str; 3] = ["CLUSTER_ID", "KAFKA_CLUSTER_ID", "KAFKA_KRAFT_CLUSTER_ID"];
/// What is listened on where nothing says: the port that images publish.
const LISTENERS: &str = "PLAINTEXT://:9092";

/// What there is outside of the environment.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// `server.properties` that the user mounted.
    pub mounted: Option<String>,
    /// `server.properties` of the image, for who sets nothing.
    pub default: Option<String>,
    /// Where data go when nothing says.
    pub data: String,
}

/// The properties to start with: a mounted file with the variables behind it, or the variables alone, or the image's
/// default; then what Ottla needs and nobody set.
pub fn compose(found: &Found, environment: &BTreeMap<String, String>) -> String {
    let given = configs(environment);
    let mut out = String::new();
    match (&found.mounted, given.is_empty()) {
        (Some(mounted), _) => out.push_str(mounted),
        (None, true) => out.push_str(found.default.as_deref().unwrap_or_default()),
        (None, false) => {}
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    for (name, value) in &given {
        line(&mut out, name, value);
    }
    fill(&mut out, found, environment);
    out
}

/// Config names and values of the variables, as they come. ZooKeeper's are left out: there is none. Bitnami's prefix
/// `KAFKA_CFG_` is the same as `KAFKA_`.
fn configs(environment: &BTreeMap<String, String>) -> Vec<(String, &str)> {
    let named = environment
        .iter()
        .filter(|(name, _)| !NO_CONFIGS.contains(&name.as_str()))
        .filter_map(|(name, value)| Some((config_of(name)?, value.as_str())));
    named
        .map(|(name, value)| (name.strip_prefix("cfg.").unwrap_or(&name).to_owned(), value))
        .filter(|(name, _)| !name.starts_with("zookeeper."))
        .collect()
}

/// The bytes of a file that reads as this text: what ASCII lacks is escaped.
pub fn to_file(text: &str) -> Vec<u8> {
    let mut out = String::with_capacity(text.len());
    let mut units = [0; 2];
    for c in text.chars() {
        match c.is_ascii() {
            true => out.push(c),
            false => {
                for unit in c.encode_utf16(&mut units) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.into_bytes()
}

/// A value stands as it is, escapes included, as images write it; only a line break is escaped.
fn line(out: &mut String, name: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{name}={}",
        value.replace("\r\n", "\\n").replace(['\n', '\r'], "\\n")
    );
}

/// Adds what nobody set.
fn fill(out: &mut String, found: &Found, environment: &BTreeMap<String, String>) {
    // A file that cannot be read is refused at start, with its line; there is nothing to fill in then.
    let Ok(pairs) = parse_properties(out) else { return };
    let of = |name: &str| {
        let given = pairs.iter().rev().find(|(key, _)| key == name);
        given.map(|(_, value)| value.trim()).filter(|v| !v.is_empty())
    };
    let mut more = String::new();
    if of("listeners").is_none() {
        let listeners = of("advertised.listeners").map_or_else(|| LISTENERS.to_owned(), everywhere);
        line(&mut more, "listeners", &listeners);
    }
    if of("log.dirs").is_none() && of("log.dir").is_none() {
        line(&mut more, "log.dirs", &found.data);
    }
    let mut ids = CLUSTER_IDS
        .iter()
        .filter_map(|name| environment.get(*name).filter(|id| !id.is_empty()));
    if let Some(id) = ids.next().filter(|_| of("ottla.cluster.id").is_none()) {
        line(&mut more, "ottla.cluster.id", id);
    }
    out.push_str(&more);
}

/// Listeners on every interface for addresses that are only advertised.
fn everywhere(advertised: &str) -> String {
    let each = advertised.split(',').map(str::trim).map(|one| {
        let parts = one
            .split_once("://")
            .and_then(|(name, address)| Some((name, address.rsplit_once(':')?.1)));
        parts.map_or_else(|| one.to_owned(), |(name, port)| format!("{name}://:{port}"))
    });
    each.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::properties_text;

    fn found() -> Found {
        Found {
            mounted: None,
            default: Some("listeners=PLAINTEXT://:9092\nnode.id=1\n".to_owned()),
            data: "/data".to_owned(),
        }
    }

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        owned.collect()
    }

    #[test]
    fn without_variables_the_images_default_counts() {
        let text = compose(
            &found(),
            &environment(&[("PATH", "/bin"), ("KAFKA_OPTS", "-Xmx1g")]),
        );
        assert_eq!(text, "listeners=PLAINTEXT://:9092\nnode.id=1\nlog.dirs=/data\n");
    }

    #[test]
    fn variables_stand_alone_or_behind_a_mounted_file() {
        let variables = environment(&[
            ("KAFKA_LISTENERS", "PLAINTEXT://:1"),
            ("KAFKA_LOG_DIRS", "/mine"),
            ("KAFKA_SASL_JAAS_CONFIG", "a\\b\nc"),
            ("KAFKA_A__B___C", "x"),
            ("KAFKA_CFG_NODE_ID", "3"),
        ]);
        let lines =
            "a_b-c=x\nnode.id=3\nlisteners=PLAINTEXT://:1\nlog.dirs=/mine\nsasl.jaas.config=a\\b\\nc\n";
        assert_eq!(compose(&found(), &variables), lines);
        let mut found = found();
        found.mounted = Some("num.partitions=4".to_owned());
        assert_eq!(compose(&found, &variables), format!("num.partitions=4\n{lines}"));
    }

    #[test]
    fn a_file_reads_as_it_was_composed() {
        let text = "a=\u{e9}\u{1f600}\n";
        assert_eq!(to_file(text), b"a=\\u00e9\\ud83d\\ude00\n");
        let read = parse_properties(&properties_text(&to_file(text)));
        assert_eq!(read, parse_properties(text));
    }

    #[test]
    fn zookeeper_is_not_missed() {
        let variables = environment(&[
            ("KAFKA_ZOOKEEPER_CONNECT", "zookeeper:2181"),
            (
                "KAFKA_ADVERTISED_LISTENERS",
                "PLAINTEXT://kafka:9092,HOST://localhost:29092",
            ),
            ("CLUSTER_ID", "5L6g3nShT-eMCtK--X86sw"),
            ("KAFKA_CLUSTER_ID", "another"),
        ]);
        let text = compose(&found(), &variables);
        assert_eq!(
            text,
            "advertised.listeners=PLAINTEXT://kafka:9092,HOST://localhost:29092\n\
             listeners=PLAINTEXT://:9092,HOST://:29092\nlog.dirs=/data\nottla.cluster.id=5L6g3nShT-eMCtK--X86sw\n"
        );
    }

    #[test]
    fn a_mounted_file_that_sets_everything_gets_nothing_added() {
        let mut found = found();
        found.mounted = Some("listeners=A://:1\nlog.dir=/x\nottla.cluster.id=i\n".to_owned());
        let variables = environment(&[("CLUSTER_ID", "j")]);
        assert_eq!(Some(compose(&found, &variables)), found.mounted);
    }
}
