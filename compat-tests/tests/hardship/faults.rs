//! What the machine may do to a broker.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use compat_tests::batch::Batch;
use compat_tests::errors::{NONE, POLICY_VIOLATION};
use compat_tests::ops::{create_topic, fetch_values, try_produce};
use compat_tests::server::{Options, run_to_exit};

/// The start must fail and say why in words that hold all of these.
#[track_caller]
fn refuses(args: &[&str], words: &[&str]) {
    let failed = run_to_exit(args);
    assert!(!failed.status.success(), "{failed:?}");
    for word in words {
        assert!(failed.log.contains(word), "{word:?} is not in {failed:?}");
    }
    assert!(!failed.log.contains("panicked"), "{failed:?}");
    assert!(failed.log.lines().count() <= 5, "a few lines say it: {failed:?}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    if Options::new().start().is_none() {
        return;
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let dir = tempfile::tempdir().unwrap();
    refuses(
        &["--listen", &addr, "--data", dir.path().to_str().unwrap()],
        &[&addr],
    );
    refuses(&["--listen", &addr, "--memory"], &[&addr]);
}

#[test]
fn a_data_folder_has_one_broker() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let data = broker.data();
    let data = data.to_str().unwrap();
    refuses(&["--listen", "127.0.0.1:0", "--data", data], &[data, "in use"]);
    assert_eq!(
        broker.client().call("ApiVersions", 0, compat_tests::obj! {})["error_code"],
        NONE
    );
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let Some(_) = Options::new().start() else { return };
    refuses(
        &["--listen", "127.0.0.1:0", "--data", "/proc/no-such-folder"],
        &["/proc/no-such-folder"],
    );
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "not a folder").unwrap();
    let path = file.to_str().unwrap();
    refuses(&["--listen", "127.0.0.1:0", "--data", path], &[path]);
}

#[test]
fn a_folder_of_a_newer_format_or_another_node_is_refused() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    create_topic(&mut broker.client(), "t", 1, &[]);
    broker.stop();
    let file = broker.data().join("meta.properties");
    let text = fs::read_to_string(&file).unwrap();
    let data = broker.data();
    let data = data.to_str().unwrap();
    fs::write(&file, text.replace("version=1", "version=99")).unwrap();
    refuses(
        &["--listen", "127.0.0.1:0", "--data", data],
        &["meta.properties", "99"],
    );
    fs::write(&file, "no properties at all \u{0}\u{1}").unwrap();
    refuses(&["--listen", "127.0.0.1:0", "--data", data], &["meta.properties"]);
    fs::write(&file, &text).unwrap();
    refuses(
        &["--listen", "127.0.0.1:0", "--data", data, "--set", "node.id=77"],
        &["77"],
    );
    broker.start_again();
    assert_eq!(
        compat_tests::ops::metadata(&mut broker.client(), "t")["error_code"],
        NONE
    );
}

#[test]
fn a_folder_that_the_metadata_does_not_know_is_never_deleted() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    broker.stop();
    let stranger = broker.data().join("stranger-0");
    fs::create_dir(&stranger).unwrap();
    fs::write(
        stranger.join("00000000000000000000.log"),
        Batch::of(&["precious"]).bytes(),
    )
    .unwrap();
    let data = broker.data();
    let data = data.to_str().unwrap();
    refuses(&["--listen", "127.0.0.1:0", "--data", data], &["stranger"]);
    assert!(stranger.join("00000000000000000000.log").exists());
    fs::remove_dir_all(&stranger).unwrap();
    broker.start_again();
}

#[test]
fn wrong_flags_and_configs_are_named() {
    let Some(_) = Options::new().start() else { return };
    refuses(&["--no-such-flag"], &["--no-such-flag"]);
    refuses(&["--memory", "--listen", "nonsense"], &["nonsense"]);
    refuses(
        &["--memory", "--set", "num.partitions=many"],
        &["num.partitions", "many"],
    );
    refuses(&["--config", "/no/such/file"], &["/no/such/file"]);
}

#[test]
fn memory_has_a_limit() {
    let options = Options::new()
        .memory()
        .arg("--memory-limit")
        .arg((8 << 20).to_string());
    let Some(broker) = options.start() else { return };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    let text = "x".repeat(500_000);
    let mut acknowledged = 0;
    let refused = loop {
        let answer = try_produce(&mut client, "t", 0, Batch::of(&[&text]).bytes());
        if answer["error_code"] != NONE {
            break answer;
        }
        acknowledged += 1;
        assert!(acknowledged < 100, "500 kB each");
    };
    assert!(acknowledged >= 8, "{acknowledged}: {refused:?}");
    assert_eq!(refused["error_code"], POLICY_VIOLATION);
    assert!(
        refused["error_message"].str().contains("--memory-limit"),
        "{refused:?}"
    );
    assert_eq!(
        fetch_values(&mut client, "t", 0).len(),
        acknowledged,
        "readers go on"
    );
    assert!(broker.resident_bytes() < 96 << 20);
}

/// A small disk of its own, if this user may mount one; unmounted when dropped.
struct SmallDisk {
    dir: tempfile::TempDir,
}

impl SmallDisk {
    fn mount(options: &str) -> Option<SmallDisk> {
        let dir = tempfile::tempdir().unwrap();
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(dir.path())
            .status();
        if status.is_ok_and(|status| status.success()) {
            return Some(SmallDisk { dir });
        }
        eprintln!("skipped: mounting a small disk needs root");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.dir.path()).status();
    }
}

#[test]
fn a_full_disk_refuses_writes_and_recovers_when_space_returns() {
    let Some(disk) = SmallDisk::mount("size=16m") else {
        return;
    };
    let options = Options::new()
        .set("log.index.size.max.bytes", 4096)
        .on(&disk.dir.path().join("data"));
    let Some(mut broker) = options.start() else { return };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    let ballast = disk.dir.path().join("ballast");
    fs::write(&ballast, vec![1; 8 << 20]).unwrap();
    let text = "x".repeat(300_000);
    let mut acknowledged = 0;
    let refused = loop {
        let answer = try_produce(&mut client, "t", 0, Batch::of(&[&text]).bytes());
        if answer["error_code"] != NONE {
            break answer;
        }
        acknowledged += 1;
        assert!(acknowledged < 100, "300 kB each on 16 MB");
    };
    assert!(acknowledged > 3, "{refused:?}");
    assert_eq!(
        fetch_values(&mut client, "t", 0).len(),
        acknowledged,
        "readers go on"
    );
    let again = try_produce(&mut client, "t", 0, Batch::of(&[&text]).bytes());
    assert_ne!(again["error_code"], NONE);
    fs::remove_file(&ballast).unwrap();
    compat_tests::eventually("room is noticed", || {
        let answer = try_produce(&mut client, "t", 0, Batch::of(&["space again"]).bytes());
        answer["error_code"] == NONE && answer["base_offset"] == acknowledged as i64
    });
    broker.crash();
    let values = fetch_values(&mut broker.client(), "t", 0);
    assert_eq!(values.len(), acknowledged + 1, "nothing acknowledged is lost");
    drop(broker);
}

#[test]
fn a_disk_that_is_full_from_the_start_is_named() {
    let Some(_) = Options::new().start() else { return };
    let Some(disk) = SmallDisk::mount("size=64k,nr_inodes=3") else {
        return;
    };
    fs::write(disk.dir.path().join("ballast"), vec![1; 60 << 10]).unwrap();
    let data = disk.dir.path().join("data");
    refuses(
        &["--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()],
        &[data.to_str().unwrap()],
    );
}
