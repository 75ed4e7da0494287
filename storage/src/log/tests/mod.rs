//! Tests of the log as a whole.

mod conformance;
mod support;
