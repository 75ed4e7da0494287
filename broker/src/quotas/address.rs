//! Hosts of quotas to addresses, as Java's `InetAddress.getByName` finds them.

use std::net::{IpAddr, ToSocketAddrs};

/// The address that a quota's host name means: an address as it is written, else the first that the system's resolver
/// knows.
pub async fn find_address(host: &str) -> Option<IpAddr> {
    match literal(host) {
        Some(address) => Some(address),
        None => {
            let mut found = tokio::net::lookup_host((host, 0)).await.ok()?;
            found.next().map(|address| address.ip().to_canonical())
        }
    }
}

/// The same, waiting for the resolver where it is asked.
pub fn find_address_now(host: &str) -> Option<IpAddr> {
    literal(host).or_else(|| {
        let mut found = (host, 0).to_socket_addrs().ok()?;
        found.next().map(|address| address.ip().to_canonical())
    })
}

fn literal(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address: IpAddr = bare.unwrap_or(host).parse().ok()?;
    Some(address.to_canonical())
}
