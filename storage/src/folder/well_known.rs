//! Names of the files at the top of a data folder.

/// Whose folder it is.
pub(crate) const META_PROPERTIES: &str = "meta.properties";
/// Held while a broker runs.
pub(crate) const LOCK: &str = ".lock";
/// There after a clean shutdown.
pub(crate) const CLEAN_SHUTDOWN: &str = ".kafka_cleanshutdown";
/// Below which everything was synced.
pub(crate) const RECOVERY_POINT: &str = "recovery-point-offset-checkpoint";
/// High watermarks.
pub(crate) const HIGH_WATERMARK: &str = "replication-offset-checkpoint";
/// First offsets that clients may read.
pub(crate) const LOG_START: &str = "log-start-offset-checkpoint";
/// Up to where compaction came.
pub(crate) const CLEANER: &str = "cleaner-offset-checkpoint";
