//! The assignors by name.

use super::heterogeneous::heterogeneous;
use super::homogeneous::homogeneous;
use super::range::range;
use super::spec::{AssignorError, GroupAssignment, GroupSpec};
use crate::groups::consumer::SubscriptionKind;

/// An assignor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignor {
    /// Even over all topics, and sticky (`UniformAssignor`).
    Uniform,
    /// Ranges of each topic (`RangeAssignor`).
    Range,
}

impl Assignor {
    /// By the name that clients and configs know.
    pub fn named(name: &str) -> Option<Assignor> {
        match name {
            "uniform" => Some(Assignor::Uniform),
            "range" => Some(Assignor::Range),
            // Kafka takes the classes' names as well.
            "org.apache.kafka.coordinator.group.assignor.UniformAssignor" => Some(Assignor::Uniform),
            "org.apache.kafka.coordinator.group.assignor.RangeAssignor" => Some(Assignor::Range),
            _ => None,
        }
    }

    /// The name that clients and configs know.
    pub fn name(self) -> &'static str {
        match self {
            Assignor::Uniform => "uniform",
            Assignor::Range => "range",
        }
    }

    /// Computes a target assignment.
    ///
    /// # Errors
    /// [`AssignorError`].
    pub fn assign(self, spec: &GroupSpec) -> Result<GroupAssignment, AssignorError> {
        match (self, spec.kind) {
            _ if spec.members.is_empty() => Ok(GroupAssignment::new()),
            (Assignor::Range, _) => Ok(range(spec)),
            (Assignor::Uniform, SubscriptionKind::Homogeneous) => homogeneous(spec),
            (Assignor::Uniform, SubscriptionKind::Heterogeneous) => Ok(heterogeneous(spec)),
        }
    }
}
