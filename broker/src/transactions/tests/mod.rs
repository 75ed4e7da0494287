//! The coordinator's rules as golden scripts, and its log and tasks against a memory log.

mod handle;
mod history;
mod memory;
mod script;
mod scripts;
