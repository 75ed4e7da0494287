//! `kafka-configs`: shows and changes configs of topics, brokers, loggers, groups and client metrics.

mod alter;
mod changes;
mod command;
mod describe;
mod entity;
mod options;
mod quotas;

pub(crate) use command::run;
