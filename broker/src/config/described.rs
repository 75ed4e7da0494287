//! One config as DescribeConfigs shows it: type, value, and every name and place that gives it one.

use super::row::{Kind, Row};
use super::settings::Settings;
use super::strays::base_row;

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The topic's own value.
    Topic,
    /// The group's own value.
    Group,
    /// The client metrics subscription's own value.
    ClientMetrics,
    /// A dynamic value of this broker.
    Node,
    /// A dynamic default of the cluster.
    Cluster,
    /// File, environment or command line.
    Start,
    /// The profile's default.
    Default,
}

/// One name and place that gives a config a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synonym {
    /// The config's name there.
    pub name: String,
    /// Its value there; `None` when it is secret.
    pub value: Option<String>,
    /// The place.
    pub origin: Origin,
}

/// One config as shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Its type; `None` for a name that nobody knows.
    pub kind: Option<Kind>,
    /// What it does; `None` where it has no row of its own.
    pub doc: Option<&'static str>,
    /// Its value is never shown.
    pub sensitive: bool,
    /// Its effective value; `None` for null and for secrets.
    pub value: Option<String>,
    /// Where the value came from.
    pub origin: Origin,
    /// It cannot be changed while the broker runs.
    pub read_only: bool,
    /// Everything that gives it a value, the strongest first.
    pub synonyms: Vec<Synonym>,
}

impl Described {
    pub(super) fn new(
        row: &'static Row,
        value: Option<String>,
        read_only: bool,
        synonyms: Vec<Synonym>,
    ) -> Described {
        let origin = synonyms.first().map_or(Origin::Default, |s| s.origin);
        let value = value.filter(|_| !row.is_sensitive());
        Described {
            name: row.name.to_owned(),
            kind: Some(row.kind),
            doc: Some(row.doc),
            sensitive: row.is_sensitive(),
            value,
            origin,
            read_only,
            synonyms,
        }
    }

    /// A config without a row of its own, if these places give it a value. What is of no known type may be a secret.
    pub(super) fn stray(settings: &Settings, name: &str, origins: &[Origin]) -> Option<Described> {
        let base = base_row(name);
        let sensitive = base.is_none_or(Row::is_sensitive);
        let shown = |text: &str| Some(text.to_owned()).filter(|_| !sensitive);
        let mut synonyms = Vec::new();
        for origin in origins {
            synonyms.extend(settings.strays().of(*origin, name).map(|text| Synonym {
                name: name.to_owned(),
                value: shown(text),
                origin: *origin,
            }));
            synonyms.extend(
                base.and_then(|row| text_in(settings, *origin, row.name))
                    .map(|(name, text)| Synonym {
                        name,
                        value: shown(&text),
                        origin: *origin,
                    }),
            );
        }
        let synonyms: Vec<Synonym> = synonyms.into_iter().skip_while(|s| s.name != name).collect();
        let strongest = synonyms.first()?;
        Some(Described {
            name: name.to_owned(),
            kind: base.map(|row| row.kind),
            doc: None,
            sensitive,
            value: strongest.value.clone(),
            origin: strongest.origin,
            read_only: true,
            synonyms,
        })
    }
}

/// Name and text of a config in one place.
fn text_in(settings: &Settings, origin: Origin, name: &'static str) -> Option<(String, String)> {
    let text = match origin {
        Origin::Node => settings.node_of(name),
        Origin::Cluster => settings.cluster_of(name),
        Origin::Start => settings.start_of(name).map(|(text, _)| text),
        _ => settings.default_of(name),
    };
    text.map(|text| (name.to_owned(), text.to_owned()))
}
