//! The help of a tool: its options in a table, and how a tool ends that was called wrongly.

use super::parse::Parsed;
use super::spec::{Arg, COMMON, Opt, Spec};
use crate::Io;

/// The release of Kafka whose tools these stand for.
pub(crate) const KAFKA_VERSION: &str = "4.3.1";
/// Exit code of a wrong command line.
const WRONG: i32 = 1;
/// Column that descriptions begin at.
const ABOUT_COLUMN: usize = 40;
/// Width of a line of help.
const WIDTH: usize = 100;

impl Spec {
    /// Reads a command line; when it is wrong, says so with the help, and gives the exit code.
    ///
    /// # Errors
    /// The exit code.
    pub(crate) fn read(&self, args: &[String], io: &mut Io<'_>) -> Result<Parsed, i32> {
        self.parse(args).map_err(|wrong| self.refuse(io, &wrong))
    }

    /// As [`Spec::read`], and answers `--help`, `--version` and an empty line as most of Kafka's tools do.
    ///
    /// # Errors
    /// The exit code.
    pub(crate) fn begin(&self, args: &[String], io: &mut Io<'_>) -> Result<Parsed, i32> {
        let parsed = self.read(args, io)?;
        self.answer_help(parsed, io)
    }

    /// Answers `--help`, `--version` and an empty line.
    ///
    /// # Errors
    /// The exit code.
    pub(crate) fn answer_help(&self, parsed: Parsed, io: &mut Io<'_>) -> Result<Parsed, i32> {
        if parsed.word_count == 0 || parsed.has("help") {
            return Err(self.refuse(io, self.purpose));
        }
        if parsed.has("version") {
            io.say(KAFKA_VERSION);
            return Err(0);
        }
        Ok(parsed)
    }

    /// Prints the sentence and the help to standard error; the exit code comes back.
    pub(crate) fn refuse(&self, io: &mut Io<'_>, sentence: &str) -> i32 {
        io.complain(sentence);
        self.help(io);
        WRONG
    }

    fn help(&self, io: &mut Io<'_>) {
        self.help_lines().into_iter().for_each(|line| io.complain(line));
    }

    /// The table of options.
    pub(super) fn help_lines(&self) -> Vec<String> {
        let mut out = Vec::new();
        let mut opts: Vec<&Opt> = self.opts.iter().chain(COMMON).collect();
        opts.sort_by_key(|opt| opt.name);
        out.push(format!("{:<ABOUT_COLUMN$}Description", "Option"));
        out.push(format!("{:<ABOUT_COLUMN$}-----------", "------"));
        for opt in opts {
            let mut head = head(opt);
            let mut lines = wrapped(opt.about).into_iter();
            if head.len() >= ABOUT_COLUMN {
                out.push(std::mem::take(&mut head));
            }
            out.push(format!(
                "{head:<ABOUT_COLUMN$}{}",
                lines.next().unwrap_or_default()
            ));
            for line in lines {
                out.push(format!("{:<ABOUT_COLUMN$}{line}", ""));
            }
        }
        out
    }
}

/// The option with its spellings, and a word for its value.
fn head(opt: &Opt) -> String {
    let dashed = |name: &&str| {
        if name.len() == 1 {
            format!("-{name}")
        } else {
            format!("--{name}")
        }
    };
    let mut names: Vec<String> = opt.also.iter().map(&dashed).collect();
    names.push(dashed(&opt.name));
    let names = names.join(", ");
    match opt.arg {
        Arg::None => names,
        Arg::Required(word) => format!("{names} <{word}>"),
        Arg::Optional(word) => format!("{names} [{word}]"),
        Arg::Many(word) => format!("{names} <{word}> ..."),
    }
}

/// The text in lines that fit beside the options.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < WIDTH - ABOUT_COLUMN => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
