//! Records copied from topic to topic in transactions while the broker is killed and copiers are replaced: every record
//! arrives exactly once.

mod copier;
mod kills;
mod ledger;
