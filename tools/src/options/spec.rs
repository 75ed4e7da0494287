//! What a tool's command line may hold.

/// One option.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opt {
    /// Its name, without dashes.
    pub name: &'static str,
    /// Other spellings.
    pub also: &'static [&'static str],
    /// Whether a value follows.
    pub arg: Arg,
    /// Whether it may be given more than once.
    pub is_repeatable: bool,
    /// Whether its value must be a number of Java's `Integer`, `Long` or `Double`.
    pub number: Option<Number>,
    /// What it does, for the help.
    pub about: &'static str,
}

/// The value of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arg {
    /// It has none.
    None,
    /// It has one; the word stands for it in the help.
    Required(&'static str),
    /// It may have one.
    Optional(&'static str),
    /// It has one or more, up to the next option.
    Many(&'static str),
}

/// Java's type of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// 32 bits.
    Int,
    /// 64 bits.
    Long,
    /// With a fraction.
    Double,
}

impl Number {
    /// Java's name of it.
    pub(super) fn class(self) -> &'static str {
        match self {
            Number::Int => "Integer",
            Number::Long => "Long",
            Number::Double => "Double",
        }
    }
}

/// An option with a value; `word` stands for the value in the help.
pub(crate) const fn opt(name: &'static str, word: &'static str, about: &'static str) -> Opt {
    Opt {
        name,
        also: &[],
        arg: Arg::Required(word),
        is_repeatable: false,
        number: None,
        about,
    }
}

/// An option without a value.
pub(crate) const fn flag(name: &'static str, about: &'static str) -> Opt {
    Opt {
        name,
        also: &[],
        arg: Arg::None,
        is_repeatable: false,
        number: None,
        about,
    }
}

impl Opt {
    /// The option may be given more than once.
    pub(crate) const fn repeatable(mut self) -> Opt {
        self.is_repeatable = true;
        self
    }

    /// The value may be left out.
    pub(crate) const fn optional(mut self) -> Opt {
        if let Arg::Required(word) = self.arg {
            self.arg = Arg::Optional(word);
        }
        self
    }

    /// Several values may follow.
    pub(crate) const fn many(mut self) -> Opt {
        if let Arg::Required(word) = self.arg {
            self.arg = Arg::Many(word);
        }
        self.is_repeatable = true;
        self
    }

    /// The value is a number with a fraction.
    pub(crate) const fn double(mut self) -> Opt {
        self.number = Some(Number::Double);
        self
    }

    /// The value is a 32-bit number.
    pub(crate) const fn int(mut self) -> Opt {
        self.number = Some(Number::Int);
        self
    }

    /// The value is a 64-bit number.
    pub(crate) const fn long(mut self) -> Opt {
        self.number = Some(Number::Long);
        self
    }

    /// Other spellings of the name.
    pub(crate) const fn or(mut self, also: &'static [&'static str]) -> Opt {
        self.also = also;
        self
    }

    /// Whether this is a spelling of it.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.also.contains(&name)
    }
}

/// A tool's command line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec {
    /// What the tool does, shown above the options when help is asked for.
    pub purpose: &'static str,
    /// Its options; `help` and `version` are added.
    pub opts: &'static [Opt],
}

/// What every tool of this kind understands.
pub(crate) const COMMON: &[Opt] = &[
    flag("help", "Show this help."),
    flag("version", "Show the version of Kafka that this tool speaks for."),
];

impl Spec {
    /// The option of this name or spelling.
    pub(super) fn find(&self, name: &str) -> Option<&'static Opt> {
        self.opts.iter().chain(COMMON).find(|opt| opt.is_called(name))
    }
}
