//! A consumer without threads: membership of a classic group, positions, fetches; everything happens while somebody
//! polls.

mod assign;
mod batches;
mod config;
mod fetch;
mod group;
mod join;
mod offsets;
mod poll;
mod protocol;
mod topics;

pub(crate) use batches::Record;
pub(crate) use poll::{Consumer, Subscription};
pub(crate) use protocol::decode_assignment;
