//! Fetch sessions (KIP-227), the read within a byte budget, and the long poll.

mod read;
mod session;
#[cfg(test)]
mod session_tests;
mod wait;
mod want;

pub use read::{FetchError, FetchLimits, Isolation, PartitionRead, check_epoch};
pub use session::{FetchScope, FetchSessions, SessionError};
pub use wait::fetch;
pub use want::{PartitionKey, TopicRef, Want};
