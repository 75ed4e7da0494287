//! Which topics are meant.

use regex::Regex;

use crate::client::Client;
use crate::wrong::Wrong;

/// Names of the topics that match, in order.
///
/// # Errors
/// No cluster, or no regular expression.
pub(super) fn topics(
    client: &mut Client,
    pattern: Option<&str>,
    exclude_internal: bool,
) -> Result<Vec<String>, Wrong> {
    let listed = client.all_topics("listTopics")?;
    let mut names: Vec<String> = listed
        .into_iter()
        .filter(|topic| !(exclude_internal && topic.is_internal))
        .filter_map(|topic| Some(topic.name?.0.to_string()))
        .collect();
    names.sort();
    match pattern {
        None => Ok(names),
        Some(pattern) => {
            let regex = matching(pattern)?;
            names.retain(|name| regex.is_match(name));
            Ok(names)
        }
    }
}

/// What Kafka's `IncludeList` makes of a pattern: a comma means "or", and quotes around it are left out.
///
/// # Errors
/// It is no regular expression.
pub(crate) fn matching(pattern: &str) -> Result<Regex, Wrong> {
    let pattern = pattern.trim().replace(',', "|").replace(' ', "");
    let pattern = pattern.trim_matches(['"', '\'']);
    Regex::new(&format!("^(?:{pattern})$")).map_err(|_| {
        Wrong::thrown(
            "java.lang.RuntimeException",
            format!("{pattern} is an invalid regex."),
        )
    })
}

/// There must be one, unless that is all the same.
///
/// # Errors
/// Kafka's sentence.
pub(super) fn expect_some(found: &[String], wanted: Option<&str>, required: bool) -> Result<(), Wrong> {
    match wanted {
        Some(wanted) if required && !wanted.is_empty() && found.is_empty() => Err(Wrong::argument(format!(
            "Topic '{wanted}' does not exist as expected"
        ))),
        _ => Ok(()),
    }
}
