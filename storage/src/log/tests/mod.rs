//! Tests of the log as a whole.

mod conformance;
mod fuzz;
mod model;
mod real;
mod recovery;
mod support;
