//! The command line (`ConsumerGroupCommandOptions`).

use crate::options::{Parsed, Spec, flag, opt};

/// Its options.
pub(super) const SPEC: Spec = Spec {
    purpose: "This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.",
    opts: &[
        flag("all-groups", "All groups."),
        flag("all-topics", "All topics that the group has offsets of."),
        opt("bootstrap-server", "host:port,...", "The brokers to connect to."),
        opt(
            "by-duration",
            "duration",
            "Go back so far in time, such as PT1H30M.",
        ),
        opt("command-config", "file", "Properties of the client."),
        flag("delete", "Delete groups."),
        flag("delete-offsets", "Delete a group's offsets of topics."),
        flag("describe", "Describe groups."),
        flag("dry-run", "Only show what a reset would do."),
        flag("execute", "Reset."),
        flag("export", "Print the reset as CSV."),
        opt("from-file", "file", "Reset to what a CSV file says."),
        opt("group", "group", "The group.").repeatable(),
        flag("list", "List groups."),
        flag("members", "Describe members."),
        flag(
            "offsets",
            "Describe offsets; this is what --describe does by itself.",
        ),
        flag("reset-offsets", "Reset the offsets of groups without members."),
        // A number, which is read late.
        opt("shift-by", "count", "Move by so many offsets."),
        opt(
            "state",
            "states",
            "Describe states; with --list show them, or list only groups in these.",
        )
        .optional(),
        // A number, which is read late.
        opt("timeout", "ms", "Longest wait [default: 30000]."),
        flag("to-current", "Reset to what is committed."),
        opt(
            "to-datetime",
            "time",
            "Reset to a time, as YYYY-MM-DDThh:mm:ss.sss.",
        ),
        flag("to-earliest", "Reset to the beginning."),
        flag("to-latest", "Reset to the end."),
        // A number, which is read late.
        opt("to-offset", "offset", "Reset to this offset."),
        opt(
            "topic",
            "topic[:partitions]",
            "A topic, or some of its partitions: t:0,1.",
        )
        .repeatable(),
        opt(
            "type",
            "types",
            "With --list show the types, or list only groups of these.",
        )
        .optional(),
        opt(
            "validate-regex",
            "regex",
            "Say whether this is a regular expression for a subscription.",
        ),
        flag("verbose", "Describe more."),
    ],
};

/// What can be done; exactly one is.
const ACTIONS: [&str; 6] = [
    "list",
    "describe",
    "delete",
    "reset-offsets",
    "delete-offsets",
    "validate-regex",
];
/// Where a reset can lead.
const SCENARIOS: [&str; 8] = [
    "to-offset",
    "to-datetime",
    "by-duration",
    "to-earliest",
    "to-latest",
    "to-current",
    "shift-by",
    "from-file",
];
const GROUPS: &str = "[all-groups], [group]";

/// What Kafka's tool checks, in its order.
pub(super) fn check(given: &Parsed) -> Result<(), String> {
    if !given.has("validate-regex") {
        given.require(&["bootstrap-server"])?;
    }
    let only_described = ["members", "offsets", "verbose"];
    if let Some(name) = only_described
        .iter()
        .find(|name| given.has(name) && !given.has("describe"))
    {
        return Err(format!(
            "Option(s) [{name}] are unavailable given other options on the command line"
        ));
    }
    let has_groups = given.has("group") || given.has("all-groups");
    if given.has("describe") {
        if !has_groups {
            return Err(format!("Option [describe] takes one of these options: {GROUPS}"));
        }
        let parts = ["members", "offsets", "state"];
        if parts.iter().filter(|part| given.has(part)).count() > 1 {
            return Err(
                "Option [describe] takes at most one of these options: [members], [offsets], [state]"
                    .to_owned(),
            );
        }
        if given.value("state").is_some() {
            return Err("Option [describe] does not take a value for [state]".to_owned());
        }
    }
    if given.has("delete") {
        if !has_groups {
            return Err(format!("Option [delete] takes one of these options: {GROUPS}"));
        }
        if given.has("topic") {
            return Err(
                "The consumer does not support topic-specific offset deletion from a consumer group."
                    .to_owned(),
            );
        }
    }
    if given.has("delete-offsets") && !(given.has("group") && given.has("topic")) {
        return Err("Option [delete-offsets] takes the following options: [topic], [group]".to_owned());
    }
    if given.has("reset-offsets") {
        if given.has("dry-run") && given.has("execute") {
            return Err("Option [reset-offsets] only accepts one of [execute] and [dry-run]".to_owned());
        }
        if !has_groups {
            return Err(format!(
                "Option [reset-offsets] takes one of these options: {GROUPS}"
            ));
        }
        for scenario in SCENARIOS {
            given.exclude(scenario, &SCENARIOS)?;
        }
    }
    given.exclude("group", &["all-groups"])?;
    given.exclude("group", &["list"])?;
    given.exclude("topic", &["list", "describe"])?;
    if ACTIONS.iter().filter(|action| given.has(action)).count() != 1 {
        let actions = ACTIONS.map(|action| format!("--{action}"));
        return Err(format!(
            "Command must include exactly one action: {}",
            actions.join(", ")
        ));
    }
    Ok(())
}
