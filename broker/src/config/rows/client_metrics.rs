//! Configs of a client metrics subscription (resource type CLIENT_METRICS).

use crate::config::row::rows;

rows! { ClientMetrics;
    "interval.ms": Int "300000", ClusterWide Medium
        => "How often clients that match push their metrics.";
    "match": List "", ClusterWide Medium
        => "Which clients are meant, as client_selector=pattern each; empty for all.";
    "metrics": List "", ClusterWide Medium
        => "Prefixes of the metrics wanted; empty for none, * for all.";
}
