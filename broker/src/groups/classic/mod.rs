//! Groups on the classic protocol: JoinGroup, SyncGroup, Heartbeat, LeaveGroup.

mod group;
mod join;
mod members;
mod rebalance;
mod session;

pub use group::{CONSUMER_PROTOCOL_TYPE, ClassicGroup, State};
pub use join::join;
pub use members::{Member, Waiter};
pub use rebalance::{join_deadline, prepare, session_deadline, sync_deadline};
pub use session::{heartbeat, leave, restart, sync};
