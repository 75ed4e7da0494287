//! A wrong command line, said in one sentence that names what is missing and where the help is.

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::Cli;
use crate::config_tool::nearest;

/// What is wrong with a command line.
pub fn sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let (told, usage) = text.split_once("Usage: ").unwrap_or((&text, "ottla"));
    let is_name = |word: &&str| !word.starts_with(['-', '<', '[']);
    let words: Vec<&str> = usage.split_whitespace().take_while(is_name).collect();
    let command = words.join(" ");
    let wrong = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            format!("{command} needs a word more: {}", next_words(&words).join(" or "))
        }
        ErrorKind::InvalidSubcommand => match meant(error, &words) {
            Some(name) => format!("{}; {name}", one_line(told)),
            None => one_line(told),
        },
        _ => one_line(told),
    };
    format!("{wrong}; see {command} --help.")
}

/// What was meant by a word that clap has no suggestion for: a command, or a script of Kafka's.
fn meant(error: &clap::Error, words: &[&str]) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    if let Some(script) = nearest(word, tools::TOOLS.iter().map(|tool| tool.name)) {
        return Some(format!("a script of Kafka's is called '{script}'"));
    }
    if error.get(ContextKind::SuggestedSubcommand).is_some() {
        return None;
    }
    let command = next_words(words);
    let name = nearest(word, command.iter().map(String::as_str))?;
    Some(format!("there is '{name}'"))
}

/// What may follow these words.
fn next_words(words: &[&str]) -> Vec<String> {
    let mut command = Cli::command();
    for word in words.iter().skip(1) {
        match command.find_subcommand(word) {
            Some(found) => command = found.clone(),
            None => break,
        }
    }
    let names = command.get_subcommands().map(clap::Command::get_name);
    names.map(ToOwned::to_owned).collect()
}

/// clap's lines, of which the first says what is wrong and the others what it is about.
fn one_line(told: &str) -> String {
    let told = told.split("For more information").next().unwrap_or_default();
    let lines = told.lines().map(str::trim).filter(|line| !line.is_empty());
    let joined = lines.collect::<Vec<_>>().join(" ");
    let sentence = joined.trim_start_matches("error: ").replace(" tip: ", "; ");
    sentence.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::sentence;
    use crate::cli::Cli;

    #[test]
    fn what_is_missing_and_what_is_unknown_are_named() {
        let cases = [
            (
                "ottla log",
                "ottla log needs a word more: verify or dump; see ottla log --help.",
            ),
            (
                "ottla log dump",
                "the following required arguments were not provided: <FILE>; see ottla log dump --help.",
            ),
            (
                "ottla --lisen x",
                "unexpected argument '--lisen' found; a similar argument exists: '--listen'; see ottla --help.",
            ),
            (
                "ottla --flush maybe",
                "invalid value 'maybe' for '--flush <os|fsync>': it must be os or fsync; see ottla --help.",
            ),
            (
                "ottla healt",
                "unrecognized subcommand 'healt'; some similar subcommands exist: 'help', 'health'; see ottla --help.",
            ),
            (
                "ottla lgo",
                "unrecognized subcommand 'lgo'; there is 'log'; see ottla --help.",
            ),
            (
                "ottla kafka-topcs",
                "unrecognized subcommand 'kafka-topcs'; a script of Kafka's is called 'kafka-topics'; see ottla --help.",
            ),
        ];
        for (line, wanted) in cases {
            let error = Cli::try_parse_from(line.split(' ')).expect_err("wrong");
            assert_eq!(sentence(&error), wanted, "{line}");
        }
    }
}
