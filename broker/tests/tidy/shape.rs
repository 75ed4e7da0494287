//! Sizes of files and functions, and what may live in `mod.rs`.

use crate::source::Source;

/// Lines of a file, in-file tests not counted.
const FILE_LINES_MAX: usize = 400;
/// Lines of a function from signature to closing brace.
const FUNCTION_LINES_MAX: usize = 70;

/// A complaint about a file over the ceiling.
pub fn too_long(source: &Source, exempt: &[(&str, &str)]) -> Option<String> {
    let lines = source.text.lines().count();
    let is_exempt = exempt.iter().any(|(path, _)| *path == source.path);
    (lines > FILE_LINES_MAX && !is_exempt)
        .then(|| format!("{} has {lines} lines, more than {FILE_LINES_MAX}", source.path))
}

/// Complaints about functions over the ceiling. `exempt` names them as `path::function`.
pub fn long_functions(source: &Source, exempt: &[(&str, &str)]) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().collect();
    let mut out = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        // rustfmt puts the closing brace of a function under the first letter of its signature.
        let ends = |l: &&str| l.len() - l.trim_start().len() == indent && l.trim() == "}";
        let length = match lines[start..].iter().position(ends) {
            _ if line.ends_with(';') || line.ends_with('}') => 1,
            Some(length) => length + 1,
            None => continue,
        };
        let full = format!("{}::{name}", source.path);
        if length > FUNCTION_LINES_MAX && !exempt.iter().any(|(path, _)| *path == full) {
            out.push(format!(
                "{full} has {length} lines, more than {FUNCTION_LINES_MAX}"
            ));
        }
    }
    out
}

/// The name if the line begins a function.
fn function_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let modifiers = ["pub", "const", "async", "unsafe", "default"];
    let is_modifier = |word: &str| modifiers.contains(&word) || word.starts_with("pub(");
    let first = words.find(|word| !is_modifier(word))?;
    let name = if first == "fn" { words.next()? } else { return None };
    name.split(['(', '<']).next()
}

/// A complaint about a `mod.rs` or `lib.rs` that does more than declare and re-export.
pub fn lives_in_mod(source: &Source) -> Option<String> {
    if !source.path.ends_with("/mod.rs") && !source.path.ends_with("/lib.rs") {
        return None;
    }
    let items = [
        "fn",
        "struct",
        "enum",
        "trait",
        "impl",
        "const",
        "static",
        "type",
        "union",
        "macro_rules!",
        "async",
    ];
    let item = source.code().find(|(_, line)| {
        let word = line
            .split_whitespace()
            .find(|word| *word != "pub" && !word.starts_with("pub("));
        !line.starts_with(' ')
            && word.is_some_and(|word| items.contains(&word.split('<').next().unwrap_or(word)))
    });
    item.map(|(number, line)| {
        format!(
            "{}:{number}: {} (mod.rs and lib.rs only declare)",
            source.path,
            line.trim()
        )
    })
}
