//! One action of `kafka-topics`, and how its errors are printed.

use super::options::{SPEC, read};
use super::{change, describe, find};
use crate::connect::{connect, first_line};
use crate::wrong::Wrong;
use crate::{Io, java};

/// Runs `kafka-topics`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    let prepared = read(args, io).and_then(|parsed| Ok((connect(&parsed)?, parsed)));
    let (mut client, parsed) = match prepared {
        Ok(prepared) => prepared,
        Err(Wrong::Usage(sentence)) => return SPEC.refuse(io, &sentence),
        Err(Wrong::Code(code)) => return code,
        // A number that is none shows when the action needs it.
        Err(Wrong::Thrown(error)) if error.message.starts_with("Cannot parse argument") => {
            io.say(format!("Error while executing topic command : {}", error.message));
            return 1;
        }
        Err(Wrong::Thrown(error)) => {
            io.complain(first_line(&error));
            io.complain(&error);
            return 1;
        }
    };
    let pattern = parsed.value("topic");
    let done = if parsed.has("create") {
        change::create(&mut client, &parsed, io)
    } else if parsed.has("alter") {
        change::alter(&mut client, &parsed)
    } else if parsed.has("list") {
        find::topics(&mut client, pattern, parsed.has("exclude-internal"))
            .map(|names| io.say(java::joined(names, "\n")))
    } else if parsed.has("describe") {
        describe::describe(&mut client, &parsed, io)
    } else {
        change::delete(&mut client, &parsed)
    };
    match done {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => SPEC.refuse(io, &sentence),
        Err(Wrong::Thrown(error)) => {
            io.say(format!("Error while executing topic command : {}", error.message));
            io.complain(format!("ERROR {error}"));
            1
        }
    }
}
