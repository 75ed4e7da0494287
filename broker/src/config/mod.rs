//! The one table of configs and what comes from it.
