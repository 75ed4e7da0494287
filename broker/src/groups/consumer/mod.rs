//! Groups on the newer consumer protocol (KIP-848), as Kafka 4.3's `GroupMetadataManager` runs them.

mod change;
pub mod classic_members;
mod describe;
mod downgrade;
mod group;
mod heartbeat;
mod leave;
mod member;
mod protocol;
mod reconcile;
mod regex;
mod subscriptions;
mod target;
mod upgrade;

pub use describe::describe;
pub use downgrade::tombstones;
pub use group::{ConsumerGroup, ConsumerState};
pub use heartbeat::heartbeat;
pub use leave::{deadline, leave, revocation_deadline};
pub use member::{Assignment, ConsumerMember, MemberState};
pub use regex::resolve as resolve_regexes;
pub use subscriptions::SubscriptionKind;
pub use upgrade::{let_go, upgrade};
