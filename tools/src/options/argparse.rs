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
    /// The options of all commands, as the usage shows them.
    pub options: &'static str,
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
            Err(sentence) => return Err(self.refuse(io, &rephrased(&self.spec, &sentence))),
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
        match unrecognized(&parsed) {
            Ok(()) => Ok((*command, parsed)),
            Err(sentence) => Err(self.refuse(io, &sentence)),
        }
    }

    /// Says what is wrong; the exit code comes back.
    pub(crate) fn refuse(&self, io: &mut Io<'_>, sentence: &str) -> i32 {
        self.refuse_as(&self.usage(), io, sentence)
    }

    /// Says what is wrong with what such a usage is for; the exit code comes back.
    pub(crate) fn refuse_as(&self, usage: &str, io: &mut Io<'_>, sentence: &str) -> i32 {
        io.complain(usage);
        io.complain(format!("{}: error: {sentence}", self.name));
        1
    }

    fn usage(&self) -> String {
        let options = match self.options.is_empty() {
            true => String::new(),
            false => format!(" {}", self.options),
        };
        let commands = self.commands.join(",");
        format!("usage: {} [-h]{options} {{{commands}}} ...", self.name)
    }
}

/// A tool without commands.
pub(crate) struct Single {
    /// Name that stands before errors.
    pub name: &'static str,
    /// What it does and understands.
    pub spec: Spec,
    /// Options that must be there, in argparse4j's order.
    pub required: &'static [&'static str],
    /// Options of which there must be exactly one.
    pub one_of: &'static [&'static str],
}

impl Single {
    /// The options.
    ///
    /// # Errors
    /// The exit code; what is wrong is said. An empty line asks for help.
    pub(crate) fn read(&self, args: &[String], io: &mut Io<'_>) -> Result<Parsed, i32> {
        let parsed = match self.spec.parse(args) {
            Ok(parsed) => parsed,
            Err(sentence) => return Err(self.refuse(io, &rephrased(&self.spec, &sentence))),
        };
        if parsed.word_count == 0 || parsed.has("help") {
            io.say(self.usage());
            io.say("");
            io.say(self.spec.purpose);
            io.say("");
            self.spec.help_lines().into_iter().for_each(|line| io.say(line));
            return Err(0);
        }
        match self.check(&parsed) {
            Ok(()) => Ok(parsed),
            Err(sentence) => Err(self.refuse(io, &sentence)),
        }
    }

    fn check(&self, parsed: &Parsed) -> Result<(), String> {
        unrecognized(parsed)?;
        let mut given = self.one_of.iter().filter(|name| parsed.has(name));
        if let (Some(first), Some(second)) = (given.next(), given.next()) {
            return Err(format!(
                "argument --{second}: not allowed with argument --{first}"
            ));
        }
        if let Some(missing) = self.required.iter().find(|name| !parsed.has(name)) {
            return Err(format!("argument --{missing} is required"));
        }
        if !self.one_of.is_empty() && !self.one_of.iter().any(|name| parsed.has(name)) {
            let dashed = self.one_of.iter().map(|name| format!("--{name}"));
            let dashed: Vec<String> = dashed.collect();
            return Err(format!("one of the arguments {} is required", dashed.join(" ")));
        }
        Ok(())
    }

    /// Says what is wrong; the exit code comes back.
    pub(crate) fn refuse(&self, io: &mut Io<'_>, sentence: &str) -> i32 {
        io.complain(self.usage());
        io.complain(format!("{}: error: {sentence}", self.name));
        1
    }

    fn usage(&self) -> String {
        let required = self.required.iter().map(|name| format!(" --{name} ..."));
        format!(
            "usage: {} [-h] [options]{}",
            self.name,
            required.collect::<String>()
        )
    }
}

/// Words are no arguments, but for a command.
fn unrecognized(parsed: &Parsed) -> Result<(), String> {
    match parsed.rest.first() {
        Some(word) => Err(format!("unrecognized arguments: '{word}'")),
        None => Ok(()),
    }
}

/// argparse4j's words for what joptsimple says otherwise.
fn rephrased(spec: &Spec, sentence: &str) -> String {
    if let Some(name) = sentence.strip_suffix(" is not a recognized option") {
        return format!("unrecognized arguments: '--{name}'");
    }
    let quoted = sentence.strip_prefix("Cannot parse argument '");
    if let Some((value, name)) = quoted.and_then(|rest| rest.rsplit_once("' of option ")) {
        let number = spec.find(name).and_then(|opt| opt.number);
        let class = number.map_or("Integer", super::spec::Number::class);
        return format!(
            "argument --{name}: could not convert '{value}' to {class} (For input string: \"{value}\")"
        );
    }
    let asking = sentence.strip_prefix("Option ");
    match asking.and_then(|rest| rest.strip_suffix(" requires an argument")) {
        Some(name) => format!("argument --{name}: expected one argument"),
        None => sentence.to_owned(),
    }
}
