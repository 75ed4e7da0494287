//! The binary under the names of Kafka's scripts: `ottla kafka-topics …`, or a link called `kafka-topics.sh`.

use std::path::Path;
use std::process::{Command, Stdio};

use tools::{Io, ServerStart};

use crate::cli::Cli;

/// What a command line asks for.
pub enum Called {
    /// Nothing of Kafka's scripts.
    Ottla,
    /// A broker as `kafka-server-start` starts one.
    Start(Box<Cli>),
    /// A tool, which has ended with this exit code.
    Ended(u8),
}

/// Exit code of a script that was called wrongly.
const WRONG: u8 = 1;

/// Runs the tool that a command line names, by the program's own name or by the first word behind it.
pub fn called(words: &[String]) -> Called {
    let Some((program, args)) = words.split_first() else {
        return Called::Ottla;
    };
    let program = Path::new(program)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let by_word = args.split_first().map(|(name, args)| (name.as_str(), args));
    for (name, args) in [Some((&*program, args)), by_word].into_iter().flatten() {
        if let Some(start) = ServerStart::parse(name, args) {
            return server(start, args);
        }
        if let Some(tool) = tools::find(name) {
            let mut streams = (
                std::io::stdin().lock(),
                std::io::stdout().lock(),
                std::io::stderr(),
            );
            let mut io = Io::new(&mut streams.0, &mut streams.1, &mut streams.2);
            let code = (tool.run)(args, &mut io);
            io.flush();
            return Called::Ended(u8::try_from(code).unwrap_or(u8::MAX));
        }
    }
    Called::Ottla
}

fn server(start: Result<ServerStart, String>, args: &[String]) -> Called {
    let start = match start {
        Ok(start) => start,
        Err(sentence) => {
            complain(&sentence);
            return Called::Ended(WRONG);
        }
    };
    if start.is_daemon {
        return match in_background(args) {
            Ok(()) => Called::Ended(0),
            Err(error) => {
                complain(&format!(
                    "the broker cannot be started in the background: {error}"
                ));
                Called::Ended(WRONG)
            }
        };
    }
    Called::Start(Box::new(Cli {
        config: Some(start.config),
        set: start.overrides,
        ..Cli::default()
    }))
}

/// Starts the same again, in a process group of its own that outlives the shell's.
fn in_background(args: &[String]) -> std::io::Result<()> {
    use std::os::unix::process::CommandExt as _;
    let words = args.iter().filter(|word| *word != "-daemon");
    let behind_the_class = words.skip_while(|word| word.starts_with("kafka-") || *word == "kafka.Kafka");
    Command::new(std::env::current_exe()?)
        .arg("kafka-server-start")
        .args(behind_the_class)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map(drop)
}

fn complain(sentence: &str) {
    use std::io::Write as _;
    // A closed standard error is no reason to fail differently.
    let _ = writeln!(std::io::stderr(), "{sentence}");
}

#[cfg(test)]
mod tests {
    use super::{Called, called};

    fn of(line: &str) -> Called {
        called(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_name_of_the_program_or_its_first_word_decides() {
        assert!(matches!(of("/usr/bin/ottla --memory"), Called::Ottla));
        assert!(matches!(
            of("/opt/kafka/bin/kafka-run-class.sh no.Such"),
            Called::Ended(1)
        ));
        assert!(matches!(of("ottla kafka-run-class no.Such"), Called::Ended(1)));
        for line in [
            "bin/kafka-server-start.sh s.properties --override a=b",
            "ottla kafka-server-start s.properties --override a=b",
            "ottla kafka-run-class kafka.Kafka s.properties --override a=b",
        ] {
            let Called::Start(cli) = of(line) else {
                panic!("{line} starts a broker")
            };
            assert_eq!(cli.config.as_deref(), Some("s.properties".as_ref()));
            assert_eq!(cli.set, [("a".to_owned(), "b".to_owned())]);
        }
    }
}
