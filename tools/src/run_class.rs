//! `kafka-run-class CLASS ARG...`: the tool that stands for a Java class.

use crate::Io;
use crate::table::find_class;

/// Runs the class's tool. What the script says without a class, and what Java says of one that is not there.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    // Options for the script and for Java come before the class.
    let mut rest = args;
    while let Some((word, behind)) = rest.split_first() {
        match word.as_str() {
            "-daemon" | "-loggc" => rest = behind,
            "-name" => rest = behind.get(1..).unwrap_or_default(),
            word if word.starts_with('-') => rest = behind,
            _ => break,
        }
    }
    let Some((class, args)) = rest.split_first() else {
        io.say("USAGE: kafka-run-class.sh [-daemon] [-name servicename] [-loggc] classname [opts]");
        return 1;
    };
    match find_class(class) {
        Some(tool) => (tool.run)(args, io),
        None => {
            io.complain(format!("Error: Could not find or load main class {class}"));
            io.complain(format!("Caused by: java.lang.ClassNotFoundException: {class}"));
            1
        }
    }
}
