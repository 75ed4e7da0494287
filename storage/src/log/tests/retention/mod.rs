//! Retention against Kafka's rules, by a clock that the test moves.

mod crash;
mod model;
mod peeked;
mod rules;
mod world;
