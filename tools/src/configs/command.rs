//! One run of `kafka-configs`, and how its errors are printed.

use super::options::{SPEC, read};
use super::{alter, changes, describe};
use crate::Io;
use crate::connect::connect;
use crate::wrong::Wrong;

/// Exceptions of which only the message is shown.
const PLAIN: [&str; 2] = [
    "java.lang.IllegalArgumentException",
    "org.apache.kafka.common.errors.InvalidConfigurationException",
];

/// Runs `kafka-configs`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    let mut asked = false;
    let done = read(args, io).and_then(|(parsed, entities)| {
        let mut client = connect(&parsed)?;
        // A file that cannot be read is no answer of a broker.
        let changes = parsed.has("alter").then(|| changes::read(&parsed)).transpose()?;
        asked = true;
        match changes {
            Some(changes) => alter::alter(&mut client, changes, &entities, io),
            None => describe::describe(&mut client, &parsed, &entities, io),
        }
    });
    match done {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => SPEC.refuse(io, &sentence),
        // What a broker refuses comes wrapped, whatever its class.
        Err(Wrong::Thrown(error)) if PLAIN.contains(&&*error.class) && error.code.is_none() => {
            io.complain(&error.message);
            1
        }
        Err(Wrong::Thrown(error)) => {
            io.complain(format!(
                "Error while executing config command with args '{}'",
                args.join(" ")
            ));
            match asked {
                true => io.complain(format!("java.util.concurrent.ExecutionException: {error}")),
                false => io.complain(&error),
            }
            1
        }
    }
}
