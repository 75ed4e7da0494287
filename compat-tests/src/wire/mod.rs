//! A raw client with a codec of its own, driven by a table of Kafka's message schemas.

mod client;
mod codec;
mod schema;
mod value;

pub use client::{Client, REPLY_DEADLINE, range, versions};
pub use codec::{decode_response, encode_request, put_uvarint};
pub use schema::{Api, Field, Versions, api, apis};
pub use value::Value;
