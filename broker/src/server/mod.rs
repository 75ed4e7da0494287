//! Listeners, the registry of connections, start and drain.

mod accept;
mod bind;
mod broker;
mod folder_watch;
mod mover;
mod open_place;
mod registry;
mod run;
mod surroundings;

pub use bind::{BoundListener, bind};
pub use broker::Broker;
pub use run::run;
