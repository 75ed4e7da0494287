//! From configured listeners to bound sockets.
//!
//! `localhost` means both loopback addresses: many clients try IPv6 first, and would wait or fail
//! when only `127.0.0.1` answers.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use tokio::net::{TcpListener, TcpSocket};

use crate::config::{Listener, Role};
use crate::context::{Door, Endpoint, Entrance};

/// Connections that the kernel holds for us until they are accepted.
const BACKLOG: u32 = 4096;
/// How often a second family is tried on the free port that the first one got.
const FREE_PORT_TRIES: usize = 16;

/// One bound socket of a listener.
#[derive(Debug)]
pub struct BoundListener {
    /// The socket.
    pub socket: TcpListener,
    /// Where it is bound.
    pub address: SocketAddr,
    /// Name of its listener.
    pub name: Arc<str>,
    /// Whom it is for.
    pub role: Role,
    /// Whether this listener answers on both loopback addresses, so that `localhost` reaches it by either.
    pub both_loopbacks: bool,
}

impl BoundListener {
    /// It as others see it.
    pub fn door(&self) -> Door {
        Door {
            listener: Arc::clone(&self.name),
            role: self.role,
            address: self.address,
        }
    }

    /// How a client came in that dialled `local`.
    pub fn entrance(&self, local: SocketAddr) -> Entrance {
        Entrance {
            listener: Arc::clone(&self.name),
            role: self.role,
            here: self.endpoint_for(local),
            bound_port: self.address.port(),
        }
    }

    /// What a client that dialled `local` is told to dial again, unless `advertised.listeners` says otherwise.
    fn endpoint_for(&self, local: SocketAddr) -> Endpoint {
        let ip = local.ip().to_canonical();
        let host: Arc<str> = match ip {
            IpAddr::V6(ip) if ip.is_loopback() && self.both_loopbacks => "localhost".into(),
            ip => ip.to_string().into(),
        };
        Endpoint {
            host,
            port: local.port(),
        }
    }
}

/// Binds every address of a listener. Port 0 takes a free port, the same for all its addresses. `flag` is where another
/// address can be given.
///
/// # Errors
/// When a name does not resolve or an address cannot be bound, with what to do about it.
pub fn bind(listener: &Listener, role: Role, flag: &str) -> anyhow::Result<Vec<BoundListener>> {
    let host = if listener.host.is_empty() {
        "*"
    } else {
        &listener.host
    };
    let shown = format!("{host}:{}", listener.port);
    let ips = addresses(listener).with_context(|| format!("cannot resolve the listener address {shown}"))?;
    let mut last_error = None;
    for _ in 0..FREE_PORT_TRIES {
        match bind_all(&ips, listener.port) {
            Ok(sockets) => return Ok(finish(listener, role, sockets)),
            Err(error) if listener.port == 0 && error.kind() == io::ErrorKind::AddrInUse => {
                last_error = Some(error);
            }
            Err(error) => return Err(explain(error, &shown, flag)),
        }
    }
    Err(explain(
        last_error.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()),
        &shown,
        flag,
    ))
}

fn explain(error: io::Error, shown: &str, flag: &str) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "cannot listen on {shown}: the port is taken; stop what uses it, or choose another with {flag} \
             HOST:PORT (port 0 takes a free one)"
        ),
        io::ErrorKind::PermissionDenied => anyhow::anyhow!(
            "cannot listen on {shown}: not permitted; choose a port above 1023 with {flag} HOST:PORT"
        ),
        io::ErrorKind::AddrNotAvailable => anyhow::anyhow!(
            "cannot listen on {shown}: this machine has no such address; use localhost, 0.0.0.0 or one of its own"
        ),
        _ => anyhow::Error::new(error).context(format!("cannot listen on {shown}")),
    }
}

fn addresses(listener: &Listener) -> anyhow::Result<Vec<IpAddr>> {
    let mut ips = listener.bind_addresses();
    if ips.is_empty() {
        ips = (listener.host.as_str(), 0)
            .to_socket_addrs()?
            .map(|address| address.ip())
            .collect();
        ips.dedup();
    }
    if ips.is_empty() {
        bail!("the name has no address");
    }
    Ok(ips)
}

/// Binds all addresses to one port. A family that the machine does not have is left out.
fn bind_all(ips: &[IpAddr], port: u16) -> io::Result<Vec<(TcpListener, SocketAddr)>> {
    let mut bound: Vec<(TcpListener, SocketAddr)> = Vec::with_capacity(ips.len());
    let mut absent = None;
    for ip in ips {
        let port = bound.first().map_or(port, |(_, address)| address.port());
        match bind_one(SocketAddr::new(*ip, port)) {
            Ok(socket) => bound.push(socket),
            Err(error) if ips.len() > 1 && error.kind() != io::ErrorKind::AddrInUse => absent = Some(error),
            Err(error) => return Err(error),
        }
    }
    match absent {
        Some(error) if bound.is_empty() => Err(error),
        _ => Ok(bound),
    }
}

fn bind_one(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    if address.is_ipv6() {
        // The IPv4 wildcard has a socket of its own.
        rustix::net::sockopt::set_ipv6_v6only(&socket, true)?;
    }
    // A restarted broker must not wait for the old one's connections to leave TIME_WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn finish(listener: &Listener, role: Role, sockets: Vec<(TcpListener, SocketAddr)>) -> Vec<BoundListener> {
    let both_loopbacks = sockets
        .iter()
        .filter(|(_, address)| address.ip().is_loopback())
        .count()
        > 1;
    let name: Arc<str> = listener.name.as_str().into();
    let bound = |(socket, address): (TcpListener, SocketAddr)| BoundListener {
        socket,
        address,
        name: Arc::clone(&name),
        role,
        both_loopbacks,
    };
    sockets.into_iter().map(bound).collect()
}
