//! Produce is started in arrival order and may be answered later.

use std::pin::pin;

use protocol_shim::{ErrorCode, ProduceRequest, RequestHeader, Response};
use tokio::time::Instant;

use super::outcome::{Outcome, encode};
use super::throttle::measured;
use crate::api;
use crate::api::produce::Produced;
use crate::context::{Call, Context};
use crate::quotas::Timed;

/// A produce request that was started.
#[derive(Debug)]
pub enum Started {
    /// Answered already.
    Done(Outcome),
    /// Appended; the answer waits for the sync.
    Pending(PendingProduce),
}

/// An answer that waits for syncs, and for the answers before it.
#[derive(Debug)]
pub struct PendingProduce {
    correlation_id: i32,
    version: i16,
    produced: Produced,
    /// When the client stops waiting (`request.timeout.ms` of the produce request).
    deadline: Option<Instant>,
    /// Set when nothing is to be waited for.
    outcome: Option<Outcome>,
}

/// Appends a produce request's batches.
pub async fn produce(
    context: &Context,
    call: &Call,
    header: &RequestHeader,
    request: ProduceRequest,
) -> Started {
    let (acks, timeout_ms) = (request.acks, i64::from(request.timeout_ms));
    let starting = pin!(api::produce::start(context, call, request));
    let mut produced = Timed::new(starting, measured(context, call)).await;
    if context.quotas.any() {
        let wait_ms = context.quotas.produced(call.client(), call.request_bytes);
        // Without an answer only bytes count, as in Kafka.
        let busy_ms = if acks == 0 { 0 } else { context.worked(call) };
        call.usage.throttle(wait_ms.max(busy_ms));
        produced.response.throttle_time_ms = call.usage.throttle_ms();
    }
    if acks == 0 {
        return Started::Done(unanswered(&produced));
    }
    if produced.waiting.is_empty() {
        let response = Response::Produce(produced.response);
        return Started::Done(encode(header.correlation_id, header.api_version, response));
    }
    Started::Pending(PendingProduce {
        correlation_id: header.correlation_id,
        version: header.api_version,
        produced,
        deadline: Some(context.env.deadline(timeout_ms)),
        outcome: None,
    })
}

/// With acks=0 a client hears of an error only by losing its connection, as in Kafka.
fn unanswered(produced: &Produced) -> Outcome {
    let errors = produced
        .response
        .topics
        .iter()
        .flat_map(|topic| &topic.partitions);
    match errors
        .map(|partition| partition.error_code)
        .find(|code| *code != 0)
    {
        None => Outcome::NoReply,
        Some(code) => Outcome::Close(format!(
            "produce with acks=0 failed: {}",
            ErrorCode::from_code(code).map_or("unknown", ErrorCode::name)
        )),
    }
}

impl PendingProduce {
    /// An answer that is ready but has to keep its place in the order.
    pub fn answered(outcome: Outcome) -> PendingProduce {
        PendingProduce {
            correlation_id: 0,
            version: 0,
            produced: Produced::default(),
            deadline: None,
            outcome: Some(outcome),
        }
    }

    /// Returns once the answer is known. Safe to cancel and call again.
    pub async fn ready(&mut self) {
        while let Some(waiting) = self.produced.waiting.last_mut() {
            let done = match self.deadline {
                Some(deadline) => tokio::time::timeout_at(deadline, waiting.ticket.done()).await,
                None => Ok(waiting.ticket.done().await),
            };
            let code = match done {
                Ok(Ok(())) => ErrorCode::None,
                Ok(Err(_)) => ErrorCode::KafkaStorageError,
                Err(_) => ErrorCode::RequestTimedOut,
            };
            let (topic, partition) = (waiting.topic, waiting.partition);
            self.produced.waiting.pop();
            if code != ErrorCode::None {
                self.produced.refuse(topic, partition, code);
            }
        }
    }

    /// The answer; call after [`PendingProduce::ready`].
    pub fn finish(self) -> Outcome {
        match self.outcome {
            Some(outcome) => outcome,
            None => encode(
                self.correlation_id,
                self.version,
                Response::Produce(self.produced.response),
            ),
        }
    }
}
