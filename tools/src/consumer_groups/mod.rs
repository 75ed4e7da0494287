//! `kafka-consumer-groups`: lists, describes and deletes groups of consumers, resets and deletes their offsets
//! (`ConsumerGroupCommand`).

mod delete;
mod describe;
mod members;
mod options;
mod plan;
mod reset;
mod run;

pub(crate) use run::run;
