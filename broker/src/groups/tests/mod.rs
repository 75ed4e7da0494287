//! Tests of the groups: golden scripts, a model of crash and replay, and the handle.

mod handle;
mod replay;
mod script;
mod scripts;
mod show;
