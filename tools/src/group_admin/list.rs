//! Which groups there are.

use protocol_shim::StrBytes;
use protocol_shim::messages::ListGroupsRequest;

use crate::client::{Client, ClientError, To};
use crate::java::{HASH_ROOM, hash_order, string_hash};

/// First ListGroups with filters for states and types.
const STATES: i16 = 4;
const TYPES: i16 = 5;

/// A group that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Its id.
    pub group: String,
    /// `consumer`, `connect`, … as members said; may be empty.
    pub protocol: String,
    /// `Classic`, `Consumer`, `Share`, `Streams`; `None` from brokers that do not tell.
    pub kind: Option<String>,
    /// `Stable`, `Empty`, …; `None` from brokers that do not tell.
    pub state: Option<String>,
}

/// Which groups are wanted; an empty list means all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// By state.
    pub states: Vec<String>,
    /// By type.
    pub types: Vec<String>,
    /// By protocol.
    pub protocols: Option<Vec<String>>,
}

impl Client {
    /// The groups of all coordinators, in the order of Kafka's client.
    ///
    /// # Errors
    /// The first of a broker.
    pub(crate) fn list_groups(&mut self, wanted: &Wanted) -> Result<Vec<Listing>, ClientError> {
        let texts = |texts: &[String]| {
            texts
                .iter()
                .cloned()
                .map(StrBytes::from_string)
                .collect::<Vec<_>>()
        };
        let mut found: Vec<Listing> = Vec::new();
        for node in self.brokers("findAllBrokers")? {
            let answer = self.call("listGroups", To::Node(node.id), |version| {
                let mut request = ListGroupsRequest::default();
                if version >= STATES {
                    request.states_filter = texts(&wanted.states);
                }
                if version >= TYPES {
                    request.types_filter = texts(&wanted.types);
                }
                request
            })?;
            ClientError::check(answer.error_code, None)?;
            let told = |text: &StrBytes| Some(text.to_string()).filter(|text| !text.is_empty());
            for group in answer.groups {
                let listing = Listing {
                    group: group.group_id.0.to_string(),
                    protocol: group.protocol_type.to_string(),
                    kind: told(&group.group_type).map(|kind| capital(&kind)),
                    state: told(&group.group_state),
                };
                let is_wanted = wanted
                    .protocols
                    .as_ref()
                    .is_none_or(|all| all.contains(&listing.protocol));
                if is_wanted && !found.iter().any(|known| known.group == listing.group) {
                    found.push(listing);
                }
            }
        }
        hash_order(&mut found, HASH_ROOM, |listing| string_hash(&listing.group));
        Ok(found)
    }
}

/// Brokers say `classic`; Kafka's client prints `Classic`.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
