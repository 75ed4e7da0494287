//! The tools for groups.

use compat_tests::server::Broker;

use super::tool::{Ended, printed, refused, tool};

fn groups(broker: &Broker, words: &str) -> Ended {
    let at = format!("--bootstrap-server {}", broker.addr());
    tool("kafka-consumer-groups").words(&at).words(words).run()
}

/// Five records, all read by the group.
fn read_by(broker: &Broker, topic: &str, group: &str) {
    let at = format!("--bootstrap-server {} --topic {topic}", broker.addr());
    let sent = tool("kafka-console-producer")
        .words(&at)
        .input("1\n2\n3\n4\n5\n")
        .run();
    assert_eq!(sent.code, 0);
    let read = tool("kafka-console-consumer")
        .words(&at)
        .words(&format!("--group {group} --from-beginning --max-messages 5"))
        .run();
    assert_eq!(read.code, 0);
}

#[test]
fn a_group_is_listed_and_described() {
    let broker = Broker::start();
    read_by(&broker, "tools-described", "tools-d");
    let listed = groups(&broker, "--list --state empty --type").out;
    let line = format!("{:<25} {:<20} {:<20}\n", "tools-d", "Classic", "Empty");
    assert!(listed.starts_with("GROUP ") && listed.contains(&line), "{listed}");
    let all = tool("kafka-groups")
        .words(&format!("--bootstrap-server {} --list --consumer", broker.addr()))
        .run();
    let line = format!("{:<20} {:<20} {:<20} \n", "tools-d", "Classic", "consumer");
    assert!(all.out.contains(&line), "{}", all.out);
    let described = groups(&broker, "--describe --group tools-d");
    let table = "\nGROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     \
                 HOST            CLIENT-ID\ntools-d         tools-described 0          5               5               0               \
                 -               -               -\n";
    assert_eq!(described.out, table);
    assert_eq!(described.err, "\nConsumer group 'tools-d' has no active members.");
    let members = groups(&broker, "--describe --group tools-d --members").out;
    assert_eq!(
        members,
        "\nGROUP           CONSUMER-ID     HOST            CLIENT-ID       #PARTITIONS     \n"
    );
    let nobody = groups(&broker, "--describe --group tools-nobody");
    assert_eq!(nobody.code, 0);
    assert_eq!(
        nobody.out,
        "\nError: Executing consumer group command failed due to \
         org.apache.kafka.common.errors.GroupIdNotFoundException: Group tools-nobody not found.\n"
    );
}

#[test]
fn offsets_are_reset_exported_and_deleted() {
    let broker = Broker::start();
    read_by(&broker, "tools-reset", "tools-r");
    let table = |offset: i64| {
        printed(&format!(
            "\nGROUP           TOPIC           PARTITION  NEW-OFFSET\n\
             tools-r         tools-reset     0          {offset}\n"
        ))
    };
    let reset = |words: &str| groups(&broker, &format!("--reset-offsets --group tools-r {words}"));
    assert_eq!(reset("--to-earliest --all-topics --execute"), table(0));
    assert_eq!(reset("--shift-by 3 --topic tools-reset:0 --execute"), table(3));
    assert_eq!(reset("--to-current --topic tools-reset --dry-run"), table(3));
    assert_eq!(reset("--to-latest --topic tools-reset --dry-run"), table(5));
    assert_eq!(
        reset("--to-offset 99 --topic tools-reset --dry-run").out,
        table(5).out
    );
    assert_eq!(
        reset("--by-duration PT1H --topic tools-reset --dry-run"),
        table(0)
    );
    let late = reset("--to-datetime 2099-01-01T00:00:00.000 --topic tools-reset --dry-run").out;
    let warned =
        "\nWarn: Partition 0 from topic tools-reset is empty. Falling back to latest known offset.\n";
    assert_eq!(late, format!("{warned}{}", table(5).out));
    assert_eq!(
        reset("--to-earliest --topic tools-reset --export --dry-run"),
        printed("tools-reset,0,0\n\n")
    );
    let plan = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(plan.path(), "tools-reset,0,2\n").unwrap();
    assert_eq!(
        reset(&format!("--from-file {} --execute", plan.path().display())),
        table(2)
    );
    assert_eq!(
        groups(&broker, "--delete-offsets --group tools-r --topic tools-reset"),
        printed(
            "Request succeeded for deleting offsets from group tools-r.\n\n\
             TOPIC           PARTITION  STATUS         \n\
             tools-reset     0          Successful     \n"
        )
    );
    let gone = groups(&broker, "--delete --group tools-r --group tools-none");
    let none = "* Group 'tools-none' could not be deleted due to: \
                org.apache.kafka.common.errors.GroupIdNotFoundException: The group id does not exist.";
    assert_eq!(gone.code, 0);
    assert!(gone.out.contains(none), "{}", gone.out);
}

#[test]
fn wrong_command_lines_are_refused_in_kafkas_words() {
    let wrong = |words: &str| tool("kafka-consumer-groups").words(words).run();
    assert_eq!(
        wrong("--bootstrap-server h:1"),
        refused(
            "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets, \
             --validate-regex"
        )
    );
    assert_eq!(
        wrong("--list"),
        refused("Missing required argument \"[bootstrap-server]\"")
    );
    assert_eq!(
        wrong("--bootstrap-server h:1 --list --group g"),
        refused("Option \"[group]\" can't be used with option \"[list]\"")
    );
    assert_eq!(
        wrong("--validate-regex a.*"),
        printed("The regular expression `a.*` is valid.\n")
    );
}
