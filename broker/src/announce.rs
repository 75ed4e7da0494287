//! Lines on standard output that others wait for.
//!
//! Testcontainers modules and start scripts know that a broker serves by a line of its log. Ottla prints those lines
//! where it stands in for another broker: in the container image, or with `--announce`.

use std::fmt::Write as _;

/// Whose lines to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announce {
    /// Those of Apache Kafka and of the ZooKeeper that older images start beside it.
    Kafka,
    /// Those of Redpanda.
    Redpanda,
}

impl Announce {
    /// Reads its name on the command line.
    pub fn parse(name: &str) -> Option<Announce> {
        match name {
            "kafka" => Some(Announce::Kafka),
            "redpanda" => Some(Announce::Redpanda),
            _ => None,
        }
    }

    /// What to print when the broker serves.
    pub fn serving(self, node_id: i32) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = match self {
            Announce::Kafka => writeln!(
                out,
                "Creating new log file\n\
                 [KafkaServer id={node_id}] started\n\
                 [BrokerLifecycleManager id={node_id}] Transitioning from RECOVERY to RUNNING\n\
                 Kafka Server started"
            ),
            Announce::Redpanda => writeln!(out, "Started Kafka API server\nSuccessfully started Redpanda!"),
        };
        out
    }

    /// What to print when whoever has yet to set advertised listeners through a client has done so, or will not.
    pub fn settled(self) -> &'static str {
        match self {
            Announce::Kafka => "Checking need to trigger auto leader balancing\n",
            Announce::Redpanda => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_that_a_module_waits_for_comes_once() {
        let text = Announce::Kafka.serving(7) + Announce::Kafka.settled();
        for line in [
            "Creating new log file",
            "[KafkaServer id=7] started",
            "Transitioning from RECOVERY to RUNNING",
            "Kafka Server started",
            "Checking need to trigger auto leader balancing",
        ] {
            assert_eq!(text.matches(line).count(), 1, "{line}");
        }
        let text = Announce::Redpanda.serving(0) + Announce::Redpanda.settled();
        assert_eq!(text.matches("Successfully started Redpanda!").count(), 1);
        assert_eq!(text.matches("Started Kafka API server").count(), 1);
    }

    #[test]
    fn names_are_read() {
        assert_eq!(Announce::parse("kafka"), Some(Announce::Kafka));
        assert_eq!(Announce::parse("redpanda"), Some(Announce::Redpanda));
        assert_eq!(Announce::parse("Kafka "), None);
    }
}
