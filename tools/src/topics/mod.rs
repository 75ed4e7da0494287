//! `kafka-topics`: creates, lists, describes, alters and deletes topics.

mod change;
mod command;
mod describe;
mod find;
mod options;

pub(crate) use command::run;
#[allow(unused_imports)] // other tools name topics by pattern too
pub(crate) use find::matching;
