//! The loop: poll, print, count.

use std::time::Duration;

use super::options::{Options, Source};
use crate::Io;
use crate::client::ClientError;
use crate::consumer::{Consumer, Record, Subscription};
use crate::env::Interrupt;
use crate::log_line::log;

const CLASS: &str = "org.apache.kafka.tools.consumer.ConsoleConsumer";
/// Printed text is handed on when it is this much, or when there is nothing else to do.
const HELD_BYTES_MAX: usize = 64 * 1024;

/// Why the loop ended.
enum End {
    /// As it was asked for.
    Done,
    /// Reading failed; what was printed is printed.
    Logged(ClientError),
    /// A record could not be printed.
    Thrown(ClientError),
    /// By a signal: the exit code.
    Interrupted(i32),
}

/// Runs it.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    let options = match Options::read(args, io) {
        Ok(options) => options,
        Err(code) => return code,
    };
    let mut consumer = match consumer(&options) {
        Ok(consumer) => consumer,
        Err(error) => return unknown(io, &error),
    };
    let mut count = 0;
    let end = read(&options, &mut consumer, io, &mut count);
    if let End::Logged(error) = &end {
        log(
            io,
            "ERROR",
            "Error processing message, terminating consumer process: ",
            CLASS,
        );
        io.complain(shown(error));
    }
    consumer.close();
    io.flush();
    io.complain(format!("Processed a total of {count} messages"));
    let code = match end {
        End::Done | End::Logged(_) => 0,
        End::Thrown(error) => unknown(io, &error),
        End::Interrupted(code) => code,
    };
    if options.tells_events {
        io.say("shutdown_complete");
    }
    code
}

/// As Java prints an exception, which may have no message.
fn shown(error: &ClientError) -> String {
    match error.message.is_empty() {
        true => error.class.clone(),
        false => error.to_string(),
    }
}

fn unknown(io: &mut Io<'_>, error: &ClientError) -> i32 {
    log(io, "ERROR", "Unknown error when running consumer: ", CLASS);
    io.complain(shown(error));
    1
}

fn consumer(options: &Options) -> Result<Consumer, ClientError> {
    let new = |subscription| Consumer::new(&options.bootstrap, &options.consumer, subscription);
    match &options.source {
        Source::Topic(topic) => new(Subscription::Topics(vec![topic.clone()])),
        Source::Include(pattern) => new(Subscription::matching(pattern)?),
        Source::Partition(topic, partition, offset) => {
            let mut consumer = new(Subscription::Partitions)?;
            consumer.assign(topic, *partition, *offset);
            Ok(consumer)
        }
    }
}

fn read(options: &Options, consumer: &mut Consumer, io: &mut Io<'_>, count: &mut i64) -> End {
    let interrupt = Interrupt::new();
    let wait = options.timeout_ms.map_or(Duration::MAX, Duration::from_millis);
    let (mut held, mut is_warned) = (Vec::new(), false);
    let end = loop {
        if options.max_messages >= 0 && *count >= options.max_messages {
            break End::Done;
        }
        let next = consumer.poll(wait, &mut |trouble| {
            hand_on(&mut held, io);
            if let Some(error) = trouble.filter(|_| !is_warned) {
                let what = format!("{} cannot be asked yet: {}", options.bootstrap, error.message);
                log(io, "WARN", &what, CLASS);
            }
            is_warned |= trouble.is_some();
            interrupt.code().is_some()
        });
        if let Some(code) = interrupt.code() {
            break End::Interrupted(code);
        }
        let record = match next {
            Ok(Some(record)) => record,
            Ok(None) => break End::Logged(ClientError::timeout("")),
            Err(error) => break End::Logged(error),
        };
        *count += 1;
        if let Err(error) = print(options, &record, &mut held, io) {
            break End::Thrown(error);
        }
        if held.len() >= HELD_BYTES_MAX {
            hand_on(&mut held, io);
        }
        if io.is_closed {
            io.complain("Unable to write to standard out, closing consumer.");
            break End::Done;
        }
    };
    hand_on(&mut held, io);
    end
}

fn print(options: &Options, record: &Record, held: &mut Vec<u8>, io: &mut Io<'_>) -> Result<(), ClientError> {
    let Err(message) = options.format.write(record, held) else {
        return Ok(());
    };
    let error = ClientError::own("SerializationException", message);
    if !options.skips_errors {
        return Err(error);
    }
    log(
        io,
        "ERROR",
        "Error processing message, skipping this message: ",
        CLASS,
    );
    io.complain(&error);
    Ok(())
}

fn hand_on(held: &mut Vec<u8>, io: &mut Io<'_>) {
    if !held.is_empty() {
        io.is_closed |= io.stdout.write_all(held).is_err();
        held.clear();
        io.flush();
    }
}
