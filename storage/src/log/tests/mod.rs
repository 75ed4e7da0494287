//! Tests of the log as a whole.

mod conformance;
mod model;
mod recovery;
mod support;
