//! The console producer and the console consumer.

use std::time::{Duration, Instant};

use compat_tests::server::{Broker, Options};

use super::tool::{Ended, Tool, printed, refused, tool};

fn producer(broker: &Broker, words: &str) -> Tool {
    let at = format!("--bootstrap-server {}", broker.addr());
    tool("kafka-console-producer").words(&at).words(words)
}

fn consumer(broker: &Broker, words: &str) -> Tool {
    let at = format!("--bootstrap-server {}", broker.addr());
    tool("kafka-console-consumer").words(&at).words(words)
}

/// What the consumer says when it got what it was asked for.
fn counted(out: &str, count: usize) -> Ended {
    Ended {
        err: format!("Processed a total of {count} messages"),
        ..printed(out)
    }
}

#[test]
fn lines_become_records_and_records_lines() {
    let broker = Broker::start();
    let topic = "tools-console";
    let sent = producer(&broker, &format!("--topic {topic}"))
        .input("a\nb\r\n\nc")
        .run();
    assert_eq!(sent, printed(""));
    let keyed = "--reader-property parse.key=true --reader-property parse.headers=true \
                 --reader-property key.separator=: --reader-property null.marker=NULL";
    let sent = producer(
        &broker,
        &format!("--topic {topic} --sync --compression-codec {keyed}"),
    )
    .input("h:1,g:NULL\tk:v\nNULL\tNULL:w\n")
    .run();
    assert_eq!(sent, printed(""));
    let all = format!("--topic {topic} --from-beginning --max-messages 6");
    assert_eq!(consumer(&broker, &all).run(), counted("a\nb\n\nc\nv\nw\n", 6));
    let parts = "--formatter-property print.key=true --formatter-property print.headers=true \
                 --formatter-property print.partition=true --formatter-property print.offset=true \
                 --formatter-property print.epoch=true --formatter-property print.delivery=true \
                 --formatter-property key.separator=| --formatter-property null.literal=-";
    let from = format!("--topic {topic} --partition 0 --offset 3 --max-messages 3 {parts}");
    let rows = ["3|N|NO_HEADERS|-|c", "4|N|h:1,g:-|k|v", "5|N|NO_HEADERS|-|w"];
    let rows = rows.map(|row| {
        let row = row.replace("|N|", "|Delivery:NOT_PRESENT|Epoch:NOT_PRESENT|");
        format!("Partition:0|Offset:{row}\n")
    });
    assert_eq!(consumer(&broker, &from).run(), counted(&rows.concat(), 3));
    let none = format!("--topic {topic} --partition 0 --timeout-ms 300");
    let late = consumer(&broker, &none).run();
    assert_eq!((late.code, late.out.as_str()), (0, ""));
    assert_eq!(
        late.err,
        "ERROR Error processing message, terminating consumer process:  (org.apache.kafka.tools.consumer.ConsoleConsumer)\n\
         org.apache.kafka.common.errors.TimeoutException\nProcessed a total of 0 messages"
    );
}

/// The time of a poll holds for whatever it waits for. The bound is far below what these wait for otherwise: a minute.
#[test]
fn the_time_to_wait_holds_while_connecting_and_joining() {
    const SOON: Duration = Duration::from_secs(25);
    let none = Ended {
        err: "ERROR Error processing message, terminating consumer process:  \
              (org.apache.kafka.tools.consumer.ConsoleConsumer)\n\
              org.apache.kafka.common.errors.TimeoutException\nProcessed a total of 0 messages"
            .to_owned(),
        ..printed("")
    };
    let warning =
        "WARNING: Exiting before consuming the expected number of records: timeout (700 ms) exceeded.";
    let check = |at: &str| {
        let begun = Instant::now();
        let words = format!("--bootstrap-server {at} --topic tools-late");
        let console = tool("kafka-console-consumer").words(&words);
        assert_eq!(console.words("--from-beginning --timeout-ms 700").run(), none);
        let perf = tool("kafka-consumer-perf-test").words(&words);
        let ended = perf.words("--num-records 9 --timeout 700 --hide-header").run();
        let lines: Vec<&str> = ended.out.lines().collect();
        assert!(
            ended.code == 0 && lines.len() == 2 && lines[0].starts_with(warning),
            "{ended:?}"
        );
        assert_eq!(lines[1].split(", ").nth(4), Some("0"), "{}", lines[1]);
        assert!(begun.elapsed() < SOON, "{at}: {:?}", begun.elapsed());
    };
    check("localhost:1");
    let Some(broker) = Options::new()
        .set("group.initial.rebalance.delay.ms", 60_000)
        .start()
    else {
        return;
    };
    let sent = producer(&broker, "--topic tools-late").input("a\n").run();
    assert_eq!(sent, printed(""));
    check(&broker.bootstrap());
}

#[test]
fn a_group_reads_on_where_it_stopped() {
    let broker = Broker::start();
    let sent = producer(&broker, "--topic tools-group").input("1\n2\n3\n").run();
    assert_eq!(sent.code, 0);
    let read = |more: &str| consumer(&broker, &format!("--group tools-g --from-beginning {more}")).run();
    assert_eq!(read("--topic tools-group --max-messages 2"), counted("1\n2\n", 2));
    assert_eq!(read("--include tools-gr.* --max-messages 1"), counted("3\n", 1));
}

#[test]
fn what_cannot_be_read_or_sent_is_said() {
    let broker = Broker::start();
    let lines = producer(&broker, "--topic tools-faults --reader-property parse.key=true")
        .input("k\tv\nx\n")
        .run();
    assert_eq!(
        lines,
        refused("org.apache.kafka.common.KafkaException: No key separator found on line number 2: 'x'")
    );
    let long = "--value-deserializer org.apache.kafka.common.serialization.LongDeserializer";
    let first = format!("--topic tools-faults --partition 0 --from-beginning --max-messages 1 {long}");
    let ended = consumer(&broker, &first).run();
    assert_eq!((ended.code, ended.out.as_str()), (1, ""));
    assert!(
        ended
            .err
            .ends_with("SerializationException: Size of data received by LongDeserializer is not 8")
    );
    let topic = producer(&broker, "--topic").arg("not allowed").input("v\n").run();
    assert_eq!((topic.code, topic.out.as_str()), (0, ""));
    let said = "ERROR Error when sending message to topic not allowed with key: null, value: 1 bytes with error: \
                (org.apache.kafka.clients.producer.internals.ErrorLoggingCallback)\n\
                org.apache.kafka.common.errors.InvalidTopicException: Invalid topics: [not allowed]";
    assert!(topic.err.ends_with(said), "{}", topic.err);
}

#[test]
fn wrong_command_lines_are_refused_in_kafkas_words() {
    let producer = |words: &str| tool("kafka-console-producer").words(words).run();
    assert_eq!(
        producer("--topic t"),
        refused("Error while validating the bootstrap address\n")
    );
    assert_eq!(
        producer("--bootstrap-server h:1"),
        refused("Missing required argument \"[topic]\"")
    );
    assert_eq!(
        producer("--no-such"),
        refused("no-such is not a recognized option")
    );
    assert_eq!(
        producer("--bootstrap-server h:1 --topic t --timeout x"),
        refused("Cannot parse argument 'x' of option timeout")
    );
    let consumer = |words: &str| {
        tool("kafka-console-consumer")
            .words("--bootstrap-server h:1")
            .words(words)
            .run()
    };
    let which = "Exactly one of the following arguments is required: [topic], [include]";
    assert_eq!(consumer(""), refused(which));
    assert_eq!(consumer("--topic t --include u"), refused(which));
    assert_eq!(
        consumer("--topic t --offset 1"),
        refused("The partition is required when offset is specified.")
    );
    assert_eq!(
        consumer("--topic t --partition 0 --offset x"),
        refused(
            "The provided offset value 'x' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long."
        )
    );
    assert_eq!(
        consumer("--topic t --partition 0 --group g"),
        refused("Options group and partition cannot be specified together.")
    );
    assert_eq!(
        tool("kafka-console-consumer").words("--version").run(),
        printed("4.3.1\n")
    );
}
