//! A promise that an append becomes durable.

use tokio::sync::oneshot;

/// Why an accepted append did not become durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// The data folder failed while syncing, or the broker stopped first.
    #[error("the data folder went offline before the append was durable")]
    Offline,
}

/// Held by whoever appended; done once the flush policy is met (at once under `os`).
///
/// Invariant: a ticket whose partition goes away answers [`TicketError::Offline`] by itself.
#[derive(Debug)]
#[must_use = "a reply that reports a change leaves after the change is durable"]
pub struct Ticket(Option<oneshot::Receiver<Result<(), TicketError>>>);

impl Ticket {
    /// A ticket of an append that is durable already.
    pub fn durable() -> Ticket {
        Ticket(None)
    }

    /// A ticket answered through `receiver`; a dropped sender counts as [`TicketError::Offline`].
    pub fn waiting(receiver: oneshot::Receiver<Result<(), TicketError>>) -> Ticket {
        Ticket(Some(receiver))
    }

    /// Whether waiting would return at once with success.
    pub fn is_durable(&self) -> bool {
        self.0.is_none()
    }

    /// Waits until the append is durable. Safe to cancel and call again.
    ///
    /// # Errors
    /// [`TicketError::Offline`] when it never will be.
    pub async fn done(&mut self) -> Result<(), TicketError> {
        let Some(receiver) = &mut self.0 else {
            return Ok(());
        };
        receiver.await.unwrap_or(Err(TicketError::Offline))?;
        self.0 = None;
        Ok(())
    }
}
