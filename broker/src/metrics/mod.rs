//! Metrics over HTTP, in the text format that Prometheus reads; off unless `ottla.metrics` says where.
//!
//! Nothing is counted on the way of a request: a scrape takes a [`Picture`] of what there is just then, the rows of
//! [`metrics`] say what of it is told under which name, and a library writes it down. Whoever does not ask pays nothing.

mod exchange;
mod picture;
mod row;
mod rows;
mod serve;
#[cfg(test)]
mod tests;
mod text;

pub use picture::{Connections, FolderPicture, Picture, Watched};
pub use row::{Measure, Metric, Sample, Value};
pub use rows::metrics;
pub use serve::serve;
pub use text::{CONTENT_TYPE, page};
