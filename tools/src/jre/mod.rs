//! What of Java shows in the output of the tools that move data: dates, durations, numbers.

mod date_pattern;
mod datetime;
mod duration;
mod number;

pub(crate) use date_pattern::DatePattern;
pub(crate) use datetime::date_time_ms;
pub(crate) use duration::duration_ms;
pub(crate) use number::{double, fixed, float};
