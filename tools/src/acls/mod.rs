//! `kafka-acls`: who may do what to which topics, groups and the rest.

mod ask;
mod command;
mod names;
mod wanted;

pub(crate) use command::run;
