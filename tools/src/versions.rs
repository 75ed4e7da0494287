//! Releases of Kafka and the feature levels that belong to them (`MetadataVersion`, `Feature`).

/// Levels of `metadata.version` with their names, from the oldest that can be formatted.
pub(crate) const METADATA_VERSIONS: [(i16, &str); 24] = [
    (7, "3.3-IV3"),
    (8, "3.4-IV0"),
    (9, "3.5-IV0"),
    (10, "3.5-IV1"),
    (11, "3.5-IV2"),
    (12, "3.6-IV0"),
    (13, "3.6-IV1"),
    (14, "3.6-IV2"),
    (15, "3.7-IV0"),
    (16, "3.7-IV1"),
    (17, "3.7-IV2"),
    (18, "3.7-IV3"),
    (19, "3.7-IV4"),
    (20, "3.8-IV0"),
    (21, "3.9-IV0"),
    (22, "4.0-IV0"),
    (23, "4.0-IV1"),
    (24, "4.0-IV2"),
    (25, "4.0-IV3"),
    (26, "4.1-IV0"),
    (27, "4.1-IV1"),
    (28, "4.2-IV0"),
    (29, "4.2-IV1"),
    (30, "4.3-IV0"),
];

/// Features besides `metadata.version`: name, and for each level from 1 the metadata.version since which it is the
/// default; -1 for a level that is no default yet.
pub(crate) const FEATURES: [(&str, &[i16]); 6] = [
    ("kraft.version", &[21]),
    ("transaction.version", &[24, 24]),
    ("group.version", &[22]),
    ("eligible.leader.replicas.version", &[26]),
    ("share.version", &[28]),
    ("streams.version", &[29]),
];

/// The level that a release or version stands for: `4.3`, `4.3-IV0`.
pub(crate) fn metadata_level(version: &str) -> Option<i16> {
    let named = METADATA_VERSIONS.iter().rev();
    let mut found = named.filter(|(_, name)| *name == version || name.split('-').next() == Some(version));
    found.next().map(|(level, _)| *level)
}

/// The name of a level.
pub(crate) fn metadata_name(level: i16) -> Option<&'static str> {
    let found = METADATA_VERSIONS.iter().find(|(known, _)| *known == level);
    found.map(|(_, name)| *name)
}

/// The latest level.
pub(crate) fn latest() -> (i16, &'static str) {
    METADATA_VERSIONS.last().copied().unwrap_or_default()
}

/// What is said of a version that is none.
pub(crate) fn unknown(version: &str, with_unstable: bool) -> String {
    let mut names: Vec<&str> = METADATA_VERSIONS.iter().map(|(_, name)| *name).collect();
    if with_unstable {
        names.push("4.4-IV0");
    }
    format!(
        "Unknown metadata.version '{version}'. Supported metadata.version are: {}",
        names.join(", ")
    )
}

/// The default level of a feature at a metadata.version.
pub(crate) fn default_level(levels: &[i16], metadata: i16) -> usize {
    levels
        .iter()
        .filter(|since| **since >= 0 && **since <= metadata)
        .count()
}

/// `feature-dependencies` of one `name=level`; `unknown` is what the tool says of a level that there is none of.
///
/// # Errors
/// The sentence about a feature or level that there is none of.
pub(crate) fn dependencies(name: &str, level: i16, unknown: String) -> Result<String, String> {
    if name == "metadata.version" {
        return match metadata_name(level) {
            Some(version) => Ok(format!(
                "metadata.version={level} ({version}) has no dependencies."
            )),
            None => Err(format!("Unknown metadata.version {level}")),
        };
    }
    let Some((_, levels)) = FEATURES.iter().find(|(known, _)| *known == name) else {
        return Err(format!("Unknown feature: {name}"));
    };
    if usize::try_from(level).map_or(true, |level| level > levels.len()) {
        return Err(unknown);
    }
    match (name, level) {
        ("eligible.leader.replicas.version", 1) => Ok(format!(
            "{name}={level} requires:\n    metadata.version=23 (4.0-IV1)"
        )),
        _ => Ok(format!("{name}={level} has no dependencies.")),
    }
}

/// The lines of `version-mapping`.
///
/// # Errors
/// The sentence about a version that is none.
pub(crate) fn mapping(version: Option<&str>) -> Result<Vec<String>, String> {
    let (level, name) = match version {
        None => latest(),
        Some(version) => (
            metadata_level(version).ok_or_else(|| unknown(version, true))?,
            version,
        ),
    };
    let mut lines = vec![format!("metadata.version={level} ({name})")];
    for (feature, levels) in FEATURES {
        lines.push(format!("{feature}={}", default_level(levels, level)));
    }
    Ok(lines)
}

/// `name=level`.
///
/// # Errors
/// The sentence about what is no such thing.
pub(crate) fn name_and_level(text: &str) -> Result<(String, i16), String> {
    let Some((name, level)) = text.split_once('=') else {
        return Err(format!(
            "Can't parse feature=level string {text}: equals sign not found."
        ));
    };
    match level.trim().parse() {
        Ok(level) => Ok((name.trim().to_owned(), level)),
        Err(_) => Err(format!(
            "Can't parse feature=level string {text}: unable to parse {level} as a short."
        )),
    }
}
