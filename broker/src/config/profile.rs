//! Profiles: the defaults that everything else lies on top of.

use super::row::Row;

/// A set of defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Made for a developer's machine: no waits, data beside you, localhost only.
    #[default]
    Dev,
    /// Kafka's defaults to the letter.
    Kafka,
}

impl Profile {
    /// The default of a config in this profile (`None` = null).
    pub fn default_of(self, row: &Row) -> Option<&'static str> {
        match (self, row.dev) {
            (Profile::Dev, Some(dev)) => Some(dev),
            _ => row.default,
        }
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Dev => "dev",
            Profile::Kafka => "kafka",
        }
    }
}
