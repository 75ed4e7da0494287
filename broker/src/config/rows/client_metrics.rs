//! Configs of a client metrics subscription (resource type CLIENT_METRICS).

use crate::config::row::rows;

rows! { ClientMetrics;
    "interval.ms": Int "300000", ClusterWide Medium
        => "";
    "match": List "", ClusterWide Medium
        => "";
    "metrics": List "", ClusterWide Medium
        => "";
}
