//! From a decoded request to the reply's frame: one exhaustive match over the APIs.

mod outcome;
mod produce;
mod route;
mod throttle;

pub use outcome::{Outcome, Piece, Records, ReplyFrame, encode, unsupported_api_versions};
pub use produce::{PendingProduce, Started, produce};
pub use route::{dispatch, is_produce, may_wait};
