//! The workspace's Rust files as text.

use std::path::{Path, PathBuf};

/// One file.
pub struct Source {
    /// Path from the workspace's root.
    pub path: String,
    /// Its text without in-file test modules.
    pub text: String,
}

impl Source {
    /// Part of what is shipped: no test, no test crate.
    pub fn is_ours(&self) -> bool {
        let is_test = ["/tests/", "tests.rs", "_vectors.rs"]
            .iter()
            .any(|mark| self.path.contains(mark));
        ["broker/src/", "storage/src/", "protocol-shim/src/", "tools/src/"]
            .iter()
            .any(|top| self.path.starts_with(top))
            && !is_test
    }

    /// Lines with their numbers, comments and text after `//` left out.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self
            .text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// All Rust files of the workspace, but for what is built.
pub fn sources() -> Vec<Source> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut out = Vec::new();
    for top in ["broker", "compat-tests", "protocol-shim", "storage", "tools"] {
        collect(&root.join(top), top, &mut out);
    }
    assert!(out.len() > 20, "the workspace's files are found");
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

fn collect(folder: &Path, shown: &str, out: &mut Vec<Source>) {
    let entries = std::fs::read_dir(folder).expect("a folder of the workspace can be read");
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{shown}/{name}");
        if entry.path().is_dir() {
            if name != "target" {
                collect(&entry.path(), &path, out);
            }
        } else if name.ends_with(".rs") {
            let text = std::fs::read_to_string(entry.path()).expect("a source file can be read");
            out.push(Source {
                path,
                text: without_tests(&text),
            });
        }
    }
}

/// The text without `#[cfg(test)] mod … { … }` at the top level.
fn without_tests(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::with_capacity(text.len());
    let mut index = 0;
    while let Some(line) = lines.get(index) {
        let opens = lines
            .get(index + 1)
            .is_some_and(|next| next.starts_with("mod ") && next.ends_with('{'));
        if *line == "#[cfg(test)]" && opens {
            index += lines[index..]
                .iter()
                .position(|l| *l == "}")
                .unwrap_or(lines.len())
                + 1;
            continue;
        }
        out.push_str(line);
        out.push('\n');
        index += 1;
    }
    out
}
