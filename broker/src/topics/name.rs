//! Rules for topic names (Kafka: `org.apache.kafka.common.internals.Topic`).

/// The group coordinator's topic.
pub const CONSUMER_OFFSETS: &str = "__consumer_offsets";
/// The transaction coordinator's topic.
pub const TRANSACTION_STATE: &str = "__transaction_state";
/// The share coordinator's topic.
pub const SHARE_GROUP_STATE: &str = "__share_group_state";
/// The metadata log; nobody may create a topic of this name.
pub const CLUSTER_METADATA: &str = "__cluster_metadata";

/// Longest topic name, in characters.
pub(super) const NAME_LENGTH_MAX: usize = 249;

/// Why a name is no topic name, in Kafka's words; `None` when it is fine.
pub fn why_invalid(name: &str) -> Option<String> {
    let reason = match name {
        "" => "the empty string is not allowed".to_owned(),
        "." | ".." => format!("'{name}' is not allowed"),
        _ if name.encode_utf16().count() > NAME_LENGTH_MAX => {
            format!("the length of '{name}' is longer than the max allowed length {NAME_LENGTH_MAX}")
        }
        _ if name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) =>
        {
            return None;
        }
        _ => format!(
            "'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
        ),
    };
    Some(format!("Topic name is invalid: {reason}"))
}

/// Whether the broker itself owns the topic; clients see it flagged as internal.
pub fn is_internal(name: &str) -> bool {
    matches!(name, CONSUMER_OFFSETS | TRANSACTION_STATE | SHARE_GROUP_STATE)
}

/// The form under which names that metrics could mix up are the same; `None` when nothing could be mixed up.
pub fn collision_form(name: &str) -> Option<String> {
    name.contains(['.', '_']).then(|| name.replace('.', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "A.b_c-9", "...", &"x".repeat(249)] {
            assert_eq!(why_invalid(good), None, "{good}");
        }
        let long = "x".repeat(250);
        for (bad, says) in [
            ("", "Topic name is invalid: the empty string is not allowed"),
            (".", "Topic name is invalid: '.' is not allowed"),
            ("..", "Topic name is invalid: '..' is not allowed"),
            (
                "a b",
                "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
            ),
            (
                "é",
                "Topic name is invalid: 'é' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
            ),
        ] {
            assert_eq!(why_invalid(bad).as_deref(), Some(says));
        }
        assert!(why_invalid(&long).is_some_and(|s| s.ends_with("is longer than the max allowed length 249")));
    }

    #[test]
    fn collisions() {
        assert_eq!(collision_form("a.b"), collision_form("a_b"));
        assert_eq!(collision_form("ab"), None);
    }
}
