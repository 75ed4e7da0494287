//! `ottla log`: looks at data folders and their files without a broker, and changes nothing.

mod batches;
mod command;
mod dump;
mod format;
mod record;
#[cfg(test)]
mod tests;
mod verify;

pub use command::{DumpArgs, LogCommand, VerifyArgs};
