//! From the options that most tools share to a client.

use crate::client::{Client, ClientConfig, ClientError};
use crate::options::{Opt, Parsed, opt};
use crate::properties::Properties;
use crate::wrong::Wrong;

/// `--bootstrap-server`.
pub(crate) const SERVER: Opt = opt(
    "bootstrap-server",
    "host:port,…",
    "Brokers of the cluster to begin with.",
);
/// `--bootstrap-controller`.
pub(crate) const CONTROLLER: Opt = opt(
    "bootstrap-controller",
    "host:port,…",
    "Controllers of the cluster to begin with.",
);
/// `--command-config`.
pub(crate) const COMMAND_CONFIG: Opt = opt(
    "command-config",
    "file",
    "Properties file with settings of the client.",
);

/// The settings of `--command-config`.
///
/// # Errors
/// Java's exception about the file.
pub(crate) fn command_config(path: Option<&str>) -> Result<Properties, Wrong> {
    let Some(path) = path else {
        return Ok(Properties::default());
    };
    Properties::load(path).map_err(|sentence| Wrong::thrown("java.nio.file.NoSuchFileException", sentence))
}

/// A client of `--bootstrap-server`, or of `--bootstrap-controller` where the tool has that.
///
/// # Errors
/// What Java's tools say about options, file and addresses.
pub(crate) fn connect(parsed: &Parsed) -> Result<Client, Wrong> {
    let properties = command_config(parsed.value("command-config"))?;
    let (server, controller) = (
        parsed.value("bootstrap-server"),
        parsed.value("bootstrap-controller"),
    );
    match (server, controller) {
        (Some(_), Some(_)) => Err(Wrong::usage(
            "You cannot specify both --bootstrap-controller and --bootstrap-server.",
        )),
        (None, None) => Err(Wrong::usage(
            "You must specify either --bootstrap-controller or --bootstrap-server.",
        )),
        (Some(server), None) => client(ClientConfig::new(server, &properties)),
        (None, Some(controller)) => client(ClientConfig::of_controllers(controller, &properties)),
    }
}

fn client(config: Result<ClientConfig, ClientError>) -> Result<Client, Wrong> {
    let config = config.map_err(|cause| {
        Wrong::Thrown(ClientError {
            message: format!("Failed to create new KafkaAdminClient\nCaused by: {cause}"),
            ..ClientError::foreign("org.apache.kafka.common.KafkaException", "")
        })
    })?;
    Ok(Client::new(config))
}

/// The message of an exception without those that caused it.
pub(crate) fn first_line(error: &ClientError) -> &str {
    error.message.lines().next().unwrap_or_default()
}
