//! The loop: read a line, send a record, say what could not be sent.

use super::lines::{Lines, Next};
use super::options::Options;
use super::reader::LineReader;
use crate::Io;
use crate::client::{Client, ClientConfig, ClientError};
use crate::log_line::log;
use crate::producer::{Producer, Receipt, Record};

const KAFKA_EXCEPTION: &str = "org.apache.kafka.common.KafkaException";
const CALLBACK: &str = "org.apache.kafka.clients.producer.internals.ErrorLoggingCallback";

/// A record's failure, until it can be printed.
struct Failure {
    key_bytes: Option<usize>,
    value_bytes: Option<usize>,
    error: ClientError,
}

/// Runs it.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    let options = match Options::read(args, io) {
        Ok(options) => options,
        Err(code) => return code,
    };
    match produce(args, &options, io) {
        Ok(()) => 0,
        Err(error) => {
            io.complain(error);
            1
        }
    }
}

fn produce(args: &[String], options: &Options, io: &mut Io<'_>) -> Result<(), ClientError> {
    Options::check_reader(args)?;
    // Kafka's tool says so, writes nothing, and hangs.
    if options.config.transactional_id.is_some() {
        return Err(ClientError::foreign(
            "java.lang.IllegalStateException",
            "Cannot add a record to a transaction before completing a call to initTransactions: this tool begins no \
             transactions, so leave transactional.id out",
        ));
    }
    let thrown = |message: String| ClientError::foreign(KAFKA_EXCEPTION, message);
    let mut reader = LineReader::new(&options.topic, |key| options.reader.get(key)).map_err(thrown)?;
    let client = ClientConfig::new(&options.bootstrap, &options.producer).map(Client::new);
    let client =
        client.map_err(|error| thrown(format!("Failed to construct kafka producer\nCaused by: {error}")))?;
    let mut producer = Producer::new(client, options.config.clone());
    let prompts = crate::env::is_console();
    let mut lines = Lines::default();
    let mut paused = false;
    loop {
        if prompts && !paused {
            io.print(">");
            io.flush();
        }
        match lines.next(io.stdin, paused) {
            Err(error) => return Err(thrown(format!("java.io.IOException: {error}"))),
            Ok(Next::Line(line)) => {
                paused = false;
                let record = match reader.record(&line) {
                    Ok(record) => record,
                    Err(message) => {
                        // What came before is sent all the same.
                        flush(&mut producer, options, io);
                        return Err(thrown(message));
                    }
                };
                send(&mut producer, &record, options, io)?;
            }
            Ok(Next::Pause) => {
                flush(&mut producer, options, io);
                paused = true;
            }
            Ok(Next::End) => {
                flush(&mut producer, options, io);
                return Ok(());
            }
        }
    }
}

fn send(
    producer: &mut Producer,
    record: &Record,
    options: &Options,
    io: &mut Io<'_>,
) -> Result<(), ClientError> {
    let mut failures = Vec::new();
    let mut taken = producer.send(record, &mut collect(&mut failures));
    if options.sync && taken.is_ok() {
        producer.flush(&mut collect(&mut failures));
        if let Some(failure) = failures.pop() {
            taken = Err(failure.error);
        }
    }
    match taken {
        Err(error) if options.sync => {
            return Err(ClientError::foreign(
                "java.util.concurrent.ExecutionException",
                error.to_string(),
            ));
        }
        Err(error) => failures.push(Failure {
            key_bytes: record.key.as_ref().map(Vec::len),
            value_bytes: record.value.as_ref().map(Vec::len),
            error,
        }),
        Ok(()) => {}
    }
    report(failures, options, io);
    Ok(())
}

fn flush(producer: &mut Producer, options: &Options, io: &mut Io<'_>) {
    let mut failures = Vec::new();
    producer.flush(&mut collect(&mut failures));
    report(failures, options, io);
}

fn collect(failures: &mut Vec<Failure>) -> impl FnMut(&Receipt, Option<&ClientError>) {
    |receipt, error| {
        if let Some(error) = error {
            failures.push(Failure {
                key_bytes: receipt.key_bytes,
                value_bytes: receipt.value_bytes,
                error: error.clone(),
            });
        }
    }
}

/// As Kafka's `ErrorLoggingCallback`.
fn report(failures: Vec<Failure>, options: &Options, io: &mut Io<'_>) {
    let shown = |bytes: Option<usize>| bytes.map_or("null".to_owned(), |bytes| format!("{bytes} bytes"));
    for failure in failures {
        let (key, value) = (shown(failure.key_bytes), shown(failure.value_bytes));
        let message = format!(
            "Error when sending message to topic {} with key: {key}, value: {value} with error:",
            options.topic
        );
        log(io, "ERROR", &message, CALLBACK);
        io.complain(failure.error);
    }
}
