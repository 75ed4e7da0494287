//! What Kafka's admin client does for groups: listing, describing, offsets; with the exceptions that tools print.

mod describe;
mod list;
mod offsets;
mod thrown;

pub(crate) use describe::{Described, MemberInfo};
pub(crate) use list::{Listing, Wanted};
pub(crate) use offsets::{Committed, Partition, Timestamp};
pub(crate) use thrown::Thrown;
