//! One listener's loop: accept, count, hand over.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::bind::BoundListener;
use super::registry::{Origin, Place, Refusal, Registry};
use super::surroundings::Surroundings;
use crate::connection::{Connection, ConnectionLimits, Control};
use crate::context::Context;

/// Pause after accept fails, as it does when the process has no file handle left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections of addresses over their quota that are held open for a while; more are closed at once.
const HELD_MAX: usize = 1024;

static HELD: Semaphore = Semaphore::const_new(HELD_MAX);

/// Accepts for ever; ends by being dropped.
pub(super) async fn accept(
    listener: BoundListener,
    context: Arc<Context>,
    registry: Arc<Registry>,
    surroundings: Arc<Surroundings>,
    limits: ConnectionLimits,
) {
    loop {
        match listener.socket.accept().await {
            Ok((stream, _)) => {
                let wait_ms = context.quotas.connected(&listener.name);
                if wait_ms > 0 {
                    context.env.sleep_ms(i64::from(wait_ms)).await;
                }
                let taken = take(stream, &listener, &context, &registry, &surroundings, limits);
                if let Err(error) = taken.await {
                    tracing::debug!(%error, "lost a connection while accepting it");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections; trying again");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Keeps a connection of an address that is over its quota waiting, and closes it then.
fn hold(stream: TcpStream, context: &Arc<Context>, wait_ms: i32) {
    tracing::debug!(
        wait_ms,
        "an address makes connections faster than its quota allows"
    );
    let Ok(permit) = HELD.try_acquire() else {
        return;
    };
    let env = context.env.clone();
    context.env.spawn(async move {
        env.sleep_ms(i64::from(wait_ms)).await;
        drop((stream, permit));
    });
}

/// Takes a place for a connection, once its listener has room.
async fn enter(
    registry: &Arc<Registry>,
    context: &Context,
    origin: &Origin,
    control: &Arc<Control>,
) -> Result<Place, Refusal> {
    let mut told = false;
    loop {
        let changed = registry.changed();
        let entered = registry.enter(&context.topics.image().config, origin, control);
        let Err(full @ Refusal::Full(_)) = entered else {
            return entered;
        };
        if !told {
            tracing::warn!(listener = &*origin.listener, client = %origin.ip, "a connection has to wait: {full}");
            told = true;
        }
        changed.await;
    }
}

async fn take(
    stream: TcpStream,
    listener: &BoundListener,
    context: &Arc<Context>,
    registry: &Arc<Registry>,
    surroundings: &Surroundings,
    limits: ConnectionLimits,
) -> std::io::Result<()> {
    let peer = stream.peer_addr()?.ip().to_canonical();
    let wait_ms = context.quotas.connected_from(peer);
    if wait_ms > 0 {
        context.quotas.not_connected(&listener.name);
        hold(stream, context, wait_ms);
        return Ok(());
    }
    let entrance = listener.entrance(stream.local_addr()?);
    let entrance = Arc::new(surroundings.seen_by(peer, entrance));
    stream.set_nodelay(true)?;
    let control = Arc::new(Control::new(context.env.clock.monotonic_ms()));
    let origin = Origin {
        ip: peer,
        listener: Arc::clone(&listener.name),
        role: listener.role,
    };
    let place = match enter(registry, context, &origin, &control).await {
        Ok(place) => place,
        Err(refusal) => {
            tracing::warn!(client = %peer, "connection refused: {refusal}");
            return Ok(());
        }
    };
    let connection = Connection::new(stream, Arc::clone(context), control, peer, entrance, limits);
    let served = connection.run();
    context.env.spawn(async move {
        served.await;
        drop(place);
    });
    Ok(())
}
