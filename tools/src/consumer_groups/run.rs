//! Which action, the list, and how a failure is printed.

use std::time::Duration;

use super::options::{SPEC, check};
use super::{delete, describe, reset};
use crate::Io;
use crate::client::{Client, ClientConfig};
use crate::group_admin::{Listing, Thrown, Wanted};
use crate::options::Parsed;
use crate::properties::Properties;

/// `--timeout` unless given.
const TIMEOUT_MS: u64 = 30_000;
/// States that groups of consumers can have.
const STATES: [&str; 7] = [
    "Reconciling",
    "PreparingRebalance",
    "Empty",
    "Stable",
    "Assigning",
    "CompletingRebalance",
    "Dead",
];

/// Runs it.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    let given = match SPEC.begin(args, io) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if let Err(wrong) = check(&given) {
        return SPEC.refuse(io, &wrong);
    }
    if given.has("reset-offsets") && !given.has("dry-run") && !given.has("execute") {
        io.complain(
            "WARN: No action will be performed as the --execute option is missing. In version 5.0, this command will \
             require either --dry-run or --execute to be specified. You should add the --dry-run option explicitly if \
             you are scripting this command and want to keep the current default behavior without prompting.",
        );
    }
    match act(&given, io) {
        Ok(()) => 0,
        Err(Thrown::Usage(sentence)) => SPEC.refuse(io, &sentence),
        Err(Thrown::Other(message, trace)) => {
            // Kafka's tool ends well all the same.
            io.say(format!(
                "\nError: Executing consumer group command failed due to {message}"
            ));
            trace.iter().for_each(|line| io.complain(line));
            0
        }
    }
}

fn act(given: &Parsed, io: &mut Io<'_>) -> Result<(), Thrown> {
    if let Some(regex) = given.value("validate-regex") {
        match regex::Regex::new(regex) {
            Ok(_) => io.say(format!("The regular expression `{regex}` is valid.")),
            Err(error) => {
                let text = error.to_string();
                let reason = text
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ");
                io.say(format!("The regular expression `{regex}` is invalid: {reason}."));
            }
        }
        return Ok(());
    }
    let properties = match given.value("command-config").map(Properties::load) {
        None => Properties::default(),
        Some(loaded) => loaded.map_err(|error| {
            let thrown = format!("java.nio.file.NoSuchFileException: {error}");
            Thrown::Other(
                thrown.clone(),
                vec![format!("java.lang.RuntimeException: {thrown}")],
            )
        })?,
    };
    let server = given.value("bootstrap-server").unwrap_or_default();
    let mut config = ClientConfig::new(server, &properties).map_err(|error| {
        let message = "Failed to create new KafkaAdminClient".to_owned();
        let thrown = format!("org.apache.kafka.common.KafkaException: {message}");
        Thrown::Other(message, vec![thrown, format!("Caused by: {error}")])
    })?;
    config.api_timeout = timeout(given)?;
    let mut client = Client::new(config);
    if given.has("list") {
        list(&mut client, given, io)
    } else if given.has("describe") {
        describe::run(&mut client, given, io)
    } else if given.has("delete") {
        delete::groups(&mut client, given, io)
    } else if given.has("delete-offsets") {
        delete::offsets(&mut client, given, io)
    } else {
        reset::run(&mut client, given, io)
    }
}

fn timeout(given: &Parsed) -> Result<Duration, Thrown> {
    let ms: Option<i64> = given
        .late_number("timeout")
        .map_err(|error| Thrown::direct(&error))?;
    let ms = ms.and_then(|ms| u64::try_from(ms).ok());
    Ok(Duration::from_millis(ms.unwrap_or(TIMEOUT_MS)))
}

/// The groups that the command line names.
pub(super) fn groups(client: &mut Client, given: &Parsed) -> Result<Vec<String>, Thrown> {
    if !given.has("all-groups") {
        return Ok(given.all("group").map(str::to_owned).collect());
    }
    let found = client
        .list_groups(&of_consumers())
        .map_err(|error| Thrown::runtime(&error))?;
    Ok(found.into_iter().map(|listing| listing.group).collect())
}

fn of_consumers() -> Wanted {
    Wanted {
        states: Vec::new(),
        types: vec!["Classic".to_owned(), "Consumer".to_owned()],
        protocols: Some(vec![String::new(), "consumer".to_owned()]),
    }
}

fn list(client: &mut Client, given: &Parsed, io: &mut Io<'_>) -> Result<(), Thrown> {
    let (with_type, with_state) = (given.has("type"), given.has("state"));
    let mut wanted = of_consumers();
    if let Some(states) = given.value("state").filter(|states| !states.is_empty()) {
        wanted.states =
            some_of(states, &STATES).ok_or_else(|| unknown("state", "states", states, &STATES))?;
    }
    if let Some(types) = given.value("type").filter(|types| !types.is_empty()) {
        let known = ["Consumer", "Classic"];
        wanted.types = some_of(types, &known).ok_or_else(|| unknown("types", "types", types, &known))?;
    }
    if !with_type && !with_state {
        let found = client
            .list_groups(&wanted)
            .map_err(|error| Thrown::runtime(&error))?;
        found.iter().for_each(|listing| io.say(&listing.group));
        return Ok(());
    }
    let found = client
        .list_groups(&wanted)
        .map_err(|error| Thrown::execution(&error))?;
    let longest = found.iter().map(|listing| listing.group.len()).max().unwrap_or(0);
    let width = longest.max(15) + 10;
    let mut print = |group: &str, kind: &str, state: &str| {
        let mut line = format!("{group:<width$}");
        if with_type {
            line.push_str(&format!(" {kind:<20}"));
        }
        if with_state {
            line.push_str(&format!(" {state:<20}"));
        }
        io.say(line);
    };
    print("GROUP", "TYPE", "STATE");
    let or_unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "Unknown".to_owned());
    for Listing {
        group, kind, state, ..
    } in &found
    {
        print(group, &or_unknown(kind), &or_unknown(state));
    }
    Ok(())
}

/// The names of a list as they are spelled; `None` when one is not known.
fn some_of(list: &str, known: &[&str]) -> Option<Vec<String>> {
    let one = |text: &str| {
        let found = known.iter().find(|known| known.eq_ignore_ascii_case(text.trim()));
        found.map(|known| (*known).to_owned())
    };
    list.split(',').map(one).collect()
}

fn unknown(one: &str, many: &str, list: &str, known: &[&str]) -> Thrown {
    Thrown::Usage(format!(
        "Invalid {one} list '{list}'. Valid {many} are: {}",
        known.join(", ")
    ))
}
