//! Where clients come from when the broker runs in a container.
//!
//! A container's address leads to it from its own networks only. A client that came in through a published port comes
//! from the gateway (or from anywhere else, where the engine leaves its address alone), and is told `localhost` and the
//! listener's own port, the port's usual number outside. Who is a neighbour is what the routing table says: an address on
//! a network of the container that is not its gateway.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::context::{Endpoint, Entrance};
use crate::env::Env;

/// Files that container engines (Docker, Podman) put into every container.
const MARKS: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];
/// Kubernetes puts its secrets there. Its pods reach each other from many networks, and nobody there is `localhost`.
const POD: &str = "/var/run/secrets/kubernetes.io";
/// Routes of IPv4 and of IPv6.
const ROUTES: [&str; 2] = ["/proc/net/route", "/proc/net/ipv6_route"];

/// Networks that the machine is on, and the gateways that lead out of them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Routes {
    /// Network address and length of its prefix.
    networks: Vec<(IpAddr, u32)>,
    gateways: Vec<IpAddr>,
    /// The interface of the default route.
    way_out: Option<String>,
}

impl Routes {
    /// Reads the kernel's two tables.
    fn parse(v4: &str, v6: &str) -> Routes {
        let mut routes = Routes::default();
        for line in v4.lines().skip(1) {
            routes.add_v4(line);
        }
        for line in v6.lines() {
            routes.add_v6(line);
        }
        routes
    }

    /// `Iface Destination Gateway Flags RefCnt Use Metric Mask …`, addresses in hexadecimal of the machine's byte order.
    fn add_v4(&mut self, line: &str) -> Option<()> {
        let mut fields = line.split_whitespace();
        let interface = fields.next()?;
        let mut address = |skip| {
            let word = u32::from_str_radix(fields.nth(skip)?, 16).ok()?;
            Some(Ipv4Addr::from(word.to_ne_bytes()))
        };
        let (network, gateway, mask) = (address(0)?, address(0)?, address(4)?);
        self.add(
            interface,
            network.into(),
            mask.to_bits().leading_ones(),
            gateway.into(),
        );
        Some(())
    }

    /// `destination length source length next-hop metric references use flags interface`.
    fn add_v6(&mut self, line: &str) -> Option<()> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let address = |at: usize| Some(Ipv6Addr::from(u128::from_str_radix(fields.get(at)?, 16).ok()?));
        let length = u32::from_str_radix(fields.get(1)?, 16).ok()?;
        let interface = fields.get(9)?;
        if *interface != "lo" && length < 128 {
            self.add(interface, address(0)?.into(), length, address(4)?.into());
        }
        Some(())
    }

    fn add(&mut self, interface: &str, network: IpAddr, length: u32, gateway: IpAddr) {
        match (gateway.is_unspecified(), length) {
            (false, _) => {
                self.gateways.push(gateway);
                if length == 0 && self.way_out.is_none() {
                    self.way_out = Some(interface.to_owned());
                }
            }
            (true, 0) => {}
            (true, _) => self.networks.push((network, length)),
        }
    }

    /// Whether an address reaches this machine by its own address: it is on a network of ours, and not where what comes
    /// from outside comes from.
    fn is_neighbour(&self, peer: IpAddr) -> bool {
        !self.gateways.contains(&peer)
            && self
                .networks
                .iter()
                .any(|(network, length)| is_within(peer, *network, *length))
    }
}

fn is_within(peer: IpAddr, network: IpAddr, length: u32) -> bool {
    match (peer, network) {
        (IpAddr::V4(peer), IpAddr::V4(network)) => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            peer.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(peer), IpAddr::V6(network)) => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            peer.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}

/// What there is to know about the machine for telling clients where to come again.
#[derive(Debug)]
pub(super) struct Surroundings {
    env: Env,
    is_container: bool,
    is_said: AtomicBool,
}

impl Surroundings {
    /// Looks around. `told` is `ottla.container`: `true`, `false`, or `auto` to find out.
    pub(super) fn look(env: &Env, told: &str) -> Surroundings {
        let is_container = match told {
            "true" => true,
            "false" => false,
            _ => is_marked(env) && !exists(env, POD) && has_network_of_its_own(env),
        };
        Surroundings {
            env: env.clone(),
            is_container,
            is_said: AtomicBool::new(false),
        }
    }

    /// The entrance as `peer` finds it again.
    pub(super) fn seen_by(&self, peer: IpAddr, entrance: Entrance) -> Entrance {
        // Routes are read anew: a container may join a network while it runs.
        if !self.is_container || peer.is_loopback() || routes(&self.env).is_neighbour(peer) {
            return entrance;
        }
        let here = Endpoint {
            host: "localhost".into(),
            port: entrance.bound_port,
        };
        if !self.is_said.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "client {peer} came in through a published port: such clients are told localhost:{}, unless \
                 advertised.listeners says otherwise",
                here.port
            );
        }
        Entrance { here, ..entrance }
    }
}

fn routes(env: &Env) -> Routes {
    let [v4, v6] = ROUTES.map(|path| text(env, path).unwrap_or_default());
    Routes::parse(&v4, &v6)
}

fn text(env: &Env, path: &str) -> Option<String> {
    let bytes = env.fs.read(Path::new(path)).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

fn is_marked(env: &Env) -> bool {
    MARKS.iter().any(|mark| exists(env, mark))
}

fn exists(env: &Env, path: &str) -> bool {
    env.fs.exists(Path::new(path)).unwrap_or(false)
}

/// Whether the way out is one end of a pair, as in a container that does not share the network of its host.
fn has_network_of_its_own(env: &Env) -> bool {
    let Some(interface) = routes(env).way_out else {
        return false;
    };
    let number = |name: &str| text(env, &format!("/sys/class/net/{interface}/{name}"));
    match (number("ifindex"), number("iflink")) {
        (Some(own), Some(other)) => own != other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Role;

    /// A container at 172.18.0.2/16, on a second network, with 172.18.0.1 as its gateway.
    fn container() -> Routes {
        let hex = |text: &str| {
            let address: Ipv4Addr = text.parse().expect("an address");
            format!("{:08X}", u32::from_ne_bytes(address.octets()))
        };
        let line = |network: &str, gateway: &str, mask: &str| {
            let [network, gateway, mask] = [network, gateway, mask].map(hex);
            format!("eth0\t{network}\t{gateway}\t0003\t0\t0\t0\t{mask}\t0\t0\t0\n")
        };
        let v4 = [
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n".to_owned(),
            line("0.0.0.0", "172.18.0.1", "0.0.0.0"),
            line("172.18.0.0", "0.0.0.0", "255.255.0.0"),
            line("10.7.0.0", "0.0.0.0", "255.255.255.0"),
        ];
        let v6 = "fd000000000000000000000000000000 40 00000000000000000000000000000000 00 \
                  00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n\
                  00000000000000000000000000000000 00 00000000000000000000000000000000 00 \
                  fd000000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n\
                  00000000000000000000000000000001 80 00000000000000000000000000000000 00 \
                  00000000000000000000000000000000 00000000 00000002 00000000 80200001       lo\n";
        Routes::parse(&v4.concat(), v6)
    }

    #[test]
    fn neighbours_are_on_a_network_of_ours_and_no_gateway() {
        let routes = container();
        assert_eq!(routes.way_out.as_deref(), Some("eth0"));
        for neighbour in [
            "172.18.0.3",
            "172.18.255.9",
            "172.18.0.2",
            "10.7.0.200",
            "fd00::9",
        ] {
            assert!(
                routes.is_neighbour(neighbour.parse().expect("an address")),
                "{neighbour}"
            );
        }
        for other in [
            "172.18.0.1",
            "172.19.0.3",
            "10.7.1.1",
            "192.168.1.5",
            "fd00::1",
            "2001:db8::1",
        ] {
            assert!(
                !routes.is_neighbour(other.parse().expect("an address")),
                "{other}"
            );
        }
    }

    #[test]
    fn tables_that_cannot_be_read_have_no_routes() {
        assert_eq!(Routes::parse("", ""), Routes::default());
        assert_eq!(
            Routes::parse("Iface\nnonsense\neth0 zz\n", "a b c\n\n"),
            Routes::default()
        );
    }

    #[test]
    fn only_in_a_container_and_only_from_outside_is_localhost_told() {
        let entrance = || Entrance {
            listener: "PLAINTEXT".into(),
            role: Role::Broker,
            here: Endpoint {
                host: "172.18.0.2".into(),
                port: 9092,
            },
            bound_port: 9092,
        };
        // An address for documentation: no machine has a network of it.
        let outside = IpAddr::from([203, 0, 113, 7]);
        let seen = |told: &str, peer: IpAddr| {
            let around = Surroundings::look(&Env::system(), told);
            let here = around.seen_by(peer, entrance()).here;
            (Arc::clone(&here.host).to_string(), here.port)
        };
        assert_eq!(seen("true", outside), ("localhost".to_owned(), 9092));
        assert_eq!(seen("false", outside), ("172.18.0.2".to_owned(), 9092));
        assert_eq!(seen("true", IpAddr::from([127, 0, 0, 1])).0, "172.18.0.2");
    }
}
