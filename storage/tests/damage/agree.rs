//! What `ottla log verify` says of the damage before the start does something about it.

use std::collections::BTreeMap;
use std::path::Path;

use storage::SimFs;
use storage::inspect::{self, Severity};

use crate::harm::Harm;
use crate::outcome::Outcome;
use crate::world::{DIRS, ROOT};

/// What was told.
pub struct Told {
    /// For each partition what is worst about it, if anything.
    partitions: BTreeMap<String, Option<Severity>>,
    folder: Option<Severity>,
    text: String,
}

pub fn verify(fs: &SimFs) -> Told {
    let (mut partitions, mut text) = (BTreeMap::new(), String::new());
    let report = inspect::verify(fs, Path::new(ROOT), &mut |report| {
        let name = report.path.file_name().unwrap().to_string_lossy().into_owned();
        partitions.insert(name, report.findings.iter().map(|f| f.severity).max());
        text += &format!("{:?} ", report.findings);
    });
    let report = report.unwrap();
    text += &format!("{:?}", report.findings);
    let folder = report.findings.iter().map(|f| f.severity).max();
    Told {
        partitions,
        folder,
        text,
    }
}

/// Refused is DAMAGE, a cut is told of, and what is not worth a word is whole.
pub fn compare(told: &Told, each: &[Outcome], harm: &Harm) {
    if harm.is("meta.properties") {
        let refused = each.contains(&Outcome::Refused);
        assert!(
            !refused || told.folder == Some(Severity::Damage),
            "verify: {}",
            told.text
        );
        return;
    }
    if harm.is("partition.metadata") {
        // Which id is right only the metadata log knows.
        return;
    }
    for (dir, outcome) in DIRS.iter().zip(each) {
        let worst = told.partitions[*dir];
        let enough = match outcome {
            Outcome::Refused | Outcome::AtTheReader => worst == Some(Severity::Damage),
            Outcome::Cut => worst.is_some(),
            Outcome::Whole | Outcome::Back | Outcome::Believed => true,
        };
        assert!(enough, "{dir} is {outcome:?}, but verify says: {}", told.text);
    }
}
