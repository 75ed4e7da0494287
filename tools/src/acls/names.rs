//! Kinds, operations and permissions as numbers on the wire and as names in the output.

use std::fmt;

/// Kinds of resources (`ResourceType`).
const KINDS: [&str; 8] = [
    "UNKNOWN",
    "ANY",
    "TOPIC",
    "GROUP",
    "CLUSTER",
    "TRANSACTIONAL_ID",
    "DELEGATION_TOKEN",
    "USER",
];
/// How a name is meant (`PatternType`).
const PATTERNS: [&str; 5] = ["UNKNOWN", "ANY", "MATCH", "LITERAL", "PREFIXED"];
/// `AclOperation`.
const OPERATIONS: [&str; 16] = [
    "UNKNOWN",
    "ANY",
    "ALL",
    "READ",
    "WRITE",
    "CREATE",
    "DELETE",
    "ALTER",
    "DESCRIBE",
    "CLUSTER_ACTION",
    "DESCRIBE_CONFIGS",
    "ALTER_CONFIGS",
    "IDEMPOTENT_WRITE",
    "CREATE_TOKENS",
    "DESCRIBE_TOKENS",
    "TWO_PHASE_COMMIT",
];
/// `AclPermissionType`.
const PERMISSIONS: [&str; 4] = ["UNKNOWN", "ANY", "DENY", "ALLOW"];

pub(super) const ANY: i8 = 1;
pub(super) const ALL: i8 = 2;
pub(super) const DENY: i8 = 2;
pub(super) const ALLOW: i8 = 3;
pub(super) const TOPIC: i8 = 2;
pub(super) const GROUP: i8 = 3;
pub(super) const CLUSTER: i8 = 4;
pub(super) const TRANSACTIONAL_ID: i8 = 5;
pub(super) const LITERAL: i8 = 3;
const PREFIXED: i8 = 4;
/// Name of the one cluster.
pub(super) const CLUSTER_NAME: &str = "kafka-cluster";

/// Operations that there are on a kind, besides `ALL` (`AclEntry.supportedOperations`).
const SUPPORTED: [&[i8]; 8] = [
    &[],
    &[],
    &[3, 4, 5, 8, 6, 7, 10, 11],
    &[3, 8, 6, 10, 11],
    &[5, 9, 10, 11, 12, 7, 8],
    &[8, 4, 15],
    &[8],
    &[13, 14],
];

fn name(names: &'static [&'static str], code: i8) -> &'static str {
    let at = usize::try_from(code).unwrap_or(0);
    names.get(at).copied().unwrap_or("UNKNOWN")
}

fn code(names: &[&str], is_it: impl Fn(&str) -> bool) -> i8 {
    let at = names.iter().position(|name| is_it(name)).unwrap_or(0);
    i8::try_from(at).unwrap_or(0)
}

/// An operation by its name, in any case and without underscores; 0 for one that is unknown.
pub(super) fn operation(text: &str) -> i8 {
    code(&OPERATIONS, |name| {
        name.replace('_', "").eq_ignore_ascii_case(text)
    })
}

/// A way to mean names by its name; 0 for one that is unknown.
pub(super) fn pattern(text: &str) -> i8 {
    code(&PATTERNS, |name| name.eq_ignore_ascii_case(text))
}

/// Name of a way to mean names, and whether resources have it (others are for filters).
pub(super) fn pattern_name(pattern: i8) -> (&'static str, bool) {
    (name(&PATTERNS, pattern), matches!(pattern, LITERAL | PREFIXED))
}

/// Whether a kind knows an operation; else what it knows.
pub(super) fn check(kind: i8, operation: i8) -> Result<(), String> {
    let at = usize::try_from(kind).unwrap_or(0);
    let known = SUPPORTED.get(at).copied().unwrap_or_default();
    if operation == ALL || known.contains(&operation) {
        return Ok(());
    }
    let names = known.iter().chain(&[ALL]).map(|code| name(&OPERATIONS, *code));
    let kind = name(&KINDS, kind);
    Err(format!(
        "ResourceType {kind} only supports operations {}",
        crate::java::list(names)
    ))
}

/// What a rule is about; without a name, everything of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    pub kind: i8,
    pub name: Option<String>,
    pub pattern: i8,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ResourcePattern(resourceType={}, name={}, patternType={})",
            name(&KINDS, self.kind),
            self.name.as_deref().unwrap_or("<any>"),
            name(&PATTERNS, self.pattern)
        )
    }
}

/// Who may or may not do what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub principal: String,
    pub host: String,
    pub operation: i8,
    pub permission: i8,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "(principal={}, host={}, operation={}, permissionType={})",
            self.principal,
            self.host,
            name(&OPERATIONS, self.operation),
            name(&PERMISSIONS, self.permission)
        )
    }
}
