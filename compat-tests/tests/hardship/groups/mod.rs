//! A dozen members, a process each, in groups of every kind: the broker is killed, members are killed, leave and join.

mod kills;
mod ledger;
mod member;
mod scale;
