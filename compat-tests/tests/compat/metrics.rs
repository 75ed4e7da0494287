//! Metrics over HTTP, of brokers that librdkafka's clients use.

use std::fs;

use compat_tests::errors::NONE;
use compat_tests::groups::commit;
use compat_tests::ops::{create_topic, produce_values, try_fetch};
use compat_tests::scrape::{Scrape, address, http};
use compat_tests::server::{Broker, Options, run_to_exit};
use compat_tests::transactions::Producer as RawProducer;
use compat_tests::{DEADLINE, eventually, rdkafka as clients};
use rdkafka::consumer::Consumer;
use rdkafka::producer::{BaseRecord, Producer};

const OPEN: &str = "ottla_open_transactions";
const AGE: &str = "ottla_oldest_open_transaction_age_seconds";

fn with_metrics() -> Options {
    Options::new().arg("--metrics").arg("127.0.0.1:0")
}

#[test]
fn an_open_transaction_shows_until_it_is_committed_also_after_a_restart() {
    let Some(mut broker) = with_metrics().start() else {
        return;
    };
    create_topic(&mut broker.client(), "t", 1, &[]);
    let none = Scrape::of(&broker);
    assert_eq!((none.value(OPEN), none.value(AGE)), (0.0, 0.0));
    let settings = [("transactional.id", "x"), ("transaction.timeout.ms", "600000")];
    let producer = clients::producer(&broker.bootstrap(), &settings);
    producer.init_transactions(DEADLINE).unwrap();
    producer.begin_transaction().unwrap();
    let record = BaseRecord::to("t").partition(0).key(&[][..]).payload(&b"v"[..]);
    clients::send(&producer, record);
    producer.flush(DEADLINE).unwrap();
    eventually("an age", || Scrape::of(&broker).value(AGE) > 0.0);
    let open = Scrape::of(&broker);
    assert_eq!(open.value(OPEN), 1.0);
    assert_eq!(open.value("ottla_transactions{state=\"Ongoing\"}"), 1.0);
    assert_eq!(open.value("ottla_producer_ids"), 1.0);
    for clean in [true, false] {
        broker.end(clean);
        broker.start_again();
        // The very first scrape, before anybody else has asked for anything.
        let again = Scrape::of(&broker);
        assert_eq!(again.value(OPEN), 1.0, "clean: {clean}");
        assert!(again.value(AGE) >= open.value(AGE), "it began before the restart");
    }
    producer.commit_transaction(DEADLINE).unwrap();
    eventually("no open transaction", || Scrape::of(&broker).value(OPEN) == 0.0);
    let committed = Scrape::of(&broker);
    assert_eq!(committed.value(AGE), 0.0);
    assert_eq!(
        committed.value("ottla_transactions{state=\"CompleteCommit\"}"),
        1.0
    );
}

#[test]
fn groups_show_by_protocol_and_state() {
    let Some(mut broker) = with_metrics().start() else {
        return;
    };
    create_topic(&mut broker.client(), "t", 1, &[]);
    let stable = "ottla_groups{protocol=\"classic\",state=\"Stable\"}";
    let empty = "ottla_groups{protocol=\"classic\",state=\"Empty\"}";
    let consumer = clients::consumer(&broker.bootstrap(), "g", &[]);
    consumer.subscribe(&["t"]).unwrap();
    eventually("a stable group", || {
        consumer.poll(std::time::Duration::from_millis(10));
        Scrape::of(&broker).value(stable) == 1.0
    });
    assert!(Scrape::of(&broker).value("ottla_connections") >= 1.0);
    drop(consumer);
    eventually("an empty group", || Scrape::of(&broker).value(empty) == 1.0);
    assert_eq!(commit(&mut broker.client(), "h", "t", 0, 7), 0);
    broker.crash();
    let again = Scrape::of(&broker);
    assert_eq!(
        again.value(empty),
        2.0,
        "groups are there though nobody has asked for them"
    );
    assert_eq!(again.value("ottla_group_offsets"), 1.0);
}

/// Flips a bit in the middle of a partition's first segment.
fn harm(broker: &Broker, partition: &str) {
    let path = broker.data().join(partition).join("00000000000000000000.log");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(&path, bytes).unwrap();
}

#[test]
fn what_is_damaged_is_counted_and_the_rest_told() {
    let Some(mut broker) = with_metrics().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    for n in 0..10 {
        produce_values(&mut client, "t", 0, &[&format!("value {n}")]);
        RawProducer::init(&mut client, "x");
    }
    let holds_x = |n: &i32| broker.data().join(format!("__transaction_state-{n}")).exists();
    let shard = (0..50).find(holds_x).unwrap();
    broker.kill();
    harm(&broker, "t-0");
    harm(&broker, &format!("__transaction_state-{shard}"));
    broker.start_again();
    let failed = "ottla_failed_coordinator_partitions{topic=\"__transaction_state\"}";
    let scrape = Scrape::of(&broker);
    assert_eq!(scrape.value(failed), 1.0);
    assert_eq!(scrape.value("ottla_transactions{state=\"Empty\"}"), 0.0);
    assert_eq!(
        scrape.value("ottla_offline_partitions"),
        1.0,
        "nobody has used t yet"
    );
    let refused = try_fetch(&mut broker.client(), "t", 0, 0);
    assert_ne!(refused["error_code"], NONE);
    let scrape = Scrape::of(&broker);
    assert_eq!(scrape.value("ottla_offline_partitions"), 2.0);
    assert_eq!(scrape.value("ottla_partitions"), 51.0);
    assert_eq!(
        scrape.value("ottla_offline_log_dirs"),
        0.0,
        "the folder itself is sound"
    );
}

#[test]
fn a_page_is_valid_and_other_questions_are_answered() {
    let Some(broker) = with_metrics().start() else {
        return;
    };
    let page = Scrape::of(&broker);
    let described = |name: &str, what: &str| page.text().contains(&format!("# {what} {name} "));
    for line in page.text().lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        let family = name.strip_suffix("_info").unwrap_or(name);
        assert!(described(family, "HELP") && described(family, "TYPE"), "{line}");
    }
    let addr = address(&broker);
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n", "404 Not Found"),
        (
            "POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
            "405 Method Not Allowed",
        ),
        ("hello\r\n\r\n", "400 Bad Request"),
    ] {
        let answer = http(addr, request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer}");
    }
    let long = format!("GET /metrics HTTP/1.1\r\nCookie: {}\r\n\r\n", "x".repeat(20_000));
    assert!(
        http(addr, long.as_bytes()).starts_with("HTTP/1.1 431 "),
        "a head too long"
    );
}

#[test]
fn a_start_says_what_is_wrong_with_its_metrics() {
    let Some(broker) = with_metrics().start() else {
        return;
    };
    let taken = address(&broker);
    let refused = run_to_exit(&["--memory", "--listen=127.0.0.1:0", &format!("--metrics={taken}")]);
    assert!(!refused.status.success());
    assert_eq!(
        refused.log,
        format!(
            "ottla: cannot listen on {taken}: the port is taken; stop what uses it, or choose another with --metrics \
             HOST:PORT (port 0 takes a free one)\n"
        )
    );
    let refused = run_to_exit(&["--memory", "--set", "ottla.metrics=somewhere"]);
    assert_eq!(
        refused.log,
        "ottla: ottla.metrics=somewhere in --set is not allowed: it must be HOST:PORT with a port up to 65535.\n"
    );
}

/// Addresses on which a broker's process listens, whatever it says of them.
fn listening(broker: &Broker) -> usize {
    let fds = fs::read_dir(format!("/proc/{}/fd", broker.pid())).unwrap();
    let links = fds.flatten().filter_map(|fd| fs::read_link(fd.path()).ok());
    let links: Vec<String> = links.map(|link| link.display().to_string()).collect();
    let sockets =
        ["tcp", "tcp6"].map(|kind| fs::read_to_string(format!("/proc/net/{kind}")).unwrap_or_default());
    let of_broker = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_its = |inode: &&str| links.contains(&format!("socket:[{inode}]"));
        words.get(3) == Some(&"0A") && words.get(9).is_some_and(is_its)
    };
    sockets
        .iter()
        .flat_map(|list| list.lines())
        .filter(of_broker)
        .count()
}

#[test]
fn nothing_listens_unless_it_is_told_to() {
    let Some(without) = Options::new().start() else {
        return;
    };
    assert_eq!(listening(&without), 1, "for clients");
    assert!(!without.log().contains("metrics"), "{}", without.log());
    let with = Options::new()
        .set("ottla.metrics", "127.0.0.1:0")
        .start()
        .unwrap();
    assert_eq!(listening(&with), 2);
    assert_eq!(Scrape::of(&with).value("ottla_topics"), 0.0);
}
