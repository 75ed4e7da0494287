//! `kafka-producer-perf-test` and `kafka-consumer-perf-test`: how quickly records go in, and come out.

mod consumer;
mod consumer_options;
mod metrics;
mod payload;
mod producer;
mod producer_options;
mod stats;
mod throttle;

pub(crate) use consumer::run as run_consumer;
pub(crate) use producer::run as run_producer;
