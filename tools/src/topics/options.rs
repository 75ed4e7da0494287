//! The command line of `kafka-topics`, and which options go together.

use crate::Io;
use crate::connect::{COMMAND_CONFIG, SERVER};
use crate::options::{Parsed, Spec, flag, opt};
use crate::wrong::Wrong;

pub(super) const SPEC: Spec = Spec {
    purpose: "This tool helps to create, delete, describe, or change a topic.",
    opts: &[
        SERVER,
        COMMAND_CONFIG,
        flag("list", "List the topics."),
        flag("create", "Create a topic."),
        flag("delete", "Delete topics."),
        flag("alter", "Give topics more partitions."),
        flag("describe", "Show topics with their partitions."),
        opt(
            "topic",
            "topic",
            "The topic; but for --create, a regular expression that names all of its matches.",
        ),
        opt("topic-id", "topic-id", "The id of the topic to describe."),
        opt(
            "config",
            "name=value",
            "With --create: a config of the topic. May be repeated.",
        )
        .repeatable(),
        opt("delete-config", "name", "Has no effect any more.").repeatable(),
        opt(
            "partitions",
            "n",
            "How many partitions; the cluster's default when left out.",
        )
        .int(),
        opt(
            "replication-factor",
            "n",
            "How many replicas; the cluster's default when left out.",
        )
        .int(),
        opt(
            "replica-assignment",
            "b1:b2,b3:b4,…",
            "Which brokers hold each partition: ids with colons, partitions with commas between.",
        ),
        flag(
            "under-replicated-partitions",
            "With --describe: only those with replicas out of sync.",
        ),
        flag(
            "unavailable-partitions",
            "With --describe: only those without a live leader.",
        ),
        flag(
            "under-min-isr-partitions",
            "With --describe: only those with fewer replicas in sync than configured.",
        ),
        flag(
            "at-min-isr-partitions",
            "With --describe: only those with just as many replicas in sync as configured.",
        ),
        flag(
            "topics-with-overrides",
            "With --describe: only topics with configs of their own.",
        ),
        flag(
            "if-exists",
            "Do nothing, and no harm, when there is no such topic.",
        ),
        flag(
            "if-not-exists",
            "Do nothing, and no harm, when there is such a topic.",
        ),
        flag("exclude-internal", "Leave Kafka's own topics out."),
        opt(
            "partition-size-limit-per-response",
            "n",
            "Most partitions in one answer while describing.",
        )
        .int(),
    ],
};

const ACTIONS: [&str; 5] = ["create", "list", "alter", "describe", "delete"];
/// Options that pick partitions when describing.
pub(super) const REPORTS: [&str; 4] = [
    "under-replicated-partitions",
    "under-min-isr-partitions",
    "at-min-isr-partitions",
    "unavailable-partitions",
];

/// Reads the command line.
pub(super) fn read(args: &[String], io: &mut Io<'_>) -> Result<Parsed, Wrong> {
    let parsed = SPEC
        .parse(args)
        .map_err(|sentence| Wrong::thrown("joptsimple.OptionException", sentence))?;
    if args.is_empty() {
        return Err(Wrong::usage("Create, delete, describe, or change a topic."));
    }
    let parsed = SPEC.answer_help(parsed, io)?;
    if ACTIONS.iter().filter(|action| parsed.has(action)).count() != 1 {
        return Err(Wrong::usage(
            "Command must include exactly one action: --list, --describe, --create, --alter or --delete",
        ));
    }
    if parsed.has("delete-config") {
        io.complain(
            "delete-config option is no longer supported and deprecated since version 4.0. \
            The config will be fully removed in future releases.",
        );
    }
    needed(&parsed, io)?;
    excluded(&parsed).map_err(Wrong::Usage)?;
    Ok(parsed)
}

fn needed(parsed: &Parsed, io: &mut Io<'_>) -> Result<(), Wrong> {
    if !parsed.has("bootstrap-server") {
        return Err(Wrong::argument("--bootstrap-server must be specified"));
    }
    if parsed.has("describe") && parsed.has("if-exists") {
        if !parsed.has("topic") && !parsed.has("topic-id") {
            return Err(Wrong::usage(
                "--topic or --topic-id is required to describe a topic",
            ));
        }
        if parsed.has("topic") && parsed.has("topic-id") {
            io.say(
                "Only topic id will be used when both --topic and --topic-id are specified \
                and topicId is not Uuid.ZERO_UUID",
            );
        }
    }
    if !parsed.has("list") && !parsed.has("describe") {
        parsed.require(&["topic"]).map_err(Wrong::Usage)?;
    }
    if parsed.has("alter") {
        if parsed.has("config") {
            return Err(Wrong::usage(
                "Option combination \"[[bootstrap-server], [config]]\" can't be used with option \"[alter]\" \
                (To alter topic configurations, the kafka-configs tool can be used.)",
            ));
        }
        parsed.require(&["partitions"]).map_err(Wrong::Usage)?;
    }
    Ok(())
}

/// The actions but for these.
fn actions_without(allowed: &[&str]) -> Vec<&'static str> {
    let other = |action: &&str| !allowed.contains(action);
    ACTIONS.into_iter().filter(other).collect()
}

fn excluded(parsed: &Parsed) -> Result<(), String> {
    parsed.exclude("config", &actions_without(&["alter", "create"]))?;
    parsed.exclude("partitions", &actions_without(&["alter", "create"]))?;
    parsed.exclude("replication-factor", &actions_without(&["create"]))?;
    parsed.exclude("replica-assignment", &actions_without(&["alter", "create"]))?;
    if parsed.has("create") {
        parsed.exclude("replica-assignment", &["partitions", "replication-factor"])?;
    }
    for report in REPORTS {
        parsed.exclude(report, &["topics-with-overrides"])?;
        parsed.exclude(report, &actions_without(&["describe"]))?;
    }
    parsed.exclude("topics-with-overrides", &REPORTS)?;
    parsed.exclude("topics-with-overrides", &actions_without(&["describe"]))?;
    parsed.exclude("if-exists", &actions_without(&["alter", "delete", "describe"]))?;
    parsed.exclude("if-not-exists", &actions_without(&["create"]))?;
    parsed.exclude("exclude-internal", &actions_without(&["list", "describe"]))
}
