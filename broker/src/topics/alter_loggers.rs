//! Deciding on the levels of loggers (Kafka: `ConfigAdminManager.validateLogLevelConfigs`).

use super::alter::AlterRefusal;
use crate::config::{AlterOp, Alteration};
use crate::log_levels::{LevelChange, LogLevel, LogLevels, ROOT};

/// What changes of the loggers of the broker `name`.
///
/// # Errors
/// The first refusal; nothing is to change then.
pub fn decide_levels(
    log: &LogLevels,
    node_id: i32,
    name: &str,
    each: &[Alteration],
) -> Result<Vec<LevelChange>, AlterRefusal> {
    match name.parse::<i32>() {
        Ok(id) if id == node_id => {}
        Ok(_) => {
            let text = format!("Unexpected node id. Expected {node_id}, but received {name}");
            return Err(AlterRefusal::Request(text));
        }
        Err(_) => {
            let text = format!("Node id must be an integer, but it is: {name}");
            return Err(AlterRefusal::Request(text));
        }
    }
    let changes: Vec<LevelChange> = each.iter().map(|a| decide(log, a)).collect::<Result<_, _>>()?;
    match changes.is_empty() || log.is_owned() {
        true => Ok(changes),
        false => Err(AlterRefusal::request(
            "The log of this process does not belong to the broker.",
        )),
    }
}

fn decide(log: &LogLevels, alteration: &Alteration) -> Result<LevelChange, AlterRefusal> {
    let logger = alteration.name.as_str();
    let require_logger = || match log.has(logger) {
        true => Ok(()),
        false => Err(AlterRefusal::Logger(format!("Logger {logger} does not exist!"))),
    };
    let not_allowed = |operation: &str| {
        let text = format!("{operation} operation is not allowed for the BROKER_LOGGER resource");
        Err(AlterRefusal::Request(text))
    };
    match &alteration.op {
        AlterOp::Set(level) => {
            require_logger()?;
            let set = LogLevel::of_name(level).ok_or_else(|| {
                AlterRefusal::Logger(format!(
                    "Cannot set the log level of {logger} to {level} as it is not a supported log level. Valid log \
                     levels are {}",
                    LogLevel::NAMES
                ))
            })?;
            Ok((logger.to_owned(), Some(set)))
        }
        AlterOp::Delete => {
            require_logger()?;
            match logger {
                ROOT => Err(AlterRefusal::request(
                    "Removing the log level of the root logger is not allowed",
                )),
                _ => Ok((logger.to_owned(), None)),
            }
        }
        AlterOp::Append(_) => not_allowed("APPEND"),
        AlterOp::Subtract(_) => not_allowed("SUBTRACT"),
    }
}
