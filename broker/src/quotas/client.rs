//! Whom quotas are for, and of what.

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client<'a> {
    /// Name of the principal.
    pub user: &'a str,
    /// Client id of the request; may be empty.
    pub id: &'a str,
}

/// What is limited by user and client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes of produce requests.
    Produce,
    /// Bytes of records fetched.
    Fetch,
    /// Percent of a thread's time.
    Request,
    /// Partitions made and removed.
    Mutations,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 4] = [Kind::Produce, Kind::Fetch, Kind::Request, Kind::Mutations];

    /// Its key in AlterClientQuotas.
    pub const fn key(self) -> &'static str {
        match self {
            Kind::Produce => "producer_byte_rate",
            Kind::Fetch => "consumer_byte_rate",
            Kind::Request => "request_percentage",
            Kind::Mutations => "controller_mutation_rate",
        }
    }

    pub(super) const fn bit(self) -> u8 {
        1 << self as u8
    }
}
