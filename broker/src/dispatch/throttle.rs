//! What a request costs its client, once it is answered (Kafka: `RequestHandlerHelper`, KIP-219).

use protocol_shim::Response;

use super::outcome::Records;
use crate::context::{Call, Context};
use crate::env::Clock;
use crate::quotas::{Kind, Usage};

/// Where the time of a request is noted, if it counts for anybody.
pub(super) fn measured<'a>(context: &'a Context, call: &'a Call) -> Option<(&'a Usage, &'a dyn Clock)> {
    let counts = context.quotas.has(Kind::Request);
    counts.then(|| (&call.usage, &*context.env.clock))
}

/// Notes the time of an answered request, and tells its client how long it has to wait.
pub(super) fn throttle(context: &Context, call: &Call, response: &mut Response<Records>) {
    if !context.quotas.any() {
        return;
    }
    // A fetch was noted before it was decided what to answer; markers are what brokers send each other.
    if !matches!(response, Response::Fetch(_) | Response::WriteTxnMarkers(_)) {
        call.usage.throttle(context.worked(call));
    }
    let wait_ms = call.usage.throttle_ms();
    if wait_ms > 0 {
        response.set_throttle_time_ms(wait_ms);
    }
}
