//! One line for each key, then everything that is wrong.

use std::fmt::Write as _;

use super::likely::likely;
use crate::config::{
    Config, Effect, Given, Layers, Profile, Row, Scope, Settings, Source, acts_on_listener, retired, row,
    topic_synonym,
};

/// Widest column of names.
const NAME_WIDTH_MAX: usize = 60;

/// What a key comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Acts,
    Kept,
    NoMeaning,
    Unknown,
    Repeated,
    Refused,
}

/// What the file of the layers does here, and whether a broker would start with it.
pub fn explain(layers: &Layers) -> (String, bool) {
    let read = layers.given().and_then(|given| Ok((given, layers.read()?)));
    let (given, (settings, faults)) = match read {
        Ok(read) => read,
        Err(error) => return (format!("error: {error}\n"), false),
    };
    let mut errors: Vec<String> = faults.iter().map(ToString::to_string).collect();
    errors.extend(together(&settings, &errors));
    let fates: Vec<(Fate, String)> = given
        .iter()
        .map(|g| fate(g, &given, &settings, &errors))
        .collect();
    let width = given.iter().map(|g| g.name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for (Given { source, name, .. }, (_, text)) in given.iter().zip(&fates) {
        let line = match source {
            Source::File(_, line) => *line,
            _ => 0,
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "{line:>5}  {name:<width$}  {text}",
            width = width.min(NAME_WIDTH_MAX)
        );
    }
    let count = |wanted| fates.iter().filter(|(fate, _)| *fate == wanted).count();
    let _ = writeln!(
        out,
        "{} keys: {} act, {} kept and shown, {} without meaning here, {} unknown; errors: {}",
        given.len() - count(Fate::Repeated),
        count(Fate::Acts),
        count(Fate::Kept),
        count(Fate::NoMeaning),
        count(Fate::Unknown),
        errors.len()
    );
    for error in &errors {
        let _ = writeln!(out, "error: {error}");
    }
    (out, errors.is_empty())
}

/// What configs say together that cannot be, but for what follows from a value that was refused alone.
fn together(settings: &Settings, refused: &[String]) -> Vec<String> {
    let names: Vec<&str> = refused.iter().filter_map(|text| text.split('=').next()).collect();
    let faults = Config::faults(settings).into_iter();
    faults
        .filter(|text| !names.iter().any(|name| text.contains(name)))
        .collect()
}

fn fate(given: &Given, all: &[Given], settings: &Settings, errors: &[String]) -> (Fate, String) {
    let name = given.name.as_str();
    let later = all
        .iter()
        .rev()
        .find(|other| other.name == name && other.source > given.source);
    if let Some(Given {
        source: Source::File(_, line),
        ..
    }) = later
    {
        return (
            Fate::Repeated,
            format!("does not count: line {line} gives it again"),
        );
    }
    let is_refused = |text: &&String| {
        let rest = text.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(['=', ' ']))
    };
    if errors.iter().any(|text| is_refused(&text)) {
        return (Fate::Refused, "REFUSED, see below".to_owned());
    }
    match row(Scope::Broker, name) {
        Some(row) => known(row, given, settings),
        None if acts_on_listener(name) => (Fate::Acts, "acts, on one listener".to_owned()),
        None if settings.per_listener().any(|known| known == name) => {
            (Fate::Kept, "kept: a config of one listener".to_owned())
        }
        None if name.starts_with("config.providers.") => {
            (Fate::Acts, "acts: belongs to config.providers".to_owned())
        }
        None => unknown(name),
    }
}

fn known(row: &Row, given: &Given, settings: &Settings) -> (Fate, String) {
    match row.effect {
        Effect::Kept => (Fate::Kept, "kept and shown".to_owned()),
        Effect::Nothing => (Fate::NoMeaning, "no meaning here".to_owned()),
        Effect::Acts => {
            let value = settings.value(row.name).map(|value| value.to_text());
            let internal = row.name.ends_with(".replication.factor") || row.name.ends_with(".min.isr");
            let is_capped = internal && row.name != "default.replication.factor";
            let text = match value {
                Some(value) if is_capped && value != "1" => {
                    format!("acts, as 1: there is one broker, and {value} is kept")
                }
                Some(value) if value != given.value.trim() && !row.is_sensitive() => {
                    format!("acts, as {value}")
                }
                _ if !row.needed
                    && row.default == Some(given.value.trim())
                    && settings.profile() == Profile::Kafka =>
                {
                    "acts: the default".to_owned()
                }
                _ => "acts".to_owned(),
            };
            (Fate::Acts, text)
        }
    }
}

fn unknown(name: &str) -> (Fate, String) {
    match (
        retired(name),
        row(Scope::Topic, name).map(|_| topic_synonym(name)),
    ) {
        (Some(""), _) => (
            Fate::NoMeaning,
            "no meaning here: Kafka 4 does not know it any more".to_owned(),
        ),
        (Some(instead), _) => (
            Fate::NoMeaning,
            format!("no meaning here: Kafka 4 does not know it any more, use {instead}"),
        ),
        (_, Some(Some(of_broker))) if of_broker != name => (
            Fate::Unknown,
            format!("unknown: a config of topics; did you mean {of_broker}?"),
        ),
        (_, Some(_)) => (Fate::Unknown, "unknown: a config of topics only".to_owned()),
        _ => match likely(name) {
            Some(meant) => (Fate::Unknown, format!("unknown; did you mean {meant}?")),
            None => (Fate::Unknown, "unknown: passed over with a warning".to_owned()),
        },
    }
}
