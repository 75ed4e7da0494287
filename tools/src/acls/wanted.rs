//! From options to resources and rules.

use super::names::{
    self, ALLOW, CLUSTER, CLUSTER_NAME, DENY, Entry, GROUP, LITERAL, Resource, TOPIC, TRANSACTIONAL_ID,
};
use crate::options::Parsed;
use crate::wrong::Wrong;

/// Rules by what they are about.
pub(super) type Rules = Vec<(Resource, Vec<Entry>)>;

/// Options that name resources, by kind.
const NAMED: [(&str, i8); 5] = [
    ("topic", TOPIC),
    ("group", GROUP),
    ("transactional-id", TRANSACTIONAL_ID),
    ("delegation-token", 6),
    ("user-principal", 7),
];
/// What producers need: on topics, on transactional ids, and for idempotence on the cluster.
const PRODUCER: [(i8, &[i8]); 3] = [(TOPIC, &[4, 8, 5]), (TRANSACTIONAL_ID, &[4, 8]), (CLUSTER, &[12])];
/// What consumers need.
const CONSUMER: [(i8, &[i8]); 2] = [(TOPIC, &[3, 8]), (GROUP, &[3])];

/// `--resource-pattern-type`.
///
/// # Errors
/// What Java says about a value that is none.
pub(super) fn pattern(parsed: &Parsed) -> Result<i8, Wrong> {
    let Some(text) = parsed.value("resource-pattern-type") else {
        return Ok(LITERAL);
    };
    match names::pattern(text) {
        0 => Err(Wrong::thrown(
            "joptsimple.OptionArgumentConversionException",
            format!("Cannot parse argument '{text}' of option resource-pattern-type"),
        )),
        known => Ok(known),
    }
}

/// The resources that the options name.
///
/// # Errors
/// As [`pattern`].
pub(super) fn resources(parsed: &Parsed) -> Result<Vec<Resource>, Wrong> {
    let pattern = pattern(parsed)?;
    let mut out: Vec<Resource> = Vec::new();
    for (option, kind) in NAMED {
        let all = parsed.all(option).map(|name| Resource {
            kind,
            name: Some(name.trim().to_owned()),
            pattern,
        });
        for resource in all {
            if !out.contains(&resource) {
                out.push(resource);
            }
        }
    }
    if pattern == LITERAL && (parsed.has("cluster") || parsed.has("idempotent")) {
        out.push(Resource {
            kind: CLUSTER,
            name: Some(CLUSTER_NAME.to_owned()),
            pattern,
        });
    }
    Ok(out)
}

/// The rules that the options name.
///
/// # Errors
/// A command line that makes no sense.
pub(super) fn rules(parsed: &Parsed) -> Result<Rules, Wrong> {
    let mut operations: Vec<i8> = Vec::new();
    for text in parsed
        .all("operation")
        .chain((!parsed.has("operation")).then_some("All"))
    {
        operations.push(names::operation(text.trim()));
    }
    let roles = [("producer", &PRODUCER[..]), ("consumer", &CONSUMER[..])];
    let is_role = roles.iter().any(|(role, _)| parsed.has(role));
    let resources = resources(parsed)?;
    if resources.is_empty() {
        return Err(Wrong::usage(
            "You must provide at least one resource: --topic <topic> or --cluster or --group <group> or --delegation-token <Delegation Token ID>",
        ));
    }
    let mut out: Rules = Vec::new();
    for resource in resources {
        let mut wanted = if is_role { Vec::new() } else { operations.clone() };
        let mut is_needed = !is_role;
        for (_, needs) in roles.iter().filter(|(role, _)| parsed.has(role)) {
            let of_kind = needs.iter().filter(|(kind, _)| *kind == resource.kind);
            for (_, some) in of_kind {
                // --cluster alone gives a producer nothing.
                if resource.kind == CLUSTER && !parsed.has("idempotent") {
                    continue;
                }
                is_needed = true;
                wanted.extend_from_slice(some);
            }
        }
        if !is_needed {
            continue;
        }
        let entries = entries(parsed, &wanted)?;
        for entry in &entries {
            names::check(resource.kind, entry.operation).map_err(Wrong::Usage)?;
        }
        out.push((resource, entries));
    }
    Ok(out)
}

fn entries(parsed: &Parsed, operations: &[i8]) -> Result<Vec<Entry>, Wrong> {
    let mut out: Vec<Entry> = Vec::new();
    for (who, hosts, permission) in [
        ("allow-principal", "allow-host", ALLOW),
        ("deny-principal", "deny-host", DENY),
    ] {
        for principal in principals(parsed, who)? {
            for operation in operations {
                for host in parsed.all(hosts).chain((!parsed.has(hosts)).then_some("*")) {
                    let entry = Entry {
                        principal: principal.clone(),
                        host: host.trim().to_owned(),
                        operation: *operation,
                        permission,
                    };
                    if !out.contains(&entry) {
                        out.push(entry);
                    }
                }
            }
        }
    }
    Ok(out)
}

/// The principals that an option names.
///
/// # Errors
/// One that is not of the form `type:name`.
pub(super) fn principals(parsed: &Parsed, option: &str) -> Result<Vec<String>, Wrong> {
    let mut out = Vec::new();
    for text in parsed.all(option).map(str::trim) {
        if !text.contains(':') {
            return Err(Wrong::argument(format!(
                "expected a string in format principalType:principalName but got {text}"
            )));
        }
        if !out.iter().any(|known| known == text) {
            out.push(text.to_owned());
        }
    }
    Ok(out)
}
