//! What of Java shows in the output of the tools that move data: dates, durations, numbers.

mod datetime;
mod duration;
mod number;

pub(crate) use datetime::{date_time_ms, format_local};
pub(crate) use duration::duration_ms;
pub(crate) use number::{decimal, double, fixed, float};
