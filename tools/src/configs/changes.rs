//! `--add-config`, `--add-config-file` and `--delete-config`.

use crate::options::Parsed;
use crate::properties::Properties;
use crate::wrong::Wrong;

/// What is to change.
pub(super) struct Changes {
    /// Names and values to set.
    pub added: Vec<(String, String)>,
    /// Names to take back.
    pub deleted: Vec<String>,
}

/// What the command line asks for.
///
/// # Errors
/// A file that cannot be read, or what is no pair.
pub(super) fn read(parsed: &Parsed) -> Result<Changes, Wrong> {
    let (added, deleted) = (added(parsed)?, deleted(parsed));
    Ok(Changes { added, deleted })
}

fn added(parsed: &Parsed) -> Result<Vec<(String, String)>, Wrong> {
    if let Some(path) = parsed.value("add-config-file") {
        let file = Properties::load(path)
            .map_err(|sentence| Wrong::thrown("java.nio.file.NoSuchFileException", sentence))?;
        return Ok(file
            .iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect());
    }
    match parsed.value("add-config") {
        Some(text) => pairs(text),
        None => Ok(Vec::new()),
    }
}

/// `k1=v1,k2=[v1,v2]`: commas in brackets part no pairs, and the brackets go.
fn pairs(text: &str) -> Result<Vec<(String, String)>, Wrong> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut parts = split(text, ',');
    // As Java's split: nothing behind the last comma is no part.
    while parts.len() > 1 && parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    for pair in parts {
        let [key, value] = split(pair, '=')[..] else {
            return Err(Wrong::argument(
                "requirement failed: Invalid entity config: all configs to be added must be in the format \"key=val\" \
                or  \"key=[val1,val2]\" to group values which contain commas.",
            ));
        };
        let value = value.replace(['[', ']'], "");
        out.retain(|(known, _)| known != key.trim());
        out.push((key.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(out)
}

/// Parts a text at each of these characters, but where a bracket closes before another opens.
fn split(text: &str, at: char) -> Vec<&str> {
    let is_inside = |rest: &str| {
        let closed = rest.split_once(']');
        closed.is_some_and(|(before, _)| !before.contains('['))
    };
    let mut parts = Vec::new();
    let mut left = text;
    for (place, found) in text.match_indices(at) {
        let behind = text.get(place + found.len()..).unwrap_or_default();
        if !is_inside(behind) {
            let begin = text.len() - left.len();
            parts.push(text.get(begin..place).unwrap_or_default());
            left = behind;
        }
    }
    parts.push(left);
    parts
}

fn deleted(parsed: &Parsed) -> Vec<String> {
    parsed
        .list("delete-config")
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn commas_in_brackets_belong_to_the_value() {
        let read = pairs("a=1,b=[x,y], c = d ,empty=,,").expect("parses");
        let wanted = [("a", "1"), ("b", "x,y"), ("c", "d"), ("empty", "")];
        assert_eq!(
            read,
            wanted.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn what_is_no_pair_is_refused() {
        for text in ["a", "", "a=[1,2", "a=1]", "a=b=c", "a=1,,b=2"] {
            assert!(pairs(text).is_err(), "{text}");
        }
    }
}
