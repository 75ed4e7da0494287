//! `--add-config`, `--add-config-file` and `--delete-config`.

use crate::options::Parsed;
use crate::properties::Properties;
use crate::wrong::Wrong;

/// Names and values to set.
pub(super) fn added(parsed: &Parsed) -> Result<Vec<(String, String)>, Wrong> {
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
    let mut depth = 0_usize;
    let parts = text.split(|c| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    for pair in parts.filter(|pair| !pair.is_empty()) {
        let Some((key, value)) = pair.split_once('=') else {
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

/// Names to take back.
pub(super) fn deleted(parsed: &Parsed) -> Vec<String> {
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
        let read = pairs("a=1,b=[x,y], c = d=e,empty=").expect("parses");
        let wanted = [("a", "1"), ("b", "x,y"), ("c", "d=e"), ("empty", "")];
        assert_eq!(
            read,
            wanted.map(|(key, value)| (key.to_owned(), value.to_owned()))
        );
        assert!(pairs("a").is_err());
    }
}
