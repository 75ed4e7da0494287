//! The few lines that a start prints.

use std::fmt::Write as _;
use std::net::SocketAddr;

/// What to print once the broker serves: where, its controller's listeners and its metrics too if there are any, with
/// which data, which version, how to stop.
pub fn banner(
    addresses: &[SocketAddr],
    controller: &[SocketAddr],
    place: &str,
    metrics: &[SocketAddr],
) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "Ottla {} is ready.", env!("CARGO_PKG_VERSION"));
    let _ = writeln!(out, "  bootstrap.servers  {}", shown(addresses).join(","));
    if !controller.is_empty() {
        let _ = writeln!(out, "  controllers        {}", shown(controller).join(","));
    }
    let _ = writeln!(out, "  data               {place}");
    for address in shown(metrics) {
        let _ = writeln!(out, "  metrics            http://{address}/metrics");
    }
    let _ = writeln!(out, "  stop               Ctrl-C");
    out
}

/// Addresses for people: both loopbacks on one port are `localhost`.
fn shown(addresses: &[SocketAddr]) -> Vec<String> {
    let is_both_loopbacks = |a: &&SocketAddr| {
        a.ip().is_loopback()
            && addresses
                .iter()
                .any(|b| b.is_ipv4() != a.is_ipv4() && b.port() == a.port() && b.ip().is_loopback())
    };
    let mut shown: Vec<String> = Vec::new();
    for address in addresses {
        let text = match Some(address).filter(is_both_loopbacks) {
            Some(address) => format!("localhost:{}", address.port()),
            None => address.to_string(),
        };
        if !shown.contains(&text) {
            shown.push(text);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_loopbacks_on_one_port_are_localhost() {
        let of = |list: &[&str]| {
            list.iter()
                .map(|a| a.parse().expect("an address"))
                .collect::<Vec<_>>()
        };
        let text = banner(&of(&["127.0.0.1:9092", "[::1]:9092"]), &[], "/data", &[]);
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            text,
            format!(
                "Ottla {version} is ready.\n  bootstrap.servers  localhost:9092\n  data               /data\n  \
                 stop               Ctrl-C\n"
            )
        );
        let metrics = of(&["127.0.0.1:9404", "[::1]:9404"]);
        let text = banner(
            &of(&["127.0.0.1:1", "[::1]:2"]),
            &of(&["127.0.0.1:3"]),
            "m",
            &metrics,
        );
        assert!(
            text.contains("  127.0.0.1:1,[::1]:2\n  controllers        127.0.0.1:3\n"),
            "{text}"
        );
        assert!(
            text.contains("\n  metrics            http://localhost:9404/metrics\n"),
            "{text}"
        );
    }
}
