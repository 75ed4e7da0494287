//! `ottla container`: starts as the images of Kafka do, by their variables and folders. `ottla health` for its health.

mod command;
mod health;
mod properties;

pub use command::{ContainerCommand, PropertiesArgs, RunArgs};
pub use health::HealthArgs;
pub use properties::{Found, compose, to_file};
