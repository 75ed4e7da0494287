//! `kafka-server-start PROPERTIES [--override KEY=VALUE]...`: what to start, as the script and the class `kafka.Kafka` read it.

use std::path::PathBuf;

/// A broker that is to be started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerStart {
    /// The properties file.
    pub config: PathBuf,
    /// Keys set over those of the file, in order.
    pub overrides: Vec<(String, String)>,
    /// Whether it runs on in the background.
    pub is_daemon: bool,
}

/// Names that start a broker rather than a tool.
const NAMES: [&str; 2] = ["kafka-server-start", "kafka-server-start.sh"];
/// The broker's Java class.
const CLASS: &str = "kafka.Kafka";
/// What the script says without a file.
const USAGE: &str = "USAGE: kafka-server-start.sh [-daemon] server.properties [--override property=value]*";

impl ServerStart {
    /// What this command line starts; `None` when `name` is not that of the script, nor `kafka-run-class kafka.Kafka`.
    ///
    /// # Errors
    /// The usage line.
    pub fn parse(name: &str, args: &[String]) -> Option<Result<ServerStart, String>> {
        if NAMES.contains(&name) {
            return Some(parse(args));
        }
        let is_class = name.strip_suffix(".sh").unwrap_or(name) == "kafka-run-class";
        let at = args.iter().position(|word| word == CLASS).filter(|_| is_class)?;
        let (before, class) = args.split_at(at);
        let is_daemon = before.iter().any(|word| word == "-daemon");
        let start = parse(class.get(1..).unwrap_or_default());
        Some(start.map(|start| ServerStart {
            is_daemon: is_daemon || start.is_daemon,
            ..start
        }))
    }
}

fn parse(args: &[String]) -> Result<ServerStart, String> {
    let usage = || USAGE.to_owned();
    if args.iter().any(|word| word == "--help") {
        return Err(usage());
    }
    let mut start = ServerStart::default();
    let mut words = args.iter().peekable();
    while words.next_if(|word| *word == "-daemon").is_some() {
        start.is_daemon = true;
    }
    start.config = words.next().map(PathBuf::from).ok_or_else(usage)?;
    while let Some(word) = words.next() {
        let pair = match word.strip_prefix("--override=") {
            Some(pair) => pair,
            None if word == "--override" => words
                .next()
                .ok_or_else(|| "Option override requires an argument".to_owned())?,
            None if word.starts_with('-') => {
                return Err(format!(
                    "{} is not a recognized option",
                    word.trim_start_matches('-')
                ));
            }
            None => return Err(format!("Found non argument parameters: {word}")),
        };
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        start.overrides.push((key.to_owned(), value.to_owned()));
    }
    Ok(start)
}

#[cfg(test)]
mod tests {
    use super::{ServerStart, USAGE};

    fn parse(line: &str) -> Option<Result<ServerStart, String>> {
        let mut words = line.split_whitespace().map(str::to_owned);
        let name = words.next().expect("a name");
        ServerStart::parse(&name, &words.collect::<Vec<_>>())
    }

    #[test]
    fn as_the_script_reads_it() {
        let start = parse("kafka-server-start.sh -daemon s.properties --override a=b --override=c=d=e");
        let wanted = ServerStart {
            config: "s.properties".into(),
            overrides: vec![
                ("a".to_owned(), "b".to_owned()),
                ("c".to_owned(), "d=e".to_owned()),
            ],
            is_daemon: true,
        };
        assert_eq!(start, Some(Ok(wanted.clone())));
        let by_class =
            parse("kafka-run-class -daemon -name k kafka.Kafka s.properties --override a=b --override c=d=e");
        assert_eq!(by_class, Some(Ok(wanted)));
        assert_eq!(parse("kafka-topics --list"), None);
        for line in [
            "kafka-server-start",
            "kafka-server-start --help",
            "kafka-server-start s.properties --help",
        ] {
            assert_eq!(parse(line), Some(Err(USAGE.to_owned())), "{line}");
        }
    }
}
