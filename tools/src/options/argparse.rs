//! Command lines of the tools that Kafka builds on argparse4j: a command first or between options, and errors with the
//! tool's name before them.

use super::parse::Parsed;
use super::spec::Spec;
use crate::Io;

/// A tool with commands.
pub(crate) struct Commands {
    /// Name that stands before errors.
    pub name: &'static str,
    /// What it does.
    pub purpose: &'static str,
    /// Names of the commands.
    pub commands: &'static [&'static str],
    /// All options of all commands.
    pub spec: Spec,
    /// Exit code of `--help`.
    pub help_code: i32,
}

impl Commands {
    /// The command and its options.
    ///
    /// # Errors
    /// The exit code; what is wrong is said.
    pub(crate) fn read(&self, args: &[String], io: &mut Io<'_>) -> Result<(&'static str, Parsed), i32> {
        let mut parsed = match self.spec.parse(args) {
            Ok(parsed) => parsed,
            Err(sentence) => return Err(self.refuse(io, &rephrased(&sentence))),
        };
        if parsed.has("help") {
            io.say(self.usage());
            io.say("");
            io.say(self.purpose);
            return Err(self.help_code);
        }
        if parsed.rest.is_empty() {
            return Err(self.refuse(io, "too few arguments"));
        }
        let word = parsed.rest.remove(0);
        let Some(command) = self.commands.iter().find(|command| **command == word) else {
            let choices: Vec<String> = self
                .commands
                .iter()
                .map(|command| format!("'{command}'"))
                .collect();
            let sentence = format!("invalid choice: '{word}' (choose from {})", choices.join(", "));
            return Err(self.refuse(io, &sentence));
        };
        Ok((*command, parsed))
    }

    /// Says what is wrong; the exit code comes back.
    pub(crate) fn refuse(&self, io: &mut Io<'_>, sentence: &str) -> i32 {
        io.complain(self.usage());
        io.complain(format!("{}: error: {sentence}", self.name));
        1
    }

    fn usage(&self) -> String {
        format!("usage: {} [-h] {{{}}} ...", self.name, self.commands.join(","))
    }
}

/// argparse4j's words for what joptsimple says otherwise.
fn rephrased(sentence: &str) -> String {
    match sentence.strip_suffix(" is not a recognized option") {
        Some(name) => format!("unrecognized arguments: '--{name}'"),
        None => sentence.to_owned(),
    }
}
