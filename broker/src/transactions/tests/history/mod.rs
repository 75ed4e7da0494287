//! Random histories by seed of a broker on a simulated disk: transactional producers of both protocols, copiers whose
//! offsets are part of their transactions, zombies, consumers of both isolation levels; the broker dies at any point,
//! and time jumps. No thread and no clock of the machine: who goes on next, and what is synced next, is drawn.

mod broker;
mod calls;
mod client;
mod consumer;
mod epochs;
mod model;
mod runs;
mod upkeep;
mod world;
