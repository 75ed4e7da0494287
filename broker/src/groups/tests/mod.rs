//! Tests of the groups: golden scripts, a model of crash and replay, and the handle.

mod assignments;
mod handle;
mod model;
mod replay;
mod script;
mod script_args;
mod script_consumer;
mod scripts;
mod show;
mod show_consumer;
mod topics;
