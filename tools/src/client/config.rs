//! Settings of the client: the addresses, and those keys of a properties file that act.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use super::ClientError;
use crate::properties::Properties;

/// `request.timeout.ms` unless given.
const REQUEST_TIMEOUT_MS: u64 = 30_000;
/// `default.api.timeout.ms` unless given.
const API_TIMEOUT_MS: u64 = 60_000;

/// How to reach a cluster.
#[derive(Clone, Debug)]
pub(crate) struct ClientConfig {
    /// Where to begin, as `host:port`.
    pub bootstrap: Vec<String>,
    /// Whether these are controllers (`bootstrap.controllers`).
    pub is_controller: bool,
    /// `client.id`.
    pub client_id: String,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How long a call may take with all its attempts.
    pub api_timeout: Duration,
}

impl ClientConfig {
    /// A client of these brokers, with the keys of a `--command-config` file.
    ///
    /// # Errors
    /// Kafka's `ConfigException`, or a sentence about a security protocol that is not spoken.
    pub(crate) fn new(bootstrap: &str, properties: &Properties) -> Result<ClientConfig, ClientError> {
        ClientConfig::of("bootstrap.servers", bootstrap, properties)
    }

    /// As [`ClientConfig::new`], with the addresses of controllers.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn of_controllers(
        bootstrap: &str,
        properties: &Properties,
    ) -> Result<ClientConfig, ClientError> {
        let config = ClientConfig::of("bootstrap.controllers", bootstrap, properties)?;
        Ok(ClientConfig {
            is_controller: true,
            ..config
        })
    }

    fn of(key: &str, bootstrap: &str, properties: &Properties) -> Result<ClientConfig, ClientError> {
        let protocol = properties.get("security.protocol").unwrap_or("PLAINTEXT");
        if !protocol.eq_ignore_ascii_case("PLAINTEXT") {
            return Err(ClientError::config(format!(
                "Invalid value {protocol} for configuration security.protocol: these tools speak PLAINTEXT only."
            )));
        }
        let bootstrap = addresses(key, bootstrap)?;
        Ok(ClientConfig {
            bootstrap,
            is_controller: false,
            client_id: properties.get("client.id").unwrap_or("adminclient-1").to_owned(),
            request_timeout: millis(properties, "request.timeout.ms", REQUEST_TIMEOUT_MS)?,
            api_timeout: millis(properties, "default.api.timeout.ms", API_TIMEOUT_MS)?,
        })
    }
}

fn millis(properties: &Properties, key: &str, default: u64) -> Result<Duration, ClientError> {
    let Some(text) = properties.get(key) else {
        return Ok(Duration::from_millis(default));
    };
    match text.trim().parse::<i32>() {
        Err(_) => Err(ClientError::config(format!(
            "Invalid value {text} for configuration {key}: Not a number of type INT"
        ))),
        Ok(number) => match u64::try_from(number) {
            Ok(ms) => Ok(Duration::from_millis(ms)),
            Err(_) => Err(ClientError::config(format!(
                "Invalid value {number} for configuration {key}: Value must be at least 0"
            ))),
        },
    }
}

/// The addresses of a list, in Java's `host:port` (a scheme before it is allowed and ignored).
fn addresses(key: &str, list: &str) -> Result<Vec<String>, ClientError> {
    let mut out = Vec::new();
    let mut is_resolvable = false;
    for url in list.split(',').map(str::trim).filter(|url| !url.is_empty()) {
        let address = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (host, port) = address.rsplit_once(':').unwrap_or_default();
        if host.is_empty() || port.parse::<u16>().is_err() {
            return Err(ClientError::config(format!("Invalid url in {key}: {url}")));
        }
        is_resolvable |= resolve(address).next().is_some();
        out.push(address.to_owned());
    }
    if !is_resolvable {
        return Err(ClientError::config(format!(
            "No resolvable bootstrap urls given in {key}"
        )));
    }
    Ok(out)
}

/// What a name stands for.
pub(super) fn resolve(address: &str) -> impl Iterator<Item = SocketAddr> + use<> {
    let found = address.to_socket_addrs().ok();
    found.into_iter().flatten()
}
