//! The command line, and what is added, removed and listed.

use super::names::{self, ANY, Entry, Resource};
use super::wanted::{self, Rules, principals};
use crate::client::{Client, ClientError};
use crate::connect::{COMMAND_CONFIG, CONTROLLER, SERVER, connect, first_line};
use crate::options::{Parsed, Spec, flag, opt};
use crate::wrong::Wrong;
use crate::{Io, java};

const SPEC: Spec = Spec {
    purpose: "This tool helps to manage acls on kafka.",
    opts: &[
        SERVER,
        CONTROLLER,
        COMMAND_CONFIG.optional(),
        flag("add", "Add rules."),
        flag("remove", "Remove rules."),
        flag("list", "Show rules."),
        opt("topic", "topic", "A topic; * for all.").repeatable(),
        flag("cluster", "The cluster."),
        opt("group", "group", "A group; * for all.").repeatable(),
        opt("transactional-id", "id", "A transactional id; * for all.").repeatable(),
        opt("delegation-token", "token", "A delegation token; * for all.").repeatable(),
        opt("user-principal", "user", "A user, for operations on tokens.").repeatable(),
        opt(
            "resource-pattern-type",
            "ANY|MATCH|LITERAL|PREFIXED",
            "How names are meant. ANY and MATCH are for --list and --remove only.",
        ),
        opt(
            "operation",
            "name",
            "What is allowed or denied: Read, Write, …; All unless given.",
        )
        .repeatable(),
        opt("allow-principal", "type:name", "Who may; User:* for everybody.").repeatable(),
        opt("deny-principal", "type:name", "Who may not, whoever else may.").repeatable(),
        opt("principal", "type:name", "With --list: only rules for these.")
            .optional()
            .repeatable(),
        opt("allow-host", "address", "From where, * unless given.").repeatable(),
        opt("deny-host", "address", "From where not, * unless given.").repeatable(),
        flag("producer", "The rules that a producer needs."),
        flag("consumer", "The rules that a consumer needs."),
        flag(
            "idempotent",
            "With --producer: also those for idempotence before Kafka 3.",
        ),
        flag("force", "Do not ask."),
    ],
};

/// What `KafkaFuture.get` throws whatever the client failed of.
const EXECUTION: &str = "java.util.concurrent.ExecutionException";
const ACTIONS: [&str; 3] = ["add", "remove", "list"];

/// Runs `kafka-acls`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    match go(args, io) {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => SPEC.refuse(io, &sentence),
        Err(Wrong::Thrown(error)) => {
            io.say(format!(
                "Error while executing ACL command: {}",
                first_line(&error)
            ));
            io.say(&error);
            if error.class == EXECUTION {
                io.say(format!("Caused by: {}", error.message));
            }
            io.say("");
            1
        }
    }
}

fn go(args: &[String], io: &mut Io<'_>) -> Result<(), Wrong> {
    let parsed = SPEC.begin(args, io)?;
    check(&parsed).map_err(Wrong::Usage)?;
    let mut client = connect(&parsed)?;
    match ACTIONS.into_iter().find(|action| parsed.has(action)) {
        Some("add") => add(&mut client, &parsed, io),
        Some("remove") => remove(&mut client, &parsed, io),
        _ => list(&mut client, &parsed, io),
    }
}

fn check(parsed: &Parsed) -> Result<(), String> {
    let wrong = |is_wrong: bool, sentence: &str| match is_wrong {
        true => Err(sentence.to_owned()),
        false => Ok(()),
    };
    let has = |name: &str| parsed.has(name);
    let servers = [has("bootstrap-server"), has("bootstrap-controller")];
    wrong(
        servers == [true; 2],
        "Only one of --bootstrap-server or --bootstrap-controller must be specified",
    )?;
    wrong(
        servers == [false; 2],
        "One of --bootstrap-server or --bootstrap-controller must be specified",
    )?;
    wrong(
        ACTIONS.iter().filter(|action| has(action)).count() != 1,
        "Command must include exactly one action: --list, --add, --remove. ",
    )?;
    let roles = [
        "producer",
        "consumer",
        "allow-host",
        "allow-principal",
        "deny-host",
        "deny-principal",
    ];
    parsed.exclude("list", &roles)?;
    for role in ["producer", "consumer"] {
        parsed.exclude(role, &["operation", "deny-principal", "deny-host"])?;
    }
    wrong(
        has("principal") && !has("list"),
        "The --principal option is only available if --list is set",
    )?;
    wrong(
        has("producer") && !has("topic"),
        "With --producer you must specify a --topic",
    )?;
    wrong(
        has("idempotent") && !has("producer"),
        "The --idempotent option is only available if --producer is set",
    )?;
    let is_alone = has("producer") || !(has("cluster") || has("transactional-id"));
    wrong(
        has("consumer") && !(has("topic") && has("group") && is_alone),
        "With --consumer you must specify a --topic and a --group and no --cluster or --transactional-id option should be specified.",
    )
}

fn thrown(error: ClientError) -> Wrong {
    Wrong::thrown(EXECUTION, error.to_string())
}

/// The entries below each other.
fn lines(entries: &[Entry]) -> String {
    java::joined(entries.iter().map(|entry| format!("\t{entry}")), "\n")
}

fn add(client: &mut Client, parsed: &Parsed, io: &mut Io<'_>) -> Result<(), Wrong> {
    let (pattern, is_specific) = names::pattern_name(wanted::pattern(parsed)?);
    if !is_specific {
        return Err(Wrong::Usage(format!(
            "A '--resource-pattern-type' value of '{pattern}' is not valid when adding acls."
        )));
    }
    let rules = wanted::rules(parsed)?;
    if rules.iter().any(|(_, entries)| entries.is_empty()) {
        return Err(Wrong::usage(
            "You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.",
        ));
    }
    for (resource, mut entries) in rules {
        let known = client.describe_acls(&resource).map_err(thrown)?;
        let known: Vec<&Entry> = known.iter().flat_map(|(_, entries)| entries).collect();
        entries.retain(|entry| {
            let is_new = !known.contains(&entry);
            if !is_new {
                io.say(format!("Acl (pattern={resource}, entry={entry}) already exists."));
            }
            is_new
        });
        if !entries.is_empty() {
            io.say(format!(
                "Adding ACLs for resource `{resource}`: \n {}\n",
                lines(&entries)
            ));
            client.create_acls(&resource, &entries).map_err(thrown)?;
        }
    }
    Ok(())
}

fn remove(client: &mut Client, parsed: &Parsed, io: &mut Io<'_>) -> Result<(), Wrong> {
    for (resource, entries) in wanted::rules(parsed)? {
        let question = match entries.is_empty() {
            true => {
                format!("Are you sure you want to delete all ACLs for resource filter `{resource}`? (y/n)")
            }
            false => format!(
                "Are you sure you want to remove ACLs: \n {}\n from resource filter `{resource}`? (y/n)",
                lines(&entries)
            ),
        };
        if parsed.has("force") || is_confirmed(&question, io)? {
            client.delete_acls(&resource, &entries).map_err(thrown)?;
        }
    }
    Ok(())
}

fn is_confirmed(question: &str, io: &mut Io<'_>) -> Result<bool, Wrong> {
    io.say(question);
    io.flush();
    let mut answer = String::new();
    match io.stdin.read_line(&mut answer) {
        Ok(1..) => Ok(answer.trim_end_matches(['\r', '\n']).eq_ignore_ascii_case("y")),
        _ => Err(Wrong::thrown(
            "java.lang.NullPointerException",
            "Nobody answers. With --force nobody is asked.",
        )),
    }
}

fn list(client: &mut Client, parsed: &Parsed, io: &mut Io<'_>) -> Result<(), Wrong> {
    let mut filters = wanted::resources(parsed)?;
    if filters.is_empty() {
        filters.push(Resource {
            kind: ANY,
            name: None,
            pattern: ANY,
        });
    }
    let principals = principals(parsed, "principal")?;
    let mut rules: Rules = Vec::new();
    for filter in &filters {
        for (resource, entries) in client.describe_acls(filter).map_err(thrown)? {
            match rules.iter_mut().find(|(known, _)| *known == resource) {
                Some((_, known)) => {
                    let new: Vec<Entry> = entries
                        .into_iter()
                        .filter(|entry| !known.contains(entry))
                        .collect();
                    known.extend(new);
                }
                None => rules.push((resource, entries)),
            }
        }
    }
    if principals.is_empty() {
        show(&rules, io);
    }
    for principal in &principals {
        io.say(format!("ACLs for principal `{principal}`"));
        let of = |(resource, entries): &(Resource, Vec<Entry>)| {
            let entries = entries.iter().filter(|entry| entry.principal == *principal);
            (resource.clone(), entries.cloned().collect())
        };
        let mut rules: Rules = rules.iter().map(of).collect();
        rules.retain(|(_, entries)| !entries.is_empty());
        show(&rules, io);
    }
    Ok(())
}

fn show(rules: &Rules, io: &mut Io<'_>) {
    for (resource, entries) in rules {
        io.say(format!(
            "Current ACLs for resource `{resource}`:\n{}\n",
            lines(entries)
        ));
    }
}
