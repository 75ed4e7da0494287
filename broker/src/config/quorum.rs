//! Roles and the metadata quorum: what of them a node can be that is broker and controller in one.

use super::endpoint::{host_port, refuse};
use super::error::ConfigError;
use super::settings::Settings;

const ROLES: &str = "process.roles";
const VOTERS: &str = "controller.quorum.voters";
const BOOTSTRAP: &str = "controller.quorum.bootstrap.servers";

/// Refuses what would leave its owner with another cluster than the one he thinks he has: a node of one role whose other
/// half is elsewhere, and a quorum of several. Kafka's own rules on the way (`KafkaConfig.validateValues`).
///
/// # Errors
/// [`ConfigError::Start`], one sentence.
pub(super) fn check_quorum(settings: &Settings, node_id: i32) -> Result<(), ConfigError> {
    let roles = settings.list(ROLES);
    let has = |wanted: &str| roles.iter().any(|role| role == wanted);
    let shown = roles.join(",");
    if !has("broker") {
        return refuse(&format!(
            "{ROLES}={shown} is not supported: a node of Ottla is broker and controller in one, so use \
             {ROLES}=broker,controller, or leave it out."
        ));
    }
    let voters = voters(settings)?;
    check_bootstrap(settings)?;
    let text = |key: &str| settings.text(key).unwrap_or_default().to_owned();
    let quorum = [VOTERS, BOOTSTRAP].into_iter().find(|key| !text(key).is_empty());
    if let (false, Some(key)) = (has("controller"), quorum) {
        return refuse(&format!(
            "{ROLES}={shown} is not supported beside {key}={}: a node of Ottla is its own controller, so use \
             {ROLES}=broker,controller, or leave {key} out.",
            text(key)
        ));
    }
    if !voters.is_empty() && !voters.contains(&node_id) {
        return refuse(&format!(
            "{VOTERS}={} is not allowed: a controller is a voter itself, so it must name node.id={node_id}.",
            text(VOTERS)
        ));
    }
    if voters.iter().any(|voter| *voter != node_id) {
        return refuse(&format!(
            "{VOTERS}={} is not supported: this release is a cluster of one node, so only node.id={node_id} may vote.",
            text(VOTERS)
        ));
    }
    Ok(())
}

/// Ids of the voters.
fn voters(settings: &Settings) -> Result<Vec<i32>, ConfigError> {
    let id_of = |entry: &str| {
        let (id, address) = entry.split_once('@')?;
        host_port(address).and(id.parse::<i32>().ok())
    };
    let entries = settings.list(VOTERS);
    let wrong = |entry: &str| {
        format!(
            "{VOTERS}={} is not allowed: {entry} must be ID@HOST:PORT.",
            entries.join(",")
        )
    };
    entries
        .iter()
        .map(|entry| id_of(entry).ok_or_else(|| ConfigError::Start(wrong(entry))))
        .collect()
}

fn check_bootstrap(settings: &Settings) -> Result<(), ConfigError> {
    let entries = settings.list(BOOTSTRAP);
    match entries.iter().find(|entry| host_port(entry).is_none()) {
        Some(entry) => refuse(&format!(
            "{BOOTSTRAP}={} is not allowed: {entry} must be HOST:PORT.",
            entries.join(",")
        )),
        None => Ok(()),
    }
}
