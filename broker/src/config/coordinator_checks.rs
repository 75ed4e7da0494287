//! What a start refuses of the configs of the coordinators, beyond single values (Kafka: `GroupCoordinatorConfig`).

use super::checks::refuse;
use super::error::ConfigError;
use super::profile::Profile;
use super::settings::Settings;

/// Most partitions of a coordinator's topic. Each costs memory from the start on; Kafka has no bound, and no use for so many.
const PARTITIONS_MAX: i64 = 100_000;

/// Kinds of groups, as their configs are called.
const KINDS: [&str; 3] = ["consumer", "share", "streams"];

pub(super) fn check_coordinators(s: &Settings) -> Result<(), ConfigError> {
    KINDS.iter().try_for_each(|kind| check_times(s, kind))?;
    for name in [
        "offsets.topic.num.partitions",
        "transaction.state.log.num.partitions",
    ] {
        let partitions = s.number(name);
        if partitions > PARTITIONS_MAX {
            return refuse(format!(
                "{name}={partitions} is not allowed: it must be at most {PARTITIONS_MAX}."
            ));
        }
    }
    let codec = s.number("offsets.topic.compression.codec");
    if !(0..=4).contains(&codec) {
        return refuse(format!(
            "offsets.topic.compression.codec={codec} is not allowed: it must be 0 (none), 1 (gzip), 2 (snappy), 3 (lz4) \
             or 4 (zstd)."
        ));
    }
    let protocols = s.list("group.coordinator.rebalance.protocols");
    if !protocols.iter().any(|protocol| protocol == "classic") {
        return refuse(format!(
            "group.coordinator.rebalance.protocols={} is not allowed: disabling the classic protocol is not supported.",
            protocols.join(",")
        ));
    }
    Ok(())
}

/// The bounds of a kind of groups, and what lies between them.
fn check_times(s: &Settings, kind: &str) -> Result<(), ConfigError> {
    let name = |rest: &str| format!("group.{kind}.{rest}.ms");
    for what in ["heartbeat.interval", "session.timeout", "assignment.interval"] {
        let (own, min, max) = (
            name(what),
            name(&format!("min.{what}")),
            name(&format!("max.{what}")),
        );
        at_most(s, &min, &max, false)?;
        at_most(s, &min, &own, false)?;
        at_most(s, &own, &max, false)?;
    }
    at_most(s, &name("heartbeat.interval"), &name("session.timeout"), true)
}

/// One config must not be above another (nor equal to it, when it has to be `below`). What the profile `dev` brings makes way
/// for what is given: it is quicker than Kafka's bounds allow.
fn at_most(s: &Settings, low: &str, high: &str, below: bool) -> Result<(), ConfigError> {
    let is_meant = |name: &str| s.profile() == Profile::Kafka || s.given(name).is_some();
    let (least, most) = (s.number(low), s.number(high));
    if least < most || (least == most && !below) || !is_meant(low) || !is_meant(high) {
        return Ok(());
    }
    let must = if below { "below" } else { "at most" };
    refuse(format!(
        "{low}={least} is not allowed: it must be {must} {high}={most}."
    ))
}
