//! Server-side assignors of consumer groups, with Kafka's results to the partition.

mod balancer;
mod heterogeneous;
mod homogeneous;
mod java_order;
mod kinds;
mod range;
mod spec;

pub use java_order::{copied, grown, sort_by_bucket};
pub use kinds::Assignor;
pub use spec::{GroupSpec, MemberSpec};
