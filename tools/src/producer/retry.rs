//! Sending again what failed for a reason that passes.

use protocol_shim::ErrorCode;

use super::deliver::{Done, Producer, Sealed};
use crate::client::ClientError;

impl Producer {
    /// Sends failed batches again, in order and one by one, until each is in, was refused for good, or its time is up.
    /// Nothing else is in flight meanwhile.
    pub(super) fn try_again(&mut self, failed: Vec<(Sealed, ClientError)>, done: &mut Done<'_>) {
        for (mut batch, mut error) in failed {
            let finished = loop {
                if !self.may_pass(&error) || batch.attempts >= self.config.retries {
                    break Err(error);
                }
                let age = crate::env::now().saturating_duration_since(batch.since);
                if age >= self.config.delivery_timeout {
                    break Err(expired(&batch, age.as_millis()));
                }
                batch.attempts += 1;
                std::thread::sleep(self.config.retry_backoff);
                let deadline = crate::env::now() + self.config.request_timeout;
                // Who leads now; without an answer the old leader is tried.
                let _ = self.learn(&batch.topic.clone(), deadline);
                match self.transmit(batch) {
                    Ok(()) => {}
                    Err(failed) => {
                        (batch, error) = *failed;
                        continue;
                    }
                }
                let Some(sent) = self.in_flight.pop_back() else {
                    return;
                };
                let outcome = self.outcome(&sent);
                batch = sent.batch;
                match outcome {
                    Ok(()) => break Ok(()),
                    Err(why) => error = why,
                }
            };
            let error = finished.err();
            batch
                .receipts
                .iter()
                .for_each(|receipt| done(receipt, error.as_ref()));
        }
    }

    fn may_pass(&self, error: &ClientError) -> bool {
        let code = error.code.unwrap_or(ErrorCode::UnknownServerError);
        // Behind a batch that failed, the next one's sequence is too high until that one is in.
        let is_behind = code == ErrorCode::OutOfOrderSequenceNumber && self.config.is_idempotent;
        code.is_retriable() || is_behind
    }
}

fn expired(batch: &Sealed, age_ms: u128) -> ClientError {
    ClientError::timeout(format!(
        "Expiring {} record(s) for {}-{}:{age_ms} ms has passed since batch creation",
        batch.receipts.len(),
        batch.topic,
        batch.partition
    ))
}
