//! One socket: frames in, replies out in request order, bounded in flight.

mod control;
mod inbound;
mod outbound;
mod task;

pub use control::Control;
pub use task::{Connection, ConnectionLimits};
