//! One socket: frames in, replies out in request order, bounded in flight.

mod control;
mod direct;
mod inbound;
mod outbound;
#[cfg(test)]
mod outbound_tests;
mod task;

pub use control::Control;
pub use task::{Connection, ConnectionLimits};
