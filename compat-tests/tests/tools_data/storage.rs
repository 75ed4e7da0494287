//! `kafka-storage format`: what it says, and what a broker makes of the folder.

use std::path::{Path, PathBuf};

use compat_tests::server::Options;

use super::tool::{Ended, tool};

/// A properties file of a node with one data folder.
fn properties(dir: &Path, quorum: &str) -> PathBuf {
    let file = dir.join("server.properties");
    let text = format!(
        "process.roles=broker,controller\nnode.id=1\n{quorum}\nlisteners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093\n\
         controller.listener.names=CONTROLLER\nlistener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n\
         log.dirs={}\n",
        dir.join("data").display()
    );
    std::fs::write(&file, text).unwrap();
    file
}

fn format(file: &Path, words: &str) -> Ended {
    let at = format!("format -t 5L6g3nShT-eMCtK--X86sw -c {}", file.display());
    tool("kafka-storage").words(&at).words(words).run()
}

/// The line about the records that a cluster begins with.
fn bootstrap(levels: &[(&str, i16)]) -> String {
    let record = |(name, level): &(&str, i16)| {
        format!("ApiMessageAndVersion(FeatureLevelRecord(name='{name}', featureLevel={level}) at version 0)")
    };
    let records: Vec<String> = levels.iter().map(record).collect();
    format!(
        "Bootstrap metadata: BootstrapMetadata(records=[{}], metadataVersionLevel={}, source=format command)\n",
        records.join(", "),
        levels[0].1
    )
}

const STATIC: &str = "controller.quorum.voters=1@127.0.0.1:9093";
const DYNAMIC: &str = "controller.quorum.bootstrap.servers=127.0.0.1:9093";

#[test]
fn a_broker_begins_with_the_levels_that_the_folder_was_formatted_with() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let wanted = "--release-version 4.0 --feature group.version=0 --feature transaction.version=1";
    let done = format(&properties(dir.path(), STATIC), wanted);
    let formatting = format!(
        "Formatting metadata directory {} with metadata.version 4.0-IV3.\n",
        data.display()
    );
    let said = bootstrap(&[("metadata.version", 25), ("transaction.version", 1)]) + &formatting;
    assert_eq!((done.code, done.out), (0, said));
    assert_eq!(
        std::fs::metadata(data.join("bootstrap.checkpoint"))
            .unwrap()
            .len(),
        282
    );
    let Some(broker) = Options::new().on(&data).start() else {
        return;
    };
    let levels = tool("kafka-features")
        .words(&format!("--bootstrap-server {} describe", broker.addr()))
        .run();
    let finalised = |feature: &str| {
        let mut rows = levels
            .out
            .lines()
            .filter(|row| row.starts_with(&format!("Feature: {feature} ")));
        let row = rows
            .next()
            .unwrap_or_else(|| panic!("{feature} is not in {levels:?}"));
        let level = row.split("FinalizedVersionLevel: ").nth(1).unwrap();
        level.split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(finalised("metadata.version"), "4.0-IV3");
    assert_eq!(
        (finalised("group.version"), finalised("transaction.version")),
        ("0".into(), "1".into())
    );
}

#[test]
fn a_quorum_that_may_change_has_its_first_voters_in_a_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let file = properties(dir.path(), DYNAMIC);
    let untold = format(&file, "");
    let sentence = "Because controller.quorum.voters is not set on this controller, you must specify one of the following: \
                    --standalone, --initial-controllers, or --no-initial-controllers.";
    assert_eq!((untold.code, untold.err.as_str()), (1, sentence));
    let done = format(&file, "--standalone --release-version 4.2");
    let formatting = format!(
        "Formatting dynamic metadata voter directory {} with metadata.version 4.2-IV1.\n",
        data.display()
    );
    assert!(done.code == 0 && done.out.ends_with(&formatting), "{done:?}");
    let snapshot = data.join("__cluster_metadata-0/00000000000000000000-0000000000.checkpoint");
    assert_eq!(std::fs::metadata(snapshot).unwrap().len(), 241);
    let Some(broker) = Options::new().on(&data).start() else {
        return;
    };
    let levels = tool("kafka-features")
        .words(&format!("--bootstrap-server {} describe", broker.addr()))
        .run();
    for row in ["Feature: kraft.version", "Feature: group.version"] {
        let found = levels.out.lines().find(|line| line.starts_with(row));
        assert!(
            found.is_some_and(|line| line.contains("FinalizedVersionLevel: 1")),
            "{levels:?}"
        );
    }
}

/// Features that a broker tells: name, highest level, finalised level.
fn described(data: Option<&Path>) -> Option<Vec<(String, String, String)>> {
    let options = Options::new();
    let broker = match data {
        Some(data) => options.on(data).start(),
        None => options.start(),
    }?;
    let levels = tool("kafka-features")
        .words(&format!("--bootstrap-server {} describe", broker.addr()))
        .run();
    let word_after = |line: &str, label: &str| {
        let mut words = line.split_whitespace().skip_while(|word| *word != label);
        words
            .nth(1)
            .unwrap_or_else(|| panic!("{label} in {line}"))
            .to_owned()
    };
    let row = |line: &str| {
        let word = |label: &str| word_after(line, label);
        (
            word("Feature:"),
            word("SupportedMaxVersion:"),
            word("FinalizedVersionLevel:"),
        )
    };
    Some(levels.out.lines().map(row).collect())
}

#[test]
fn brokers_begin_with_the_levels_that_the_mapping_tells() {
    let mapped = |words: &str| -> Vec<(String, i16)> {
        let mapping = tool("kafka-storage").words("version-mapping").words(words).run();
        let row = |line: &str| {
            let (name, level) = line.split_once('=').unwrap();
            let level = level.split_whitespace().next().unwrap();
            (name.to_owned(), level.parse().unwrap())
        };
        mapping.out.lines().map(row).collect()
    };
    for release in ["3.9", "4.0", "4.1", "4.3", ""] {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let (formatted, words) = match release {
            "" => (None, String::new()),
            release => (Some(data.as_path()), format!("--release-version {release}")),
        };
        if formatted.is_some() {
            let standalone = format!("--standalone {words}");
            let done = format(&properties(dir.path(), DYNAMIC), &standalone);
            assert_eq!(done.code, 0, "{done:?}");
        }
        let Some(rows) = described(formatted) else {
            return;
        };
        let mapping = mapped(&words);
        assert_eq!(rows.len(), mapping.len(), "{rows:?}");
        for (name, level) in mapping {
            let (_, max, finalised) = rows.iter().find(|(known, ..)| *known == name).unwrap();
            // metadata.version is told by name; a new quorum's version goes by the configuration.
            if name == "metadata.version" || (release.is_empty() && name == "kraft.version") {
                continue;
            }
            let served = level.min(max.parse().unwrap());
            assert_eq!(*finalised, served.to_string(), "{name} at {release:?}");
        }
    }
}

#[test]
fn what_cannot_be_formatted_is_said_in_kafkas_words() {
    let dir = tempfile::tempdir().unwrap();
    let file = properties(dir.path(), STATIC);
    let argument = "Exception in thread \"main\" java.lang.IllegalArgumentException: ";
    let runtime = "Exception in thread \"main\" java.lang.RuntimeException: ";
    for (words, said) in [
        (
            "--release-version 4.0 --feature metadata.version=25",
            "Use --release-version instead of --feature metadata.version=X to avoid ambiguity.".to_owned(),
        ),
        (
            "--feature nosuch=1",
            "Unsupported feature: nosuch. Supported features are: eligible.leader.replicas.version, group.version, \
             kraft.version, share.version, streams.version, transaction.version"
                .to_owned(),
        ),
        (
            "--feature group.version=7",
            format!("{argument}No feature:group.version with feature level 7"),
        ),
        (
            "--feature metadata.version=99",
            format!("{argument}No MetadataVersion with feature level 99. Valid feature levels are from 7 to 31."),
        ),
        (
            "--feature eligible.leader.replicas.version=1 --release-version 3.9",
            format!(
                "{argument}eligible.leader.replicas.version could not be set to 1 because it depends on metadata.version level 23"
            ),
        ),
        (
            "--feature x",
            format!("{runtime}Can't parse feature=level string x: equals sign not found."),
        ),
        (
            "--standalone",
            "You cannot specify controller.quorum.voters and format the node with --initial-controllers or --standalone. \
             If you want to use dynamic quorum, please remove controller.quorum.voters and specify \
             controller.quorum.bootstrap.servers instead."
                .to_owned(),
        ),
        ("--add-scram x", "Failed to find equals sign in SCRAM argument 'x'".to_owned()),
    ] {
        let ended = format(&file, words);
        assert_eq!((ended.code, ended.out.as_str()), (1, ""), "{words}");
        assert_eq!(ended.err, said, "{words}");
    }
    assert!(!dir.path().join("data").exists(), "nothing was written");
}

#[test]
fn controllers_are_named_before_they_are_added_or_removed() {
    let dir = tempfile::tempdir().unwrap();
    let file = properties(dir.path(), STATIC);
    let quorum = |words: &str| {
        let at = "--bootstrap-server 127.0.0.1:1";
        tool("kafka-metadata-quorum").words(at).words(words).run()
    };
    let add = format!("--command-config {} add-controller --dry-run", file.display());
    let data = dir.path().join("data");
    let unformatted = quorum(&add);
    let sentence = format!("Unable to read meta.properties from {}", data.display());
    assert_eq!((unformatted.code, unformatted.err), (1, sentence));
    assert_eq!(format(&file, "").code, 0);
    let meta = std::fs::read_to_string(data.join("meta.properties")).unwrap();
    let id = meta
        .lines()
        .find_map(|line| line.strip_prefix("directory.id="))
        .unwrap();
    let added = quorum(&add);
    let said = format!(
        "DRY RUN of adding controller 1 with directory id {id} and endpoints: CONTROLLER://127.0.0.1:9093\n"
    );
    assert_eq!((added.code, added.out), (0, said));
    let remove = "remove-controller --controller-directory-id YVYzbY1Dl0KiI7Jw-plXgw";
    let removed = quorum(&format!("{remove} --controller-id 1 --dry-run"));
    let said = "DRY RUN of removing  KRaft controller 1 with directory id YVYzbY1Dl0KiI7Jw-plXgw\n";
    assert_eq!((removed.code, removed.out.as_str()), (0, said));
    let negative = quorum(&format!("{remove} --controller-id=-1"));
    assert_eq!(
        (negative.code, negative.err.as_str()),
        (1, "Invalid negative --controller-id: -1")
    );
    assert_eq!(quorum("remove-controller --controller-id 1").code, 1);
}
