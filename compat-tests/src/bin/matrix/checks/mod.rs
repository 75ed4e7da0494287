//! What scenarios leave behind, seen over a connection of our own. A check is written as a test: it asserts.

pub mod admin;
pub mod consuming;
pub mod producing;
pub mod transactions;
