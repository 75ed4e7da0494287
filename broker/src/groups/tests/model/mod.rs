//! Random histories of one group by seed: members of every kind come, stall, crash, leave and come back, topics and
//! the broker too. Whatever happens, rules hold that no client library could do without.

mod checks;
mod classic;
mod client;
mod consumer;
mod embedded;
mod runs;
mod sim;
mod spoil;
