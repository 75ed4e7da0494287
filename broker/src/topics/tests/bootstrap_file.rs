//! What a formatted folder's first start makes of `bootstrap.checkpoint`.

use super::*;
use crate::records::metadata::MetadataRecord;
use crate::topics::snapshot;
use crate::topics::state::MetadataState;

/// Writes the file with these levels, in the form of a snapshot, and a quota that shows that other records count, too.
fn formatted(path: &Path, levels: &[(&str, i16)]) {
    let mut state = MetadataState::default();
    let mut records: Vec<MetadataRecord> = levels
        .iter()
        .map(|(name, level)| MetadataRecord::FeatureLevel {
            name: (*name).to_owned(),
            level: *level,
        })
        .collect();
    records.push(MetadataRecord::Config {
        resource_type: 4,
        resource_name: String::new(),
        name: "log.retention.ms".to_owned(),
        value: Some("1000".to_owned()),
    });
    for record in records {
        state.apply(record, &mut Touched::default()).unwrap();
    }
    std::fs::write(
        path.join("bootstrap.checkpoint"),
        snapshot::encode(&state, 0, 0, 0, 0),
    )
    .unwrap();
}

fn levels(topics: &Topics) -> Vec<(String, i16)> {
    let image = topics.image();
    image
        .features
        .iter()
        .map(|(name, level)| (name.to_string(), *level))
        .collect()
}

#[tokio::test]
async fn it_says_the_levels_of_the_first_start_and_of_no_other() {
    let dir = tempfile::tempdir().unwrap();
    formatted(dir.path(), &[("metadata.version", 25), ("share.version", 1)]);
    let expected = [("metadata.version".to_owned(), 25)];
    let (topics, store) = real(dir.path());
    assert_eq!(levels(&topics), expected);
    let kept = topics.shared().writer.lock().await.state.features.clone();
    assert_eq!(
        kept.get("share.version"),
        Some(&1),
        "what is not built is kept and not told"
    );
    let config = topics
        .image()
        .config
        .settings()
        .text("log.retention.ms")
        .map(str::to_owned);
    assert_eq!(config.as_deref(), Some("1000"));
    drop((topics, store));
    formatted(dir.path(), &[("metadata.version", 30)]);
    assert_eq!(levels(&real(dir.path()).0), expected);
}

#[tokio::test]
async fn a_damaged_one_and_levels_that_are_not_there_refuse_the_start() {
    let refusal = |change: &dyn Fn(&Path)| {
        let dir = tempfile::tempdir().unwrap();
        change(dir.path());
        let started = on_disk(Arc::new(RealFs), dir.path(), Flush::Os);
        started.expect_err("the start is refused").to_string()
    };
    let unsupported = refusal(&|path| formatted(path, &[("metadata.version", 25), ("group.version", 2)]));
    assert!(
        unsupported.ends_with("bootstrap.checkpoint: group.version=2 is not supported"),
        "{unsupported}"
    );
    let newer = refusal(&|path| formatted(path, &[("metadata.version", 31)]));
    assert!(newer.ends_with("metadata.version=31 is not supported"), "{newer}");
    let share = refusal(&|path| formatted(path, &[("metadata.version", 25), ("share.version", 2)]));
    assert!(share.ends_with("share.version=2 is not supported"), "{share}");
    let none = refusal(&|path| formatted(path, &[("group.version", 1)]));
    assert!(none.contains("it names no metadata.version"), "{none}");
    let cut = refusal(&|path| {
        formatted(path, &[("metadata.version", 25)]);
        let file = path.join("bootstrap.checkpoint");
        let bytes = std::fs::read(&file).unwrap();
        // The footer's batch is the last 75 bytes.
        std::fs::write(&file, &bytes[..bytes.len() - 75]).unwrap();
    });
    assert!(cut.contains("its end is missing"), "{cut}");
}
