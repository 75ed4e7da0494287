//! A client's batch on its way to the log: proven, and packed as the topic wants it.

use bytes::Bytes;
use storage::{BatchError, BatchRules, CheckedBatch, Scratch, TimestampType};
use tokio::sync::Semaphore;

use super::blocking;
use crate::config::TopicConfig;

/// Records up to so many bytes are repacked where the request is handled; more would hold up the runtime's other tasks.
const QUICK_REPACK_BYTES: usize = 16 << 10;
/// The same for records that are only walked through.
const QUICK_WALK_BYTES: usize = 8 << 20;
/// Most bytes that the records of one batch may decompress to: as many as Kafka can count.
const RECORDS_BYTES_MAX: usize = i32::MAX as usize;

/// Long work on the processor: one piece for each of so many cores at a time, which bounds the memory that codecs take.
/// Waiting for a turn holds up nobody but the one connection.
#[derive(Debug)]
pub struct HeavyWork(Semaphore);

impl HeavyWork {
    /// Turns for `cores` pieces at once, at least one.
    pub fn new(cores: usize) -> HeavyWork {
        HeavyWork(Semaphore::new(cores.max(1)))
    }

    async fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        // The semaphore is never closed: an error cannot come, and would mean a turn all the same.
        let _turn = self.0.acquire().await;
        blocking(work)
    }
}

/// What a produce request's version says about its batches.
#[derive(Clone, Copy, Debug)]
pub struct Admission {
    /// zstd is known to it.
    pub allow_zstd: bool,
    /// The time of the request (ms since the epoch).
    pub now_ms: i64,
}

impl Admission {
    /// Proves a batch by the topic's rules and packs it as the topic wants it (Kafka's `UnifiedLog.append` up to the
    /// point where offsets are given). The partition's lock is not held.
    ///
    /// # Errors
    /// What is wrong with the batch; too large before or after it was packed anew.
    pub async fn check(
        self,
        records: Bytes,
        config: &TopicConfig,
        scratch: &mut Scratch,
        heavy: &HeavyWork,
    ) -> Result<CheckedBatch, BatchError> {
        let quick = self.rules(config, QUICK_WALK_BYTES);
        let walked = CheckedBatch::parse(records.clone(), &quick, self.now_ms, scratch);
        let batch = match walked {
            Err(BatchError::RecordsTooLarge { .. }) => {
                let rules = self.rules(config, RECORDS_BYTES_MAX);
                heavy
                    .run(|| CheckedBatch::parse(records, &rules, self.now_ms, scratch))
                    .await?
            }
            walked => walked?,
        };
        let max = config.max_message_bytes;
        match config.compression.filter(|target| batch.needs(*target)) {
            None => Ok(batch),
            Some(target) if batch.records_len() <= QUICK_REPACK_BYTES => {
                batch.recompress(target, max, scratch)
            }
            Some(target) => heavy.run(|| batch.recompress(target, max, scratch)).await,
        }
    }

    fn rules(self, config: &TopicConfig, records_bytes_max: usize) -> BatchRules {
        BatchRules {
            max_message_bytes: config.max_message_bytes,
            keys_required: config.compact,
            timestamp_type: if config.log_append_time {
                TimestampType::LogAppendTime
            } else {
                TimestampType::CreateTime
            },
            timestamp_before_max_ms: config.timestamp_before_max_ms,
            timestamp_after_max_ms: config.timestamp_after_max_ms,
            allow_control: false,
            allow_zstd: self.allow_zstd,
            records_bytes_max,
        }
    }
}
