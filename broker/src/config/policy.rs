//! Rules that new topics and config changes must meet, in place of Kafka's policy classes, which are Java.
//!
//! A policy is a text of rules with `;` between them: `partitions <= 12; name ~ [a-z.]+; forbid segment.bytes`.

use regex::Regex;

use super::error::ConfigError;
use super::row::Scope;
use super::settings::Settings;
use super::table::row;

const CREATE: &str = "ottla.create.topic.policy";
const ALTER: &str = "ottla.alter.config.policy";
/// What a rule for new topics may speak of besides configs.
const OF_TOPIC: [&str; 3] = ["name", "partitions", "replication.factor"];

/// Both policies.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// `ottla.create.topic.policy`.
    pub create_topic: Policy,
    /// `ottla.alter.config.policy`.
    pub alter_config: Policy,
}

/// Rules, all of which must hold. None allow everything.
#[derive(Clone, Debug, Default)]
pub struct Policy(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    /// As it is written.
    text: String,
    /// What it speaks of.
    subject: String,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    AtMost(f64),
    AtLeast(f64),
    OneOf(Vec<String>),
    Matches(Regex),
    Required,
    Forbidden,
}

impl Policies {
    /// Reads both, and refuses the Java classes that they stand for: to pass over a policy would allow what its owner
    /// forbade.
    ///
    /// # Errors
    /// [`ConfigError::Start`], one sentence.
    pub fn read(settings: &Settings) -> Result<Policies, ConfigError> {
        for (class_key, key) in [
            ("create.topic.policy.class.name", CREATE),
            ("alter.config.policy.class.name", ALTER),
        ] {
            if let Some(class) = settings.text(class_key).filter(|class| !class.is_empty()) {
                return Err(ConfigError::Start(format!(
                    "{class_key}={class} is not supported: Java classes cannot be loaded, so write the policy as rules in {key} \
                     (such as partitions <= 12) and leave {class_key} out."
                )));
            }
        }
        let of = |key, scopes| Policy::parse(key, settings.text(key).unwrap_or_default(), scopes);
        Ok(Policies {
            create_topic: of(CREATE, &[Scope::Topic])?,
            alter_config: of(
                ALTER,
                &[Scope::Topic, Scope::Broker, Scope::Group, Scope::ClientMetrics],
            )?,
        })
    }
}

impl Policy {
    fn parse(key: &str, text: &str, scopes: &[Scope]) -> Result<Policy, ConfigError> {
        let rules = text.split(';').map(str::trim).filter(|rule| !rule.is_empty());
        let parsed = rules.map(|rule| {
            let is_subject = |name: &str| {
                let of_topic = key == CREATE && OF_TOPIC.contains(&name);
                of_topic || scopes.iter().any(|scope| row(*scope, name).is_some())
            };
            Rule::parse(rule, &is_subject).map_err(|why| {
                ConfigError::Start(format!(
                    "{key}={text} is not allowed: in the rule {rule:?} {why}."
                ))
            })
        });
        Ok(Policy(parsed.collect::<Result<_, _>>()?))
    }

    /// True without rules.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every rule holds for these values; a config that was not given has none.
    ///
    /// # Errors
    /// The sentence for whoever asked.
    pub fn check(&self, value_of: impl Fn(&str) -> Option<String>) -> Result<(), String> {
        self.check_named(|_| true, value_of)
    }

    /// Whether the rules about what is named hold.
    ///
    /// # Errors
    /// The sentence for whoever asked.
    pub fn check_named(
        &self,
        is_named: impl Fn(&str) -> bool,
        value_of: impl Fn(&str) -> Option<String>,
    ) -> Result<(), String> {
        let named = self.0.iter().filter(|rule| is_named(&rule.subject));
        for rule in named {
            let value = value_of(&rule.subject);
            if !rule.holds(value.as_deref()) {
                let value = value.map_or_else(|| "not set".to_owned(), |value| format!("{value:?}"));
                let (subject, text) = (&rule.subject, &rule.text);
                return Err(format!(
                    "{subject} is {value}, against this broker's policy: {text}"
                ));
            }
        }
        Ok(())
    }
}

impl Rule {
    fn parse(text: &str, is_subject: &dyn Fn(&str) -> bool) -> Result<Rule, String> {
        let (subject, test) = match text.split_once(char::is_whitespace) {
            Some(("require", subject)) => (subject.trim(), Test::Required),
            Some(("forbid", subject)) => (subject.trim(), Test::Forbidden),
            _ => {
                let operator = ["<=", ">=", "~", "="]
                    .iter()
                    .filter_map(|operator| Some((text.find(operator)?, *operator)))
                    .min_by_key(|(at, operator)| (*at, std::cmp::Reverse(operator.len())));
                let Some((at, operator)) = operator else {
                    return Err("there is none of <=, >=, =, ~, require and forbid".to_owned());
                };
                let (subject, value) = text.split_at(at);
                let value = value.strip_prefix(operator).unwrap_or_default().trim();
                (subject.trim(), Test::parse(operator, value)?)
            }
        };
        if !is_subject(subject) {
            return Err(format!("{subject:?} is no config that it could speak of"));
        }
        Ok(Rule {
            text: text.to_owned(),
            subject: subject.to_owned(),
            test,
        })
    }

    fn holds(&self, value: Option<&str>) -> bool {
        let Some(value) = value else {
            return !matches!(self.test, Test::Required);
        };
        let number = || value.trim().parse::<f64>().ok();
        match &self.test {
            Test::AtMost(limit) => number().is_some_and(|number| number <= *limit),
            Test::AtLeast(limit) => number().is_some_and(|number| number >= *limit),
            Test::OneOf(words) => {
                let mut entries = value.split(',').map(str::trim);
                entries.all(|entry| words.iter().any(|word| word == entry))
            }
            Test::Matches(pattern) => pattern.is_match(value),
            Test::Required => true,
            Test::Forbidden => false,
        }
    }
}

impl Test {
    fn parse(operator: &str, value: &str) -> Result<Test, String> {
        let number = || {
            let refused = |_| format!("{value:?} is no number");
            value.parse::<f64>().map_err(refused)
        };
        Ok(match operator {
            "<=" => Test::AtMost(number()?),
            ">=" => Test::AtLeast(number()?),
            "~" => match Regex::new(&format!(r"\A(?:{value})\z")) {
                Ok(pattern) => Test::Matches(pattern),
                Err(_) => return Err(format!("{value:?} is no regular expression")),
            },
            _ => Test::OneOf(value.split('|').map(|word| word.trim().to_owned()).collect()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> Policy {
        Policy::parse(CREATE, text, &[Scope::Topic]).expect("a policy")
    }

    fn verdict(policy: &Policy, given: &[(&str, &str)]) -> Result<(), String> {
        let of = |name: &str| {
            given
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| (*v).to_owned())
        };
        policy.check(of)
    }

    #[test]
    fn every_rule_must_hold() {
        let policy = policy(
            "partitions <= 12; partitions>=2; name ~ [a-z.]+ ; cleanup.policy = delete|compact; forbid segment.bytes; \
             require retention.ms; retention.ms <= 604800000;",
        );
        let fine = [("name", "a.b"), ("partitions", "3"), ("retention.ms", "5")];
        assert_eq!(verdict(&policy, &fine), Ok(()));
        let with = |name, value| {
            let mut given: Vec<_> = fine.iter().copied().filter(|(n, _)| *n != name).collect();
            given.push((name, value));
            verdict(&policy, &given)
        };
        assert_eq!(
            with("partitions", "13"),
            Err("partitions is \"13\", against this broker's policy: partitions <= 12".to_owned())
        );
        assert!(with("partitions", "1").is_err());
        assert!(with("name", "a.B").is_err());
        assert!(with("segment.bytes", "1").is_err());
        assert!(with("retention.ms", "604800001").is_err());
        assert_eq!(with("cleanup.policy", "compact, delete"), Ok(()));
        assert!(with("cleanup.policy", "").is_err());
        assert_eq!(
            verdict(&policy, &[("name", "a"), ("partitions", "3")]),
            Err("retention.ms is not set, against this broker's policy: require retention.ms".to_owned())
        );
        assert!(Policy::default().is_empty());
    }

    #[test]
    fn a_rule_that_says_nothing_is_refused() {
        let cases = [
            ("partitions", "there is none of <=, >=, =, ~, require and forbid"),
            ("partitions <= many", "\"many\" is no number"),
            ("name ~ [", "\"[\" is no regular expression"),
            (
                "forbid no.such",
                "\"no.such\" is no config that it could speak of",
            ),
            ("colour = red", "\"colour\" is no config that it could speak of"),
        ];
        for (rule, why) in cases {
            let refused = Policy::parse(CREATE, rule, &[Scope::Topic]).expect_err("refused");
            assert_eq!(
                refused.to_string(),
                format!("ottla.create.topic.policy={rule} is not allowed: in the rule {rule:?} {why}.")
            );
        }
        let of_alter = Policy::parse(ALTER, "partitions <= 1", &[Scope::Topic]);
        assert!(of_alter.is_err(), "a config change has no partitions");
    }
}
