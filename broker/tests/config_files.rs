//! Properties files, variables and config providers against tables of what Java and Kafka make of them
//! (`scripts/ring-java files` writes them).

use std::collections::BTreeMap;
use std::fs;

use ottla::config::{Layers, config_of, properties_text, read_properties};

const PROPERTIES: &str = include_str!("vectors/java-properties.tsv");
const PROVIDERS: &str = include_str!("vectors/kafka-providers.tsv");
const VARIABLES: &str = include_str!("vectors/kafka-variables.tsv");

fn lines(table: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = table.lines().filter(|line| !line.starts_with("# "));
    lines.map(|line| line.split('\t').collect())
}

/// Undoes the table's `\uXXXX`.
fn of_table(field: &str) -> String {
    let mut units = Vec::new();
    let mut rest = field;
    while let Some((plain, escaped)) = rest.split_once("\\u") {
        units.extend(plain.encode_utf16());
        units.push(u16::from_str_radix(&escaped[..4], 16).expect("hex"));
        rest = &escaped[4..];
    }
    units.extend(rest.encode_utf16());
    String::from_utf16(&units).expect("UTF-16")
}

#[test]
fn files_are_read_as_java_reads_them() {
    let mut count = 0;
    for fields in lines(PROPERTIES) {
        let bytes: Vec<u8> = of_table(fields[0]).chars().map(|c| c as u8).collect();
        let read = read_properties(&properties_text(&bytes));
        if fields[1..] == ["error"] {
            assert!(read.is_err(), "{}", fields[0]);
        } else {
            let read = read.unwrap_or_else(|line| panic!("{}: line {line}", fields[0]));
            let read: BTreeMap<String, String> = read.into_iter().map(|p| (p.key, p.value)).collect();
            let pairs = fields[1..].chunks(2);
            let wanted: BTreeMap<String, String> = pairs.map(|p| (of_table(p[0]), of_table(p[1]))).collect();
            assert_eq!(read, wanted, "{}", fields[0]);
        }
        count += 1;
    }
    assert!(count > 400, "{count}");
}

#[test]
fn providers_replace_what_kafkas_replace() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().to_str().expect("a plain path");
    fs::create_dir(folder.path().join("d")).expect("made");
    let files = [
        ("d/k", "from a folder\n"),
        (
            "p.properties",
            "k=ü\\u00e4 \nn=7\nk=€\nself=${env:RING_X}\na\\:b=c\n",
        ),
        ("broken.properties", "k=\\u12\n"),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let variables = [("RING_X", "xval"), ("RING_YX", "y x"), ("RING_EMPTY", "")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    for fields in lines(PROVIDERS) {
        let pair = |field: &&str| {
            let (name, value) = field.split_once('=').expect("a pair");
            (name.to_owned(), value.replace('@', root))
        };
        let layers = Layers {
            environment: BTreeMap::from(variables.clone()),
            set: fields[1..].iter().map(pair).collect(),
            ..Layers::default()
        };
        let outcome = match layers.config() {
            Err(_) => "error".to_owned(),
            Ok(config) => {
                let value = config.settings().text("broker.rack").unwrap_or_default();
                format!("ok {}", value.replace(root, "@"))
            }
        };
        assert_eq!(outcome, of_table(fields[0]), "{fields:?}");
    }
}

#[test]
fn variables_mean_what_they_mean_in_kafkas_image() {
    for fields in lines(VARIABLES) {
        assert_eq!(
            config_of(fields[0]).as_deref().unwrap_or("-"),
            fields[1],
            "{}",
            fields[0]
        );
    }
}
