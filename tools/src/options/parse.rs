//! From words to options, by the rules of joptsimple, the library that Kafka's tools read their command lines with:
//! `--opt value`, `--opt=value`, `-opt value`; options and other words in any order; `--` ends the options.

use super::spec::{Arg, Number, Opt, Spec};
use crate::client::ClientError;

/// The options that were given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parsed {
    given: Vec<(&'static str, Option<String>)>,
    /// Words that are no options.
    pub rest: Vec<String>,
    /// How many words there were.
    pub word_count: usize,
}

impl Spec {
    /// Reads a command line.
    ///
    /// # Errors
    /// The sentence that Kafka's tools print about it.
    pub(crate) fn parse(&self, args: &[String]) -> Result<Parsed, String> {
        let mut parsed = Parsed {
            word_count: args.len(),
            ..Parsed::default()
        };
        let mut words = args.iter().peekable();
        while let Some(word) = words.next() {
            if word == "--" {
                parsed.rest.extend(words.cloned());
                break;
            }
            let Some(text) = option_text(word) else {
                parsed.rest.push(word.clone());
                continue;
            };
            let (name, mut value) = match text.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (text, None),
            };
            let opt = self
                .find(name)
                .ok_or_else(|| format!("{} is not a recognized option", unknown(word, name)))?;
            match opt.arg {
                Arg::None => value = None,
                Arg::Required(_) | Arg::Many(_) if value.is_none() => {
                    let next = words.next();
                    value = Some(
                        next.cloned()
                            .ok_or_else(|| format!("Option {} requires an argument", shown(opt)))?,
                    );
                }
                Arg::Optional(_) if value.is_none() => {
                    value = words.next_if(|next| option_text(next).is_none()).cloned();
                }
                Arg::Required(_) | Arg::Optional(_) | Arg::Many(_) => {}
            }
            if let Some(value) = &value {
                check_number(opt, value)?;
            }
            parsed.given.push((opt.name, value));
            while let Arg::Many(_) = opt.arg
                && let Some(more) = words.next_if(|next| option_text(next).is_none())
            {
                parsed.given.push((opt.name, Some(more.clone())));
            }
        }
        self.check_repeats(&parsed)?;
        Ok(parsed)
    }

    fn check_repeats(&self, parsed: &Parsed) -> Result<(), String> {
        for opt in self.opts.iter().filter(|opt| !opt.is_repeatable) {
            if parsed.all(opt.name).count() > 1 {
                return Err(format!(
                    "Found multiple arguments for option {}, but you asked for only one",
                    shown(opt)
                ));
            }
        }
        Ok(())
    }
}

impl Parsed {
    /// Whether the option was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| *given == name)
    }

    /// The option's value.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let found = self
            .given
            .iter()
            .find(|(given, value)| *given == name && value.is_some());
        found.and_then(|(_, value)| value.as_deref())
    }

    /// The option's values, when it may be given more than once.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let given = self.given.iter().filter(move |(given, _)| *given == name);
        given.filter_map(|(_, value)| value.as_deref())
    }

    /// The option's values, each a list with commas between.
    pub(crate) fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all(name).flat_map(|value| value.split(','))
    }

    /// Takes what an old name gave for the new one's.
    pub(crate) fn rename(&mut self, old: &str, new: &'static str) {
        for (name, _) in self.given.iter_mut().filter(|(name, _)| *name == old) {
            *name = new;
        }
    }

    /// All options in the order of the line.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        self.given.iter().map(|(name, value)| (*name, value.as_deref()))
    }

    /// The option's value as a number, of an option that its tool reads late.
    ///
    /// # Errors
    /// What joptsimple throws about a value that is none.
    pub(crate) fn late_number<N: std::str::FromStr>(&self, name: &str) -> Result<Option<N>, ClientError> {
        let Some(text) = self.value(name) else {
            return Ok(None);
        };
        let class = "joptsimple.OptionArgumentConversionException";
        let wrong =
            || ClientError::foreign(class, format!("Cannot parse argument '{text}' of option {name}"));
        text.parse().map(Some).map_err(|_| wrong())
    }

    /// The option's value as a number; its form was checked when the line was read.
    pub(crate) fn number<N: std::str::FromStr>(&self, name: &str) -> Option<N> {
        self.value(name)?.trim_start_matches('+').parse().ok()
    }
}

/// The word without its dashes, when it looks like an option.
fn option_text(word: &str) -> Option<&str> {
    let text = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    // A lone dash is a word, and so is a negative number for want of an option of that name.
    (!text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit())).then_some(text)
}

/// What is named as unknown: the whole name behind two dashes, its first letter behind one.
fn unknown<'a>(word: &str, name: &'a str) -> &'a str {
    if word.starts_with("--") {
        return name;
    }
    let first = name.chars().next().map_or(0, char::len_utf8);
    name.get(..first).unwrap_or(name)
}

/// The option as joptsimple names it in a sentence.
pub(super) fn shown(opt: &Opt) -> String {
    if opt.also.is_empty() {
        return opt.name.to_owned();
    }
    let mut names: Vec<&str> = opt.also.to_vec();
    names.push(opt.name);
    // Short names come first, then the rest by the alphabet.
    names.sort_by_key(|name| (name.len() > 1, *name));
    format!("[{}]", names.join(", "))
}

fn check_number(opt: &Opt, value: &str) -> Result<(), String> {
    let fits = match opt.number {
        None => true,
        Some(Number::Int) => value.parse::<i32>().is_ok(),
        Some(Number::Long) => value.parse::<i64>().is_ok(),
        Some(Number::Double) => value.trim().parse::<f64>().is_ok(),
    };
    match fits {
        true => Ok(()),
        false => Err(format!(
            "Cannot parse argument '{value}' of option {}",
            shown(opt)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::spec::{Spec, flag, opt};

    const SPEC: Spec = Spec {
        purpose: "For the test.",
        opts: &[
            flag("list", "List."),
            opt("topic", "topic", "The topic.").repeatable(),
            opt("partitions", "n", "How many.").int(),
            opt("election", "e", "Perhaps.").optional(),
            opt("bootstrap-server", "server", "Where.").or(&["b"]),
            opt("props", "key=value", "Several.").many(),
        ],
    };

    fn parse(words: &str) -> Result<super::Parsed, String> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        SPEC.parse(&words)
    }

    #[test]
    fn values_follow_or_are_joined() {
        let parsed = parse("--topic a --list --topic=b=c word -topic d -b h:1 -- --list").expect("parses");
        assert_eq!(parsed.all("topic").collect::<Vec<_>>(), ["a", "b=c", "d"]);
        assert!(parsed.has("list"));
        assert_eq!(parsed.value("bootstrap-server"), Some("h:1"));
        assert_eq!(parsed.rest, ["word", "--list"]);
        let parsed = parse("--election --partitions -3").expect("parses");
        assert_eq!(
            (
                parsed.has("election"),
                parsed.value("election"),
                parsed.number::<i32>("partitions")
            ),
            (true, None, Some(-3))
        );
    }

    #[test]
    fn several_values_end_at_the_next_option() {
        let parsed = parse("--props a=1 b=-2 --list --props c= word").expect("parses");
        assert_eq!(
            parsed.all("props").collect::<Vec<_>>(),
            ["a=1", "b=-2", "c=", "word"]
        );
        assert!(parsed.has("list") && parsed.rest.is_empty());
    }

    #[test]
    fn what_is_wrong_is_said_in_joptsimples_words() {
        let wrong = |words: &str| parse(words).expect_err("refused");
        assert_eq!(wrong("--no-such"), "no-such is not a recognized option");
        assert_eq!(wrong("--topic"), "Option topic requires an argument");
        assert_eq!(
            wrong("--bootstrap-server"),
            "Option [b, bootstrap-server] requires an argument"
        );
        assert_eq!(
            wrong("--partitions x"),
            "Cannot parse argument 'x' of option partitions"
        );
        assert_eq!(
            wrong("--partitions 1 --partitions 2"),
            "Found multiple arguments for option partitions, but you asked for only one"
        );
    }
}
