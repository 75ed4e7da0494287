//! The life of one connection.
//!
//! Produce overlaps Produce: each is checked and appended in arrival order and answered in arrival
//! order, without waiting for the earlier one's sync. Any other request starts when all earlier
//! replies are ready, so a client reads its own writes. Invariant: one reply per request, in order.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use protocol_shim::{DecodeError, FrameError, Request, RequestHeader, decode_request};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::Control;
use super::inbound::Inbound;
use super::outbound::Outbound;
use crate::config::Role;
use crate::context::{Call, Context, Entrance};
use crate::dispatch::{self, Outcome, PendingProduce, Started};
use crate::quotas::Usage;

/// Bounds of one connection.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Largest frame (`socket.request.max.bytes`).
    pub frame_bytes_max: usize,
    /// Produce requests that may wait for their sync at once; then the socket is not read.
    pub produces_in_flight_max: usize,
}

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
enum Ending {
    #[error("the client closed the connection")]
    Eof,
    #[error("the client left in the middle of a request")]
    EofInRequest,
    #[error("closing: the broker drains or the connection was idle")]
    Asked,
    #[error("{0}")]
    Frame(#[from] FrameError),
    #[error("{0}")]
    Decode(#[from] DecodeError),
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// One accepted socket.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    context: Arc<Context>,
    control: Arc<Control>,
    client_host: IpAddr,
    entrance: Arc<Entrance>,
    limits: ConnectionLimits,
    inbound: Inbound,
    outbound: Outbound,
    /// Produce requests whose appends are done and whose sync is not; bounded by the limits.
    pending: VecDeque<PendingProduce>,
    /// Until when nothing is read: the client is over its quota.
    muted_until: Option<Instant>,
}

impl Connection {
    /// Takes a socket over.
    pub fn new(
        stream: TcpStream,
        context: Arc<Context>,
        control: Arc<Control>,
        client_host: IpAddr,
        entrance: Arc<Entrance>,
        limits: ConnectionLimits,
    ) -> Connection {
        let inbound = Inbound::new(limits.frame_bytes_max);
        let outbound = Outbound::default();
        let pending = VecDeque::new();
        Connection {
            stream,
            context,
            control,
            client_host,
            entrance,
            limits,
            inbound,
            outbound,
            pending,
            muted_until: None,
        }
    }

    /// Serves until either side closes; logs why if it was not the client's plain goodbye.
    pub async fn run(mut self) {
        match self.serve().await {
            Ok(()) | Err(Ending::Eof | Ending::Asked) => {}
            Err(Ending::Io(error)) => tracing::debug!(client = %self.client_host, %error, "connection lost"),
            Err(ending @ Ending::EofInRequest) => tracing::debug!(client = %self.client_host, "{ending}"),
            Err(ending) => tracing::warn!(client = %self.client_host, "connection closed: {ending}"),
        }
        // What was answered before the fault still belongs to the client.
        let _ = self.outbound.flush(&mut self.stream).await;
    }

    async fn serve(&mut self) -> Result<(), Ending> {
        loop {
            if let Some(until) = self.muted_until {
                Box::pin(self.sit_out(until)).await?;
            }
            match self.inbound.peek_api_key()? {
                // Boxed so that a silent connection does not carry room for what an active one does.
                Some(api_key) if self.may_start(api_key) => Box::pin(self.handle_whole_frames()).await?,
                None if self.outbound.is_empty() && self.pending.is_empty() => self.listen().await?,
                whole_frame => Box::pin(self.wait(whole_frame.is_some())).await?,
            }
        }
    }

    /// Handles the requests that are here, as far as they may start, and sends the replies together.
    async fn handle_whole_frames(&mut self) -> Result<(), Ending> {
        while self.muted_until.is_none()
            && self
                .inbound
                .peek_api_key()?
                .is_some_and(|api_key| self.may_start(api_key))
        {
            self.handle_next().await?;
        }
        if self.outbound.is_empty() {
            Ok(())
        } else {
            self.flush().await
        }
    }

    /// Nothing to do: waits for bytes or for the end.
    async fn listen(&mut self) -> Result<(), Ending> {
        if self.control.closing() {
            return Err(Ending::Asked);
        }
        let read = tokio::select! {
            biased;
            read = self.inbound.fill(&mut self.stream) => read?,
            () = self.control.closed() => return Err(Ending::Asked),
        };
        self.filled(read)
    }

    /// Whether the next request may start before the pending ones are answered.
    fn may_start(&self, api_key: i16) -> bool {
        self.pending.is_empty()
            || (dispatch::is_produce(api_key) && self.pending.len() < self.limits.produces_in_flight_max)
    }

    /// Nothing can start: sends what is gathered, then waits for a sync, or for bytes if there is room.
    async fn wait(&mut self, frame_waits: bool) -> Result<(), Ending> {
        if !self.outbound.is_empty() {
            self.flush().await?;
        }
        let room = !frame_waits && self.pending.len() < self.limits.produces_in_flight_max;
        let Some(front) = self.pending.front_mut() else {
            return Ok(());
        };
        if room && !self.control.closing() {
            tokio::select! {
                biased;
                () = front.ready() => {}
                read = self.inbound.fill(&mut self.stream) => return self.filled(read?),
            }
        } else {
            front.ready().await;
        }
        self.answer_front().await
    }

    /// Sends what is answered and waits out the time for which the client is muted, or until the connection is to close.
    async fn sit_out(&mut self, until: Instant) -> Result<(), Ending> {
        loop {
            if !self.outbound.is_empty() {
                self.flush().await?;
            }
            let over = tokio::time::sleep_until(until);
            let answered = async {
                match self.pending.front_mut() {
                    Some(front) => front.ready().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = answered => {}
                () = over => break,
                () = self.control.closed() => break,
            }
            self.answer_front().await?;
        }
        self.muted_until = None;
        Ok(())
    }

    fn filled(&mut self, read: usize) -> Result<(), Ending> {
        self.control.touch(self.context.env.clock.monotonic_ms());
        match read {
            0 if self.inbound.mid_frame() => Err(Ending::EofInRequest),
            0 => Err(Ending::Eof),
            _ => Ok(()),
        }
    }

    async fn flush(&mut self) -> Result<(), Ending> {
        tokio::select! {
            biased;
            sent = self.outbound.flush(&mut self.stream) => sent?,
            () = self.control.closed() => {
                // A drain still delivers what a reading client takes; one that does not read loses it.
                return Err(Ending::Asked);
            }
        }
        self.control.touch(self.context.env.clock.monotonic_ms());
        Ok(())
    }

    async fn answer_front(&mut self) -> Result<(), Ending> {
        match self.pending.pop_front() {
            Some(front) => self.answer(front.finish()).await,
            None => Ok(()),
        }
    }

    async fn handle_next(&mut self) -> Result<(), Ending> {
        let Some(frame) = self.inbound.take_frame()? else {
            return Ok(());
        };
        let request_bytes = frame.len();
        let (header, request) = match decode_request(frame) {
            Ok(decoded) => decoded,
            Err(DecodeError::UnsupportedApiVersions { correlation_id, .. }) => {
                return self
                    .answer(dispatch::unsupported_api_versions(correlation_id))
                    .await;
            }
            Err(error) => return Err(error.into()),
        };
        if self.entrance.role == Role::Controller && !header.api_key.row().on_controller {
            // As Kafka does with what a listener does not serve.
            let name = header.api_key.name();
            return Err(Ending::Refused(format!(
                "{name} is not served by a controller's listener"
            )));
        }
        let call = self.call(&header, request_bytes);
        self.handle(&call, &header, request).await?;
        let wait_ms = call.usage.throttle_ms();
        if wait_ms > 0 {
            self.muted_until = Some(self.context.env.deadline(i64::from(wait_ms)));
        }
        Ok(())
    }

    async fn handle(&mut self, call: &Call, header: &RequestHeader, request: Request) -> Result<(), Ending> {
        match request {
            Request::Produce(request) => {
                match dispatch::produce(&self.context, call, header, request).await {
                    Started::Done(outcome) if self.pending.is_empty() => self.answer(outcome).await,
                    Started::Done(outcome) => {
                        self.pending.push_back(PendingProduce::answered(outcome));
                        Ok(())
                    }
                    Started::Pending(pending) => {
                        self.pending.push_back(pending);
                        Ok(())
                    }
                }
            }
            request => {
                if dispatch::may_wait(&request) && !self.outbound.is_empty() {
                    self.flush().await?;
                }
                // Boxed so that a silent connection does not carry room for the largest handler.
                let outcome = Box::pin(dispatch::dispatch(&self.context, call, header, request)).await;
                self.answer(outcome).await
            }
        }
    }

    fn call(&self, header: &RequestHeader, request_bytes: usize) -> Call {
        Call {
            version: header.api_version,
            client_id: header.client_id.as_deref().unwrap_or("").into(),
            client_host: self.client_host,
            request_bytes,
            usage: Usage::default(),
            entrance: Arc::clone(&self.entrance),
        }
    }

    async fn answer(&mut self, outcome: Outcome) -> Result<(), Ending> {
        match outcome {
            Outcome::Reply(frame) => Ok(self.outbound.push(&mut self.stream, frame).await?),
            Outcome::NoReply => Ok(()),
            Outcome::Close(reason) => Err(Ending::Refused(reason)),
        }
    }
}
