//! `kafka-producer-perf-test` and `kafka-consumer-perf-test`: what they leave behind, and the shape of what they print.

use compat_tests::server::Broker;

use super::tool::{Ended, tool};

const HEADER: &str = "start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, \
                      rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec";
const TOTAL: &str = "records sent, # records/sec (# MB/sec), # ms avg latency, # ms max latency, # ms 50th, # ms 95th, \
                     # ms 99th, # ms 99.9th.";

fn producer(broker: &Broker, words: &str) -> Ended {
    let at = format!("--bootstrap-server {}", broker.addr());
    tool("kafka-producer-perf-test").words(&at).words(words).run()
}

fn consumer(broker: &Broker, words: &str) -> Ended {
    let at = format!("--bootstrap-server {}", broker.addr());
    tool("kafka-consumer-perf-test").words(&at).words(words).run()
}

/// The line with `#` for each number between spaces or brackets, but for those that are named.
fn shape(line: &str, keep: &[&str]) -> String {
    let masked = |word: &str| {
        let bare = word.trim_matches(|c| matches!(c, '(' | ',' | ')'));
        let is_number = bare.parse::<f64>().is_ok() && !keep.contains(&bare);
        match is_number {
            true => word.replace(bare, "#"),
            false => word.to_owned(),
        }
    };
    line.split(' ').map(masked).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_producer_counts_what_it_sent() {
    let broker = Broker::start();
    let topic = "tools-perf-letters";
    let sent = producer(
        &broker,
        &format!(
            "--topic {topic} --num-records 300 --throughput 1000 --record-size 20 --warmup-records 100 \
             --reporting-interval 100 --print-metrics"
        ),
    );
    assert_eq!(sent.code, 0, "{sent:?}");
    let lines: Vec<String> = sent
        .out
        .lines()
        .map(|line| shape(line, &["300", "200"]))
        .collect();
    let warmup = "Warmup first # records. Steady state results will print after the complete test summary.";
    assert_eq!(lines.first().map(String::as_str), Some(warmup));
    let progress = "# records sent, # records/sec (# MB/sec), # ms avg latency, # ms max latency.";
    assert!(lines.iter().any(|line| shape(line, &[]) == progress), "{lines:?}");
    assert!(lines.contains(&format!("300 {TOTAL}")), "{lines:?}");
    assert!(lines.contains(&format!("200 steady state {TOTAL}")), "{lines:?}");
    let total = "producer-topic-metrics:record-send-total:{client-id=perf-producer-client,";
    let metric = sent.out.lines().find(|line| line.starts_with(total));
    assert!(
        metric.is_some_and(|line| line.ends_with(" : 300.000")),
        "{metric:?}"
    );
    // The letters are the same in every run.
    let read = tool("kafka-console-consumer")
        .words(&format!("--bootstrap-server {} --topic {topic}", broker.addr()))
        .words("--from-beginning --max-messages 1")
        .run();
    assert_eq!((read.code, read.out.as_str()), (0, "YQHHNEBSEPDNSEIFGAMS\n"));
}

#[test]
fn values_of_a_file_go_in_by_transactions_and_come_out_again() {
    let broker = Broker::start();
    let dir = tempfile::tempdir().unwrap();
    let (values, config) = (dir.path().join("values"), dir.path().join("producer.properties"));
    std::fs::write(&values, "abc;abd;abe;").unwrap();
    std::fs::write(&config, "linger.ms=1\n").unwrap();
    let topic = "tools-perf-file";
    let sent = producer(
        &broker,
        &format!(
            "--topic {topic} --num-records 60 --throughput 400 --payload-file {} --payload-delimiter ; \
             --producer.config {} --transaction-duration-ms 40 --command-property acks=all batch.size=64",
            values.display(),
            config.display()
        ),
    );
    assert_eq!(sent.code, 0, "{sent:?}");
    let lines: Vec<&str> = sent.out.lines().collect();
    assert_eq!(lines[0], format!("Reading payloads from: {}", values.display()));
    assert_eq!(lines[1], "Number of records read: 3");
    let old = "Option --producer.config has been deprecated and will be removed in a future version. Use --command-config instead.";
    assert_eq!(lines[2], old);
    assert_eq!(shape(lines[3], &["60"]), format!("60 {TOTAL}"));
    let committed = "--command-property isolation.level=read_committed";
    let read = consumer(&broker, &format!("--topic {topic} --num-records 60 {committed}"));
    assert_eq!(read.code, 0, "{read:?}");
    let lines: Vec<&str> = read.out.lines().collect();
    assert_eq!((lines.len(), lines[0]), (2, HEADER));
    let fields: Vec<&str> = lines[1].split(", ").collect();
    // 60 values of 3 bytes are 0.00017 MiB.
    assert_eq!(
        (fields.len(), fields[2], fields[4]),
        (10, "0.0002", "60"),
        "{}",
        lines[1]
    );
    let time: String = fields[0]
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(time, "0000-00-00 00:00:00:000");
}

#[test]
fn the_consumer_says_what_it_waited_for_in_vain() {
    let broker = Broker::start();
    let sent = producer(
        &broker,
        "--topic tools-perf-few --num-records 3 --throughput -1 --payload-monotonic",
    );
    assert_eq!(sent.code, 0, "{sent:?}");
    let few = "--include tools-perf-f.w --messages 4 --timeout 1500";
    let read = consumer(&broker, &format!("{few} --hide-header --date-format HH"));
    let lines: Vec<&str> = read.out.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "Warning: --messages is deprecated. Use --num-records instead.",
            "WARNING: Exiting before consuming the expected number of records: timeout (1500 ms) exceeded. You can use \
             the --timeout option to increase the timeout."
        ]
    );
    let fields: Vec<&str> = lines[2].split(", ").collect();
    assert_eq!(
        (read.code, fields[0].len(), fields[2], fields[4]),
        (0, 2, "0.0000", "3")
    );
    let detailed = consumer(
        &broker,
        "--topic tools-perf-few --num-records 3 --show-detailed-stats --reporting-interval 1",
    );
    let lines: Vec<&str> = detailed.out.lines().collect();
    assert_eq!(lines[0], HEADER.replace("start.time, end.time", "time, threadId"));
    let fields: Vec<&str> = lines[1].split(", ").collect();
    assert_eq!(
        (fields.len(), fields[1], fields[2], fields[4]),
        (10, "0", "0.0000", "1")
    );
}

#[test]
fn wrong_command_lines_end_with_1_and_say_nothing_on_standard_output() {
    let producer = |words: &str| tool("kafka-producer-perf-test").words(words).run();
    let few = "--topic t --num-records 1 --throughput -1";
    for words in [
        "--topic t",
        &format!("{few} --bootstrap-server h:1"),
        &format!("{few} --record-size 1"),
        &format!("{few} --record-size 0 --bootstrap-server h:1"),
        &format!("{few} --record-size 1 --payload-monotonic --bootstrap-server h:1"),
        &format!("{few} --record-size 1 --warmup-records 1 --bootstrap-server h:1"),
        &format!("{few} --record-size 1 --command-property a=1 --producer-props a=1"),
        &format!("{few} --record-size 1 --command-property a=b=c"),
        "--topic t --num-records x --throughput -1 --record-size 1 --bootstrap-server h:1",
    ] {
        let ended = producer(words);
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (1, ""),
            "{words}: {}",
            ended.err
        );
    }
    let consumer = |words: &str| tool("kafka-consumer-perf-test").words(words).run();
    for (words, said) in [
        (
            "--topic t --num-records 1",
            "Missing required argument \"[bootstrap-server]\"",
        ),
        (
            "--bootstrap-server h:1 --num-records 1",
            "Exactly one of the following arguments is required: [topic], [include]",
        ),
        (
            "--bootstrap-server h:1 --topic t",
            "Exactly one of the following arguments is required: [messages], [num-records]",
        ),
        (
            "--bootstrap-server h:1 --topic t --num-records 1 --consumer.config a --command-config b",
            "Option \"[consumer.config]\" can't be used with option \"[command-config]\"",
        ),
    ] {
        assert_eq!(consumer(words), super::tool::refused(said));
    }
}
