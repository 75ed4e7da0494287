//! `ottla config`: what a properties file would do here, without a broker.

mod command;
mod explain;
mod likely;

#[cfg(test)]
mod tests;

pub use command::{CheckArgs, ConfigCommand};
pub use likely::nearest;
