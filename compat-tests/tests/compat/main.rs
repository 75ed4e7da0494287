//! Every API in every version through raw frames, and the everyday uses through librdkafka.
//! One binary: each further one would link librdkafka again.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod api_versions;
mod metadata;
