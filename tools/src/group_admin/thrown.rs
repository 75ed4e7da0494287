//! An exception on its way out of a Java tool: what its `getMessage` says, and the lines of its trace without frames.

use crate::client::ClientError;

const EXECUTION: &str = "java.util.concurrent.ExecutionException";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Thrown {
    /// What is wrong with the command line.
    Usage(String),
    /// Anything else: message and trace.
    Other(String, Vec<String>),
}

impl Thrown {
    /// The exception itself.
    pub(crate) fn direct(error: &ClientError) -> Thrown {
        Thrown::Other(error.message.clone(), vec![error.to_string()])
    }

    /// As `KafkaFuture.get` throws it.
    pub(crate) fn execution(error: &ClientError) -> Thrown {
        let cause = error.to_string();
        Thrown::Other(
            cause.clone(),
            vec![format!("{EXECUTION}: {cause}"), format!("Caused by: {cause}")],
        )
    }

    /// That in a `RuntimeException`.
    pub(crate) fn runtime(error: &ClientError) -> Thrown {
        let cause = error.to_string();
        let execution = format!("{EXECUTION}: {cause}");
        Thrown::Other(
            execution.clone(),
            vec![
                format!("java.lang.RuntimeException: {execution}"),
                format!("Caused by: {execution}"),
                format!("Caused by: {cause}"),
            ],
        )
    }
}
