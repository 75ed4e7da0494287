//! Produce (key 0): checks each partition's batch and appends it.
//!
//! v3 transactional id, v7 zstd, v8 per-record errors, v9 flexible, v10 leader hints (KIP-951, sent
//! with NOT_LEADER_OR_FOLLOWER only, which one broker never answers), v12 implicit partitions of a
//! transaction, v13 topic ids. A batch of a transaction is appended once the transaction's coordinator
//! has said that the partition belongs to it (KIP-890): up to v11 the client has added it, since v12
//! writing adds it.
//!
//! A request is appended before its connection looks at the next one; only the wait for the sync
//! comes later. So one connection's requests are appended in arrival order while the earlier ones
//! still wait.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol_shim::{
    ErrorCode, ProducePartition, ProducePartitionResponse, ProduceRequest, ProduceResponse, ProduceTopic,
    ProduceTopicResponse, RecordError, StrBytes,
};
use storage::{Appended, BatchError, BatchFault, BatchHeader, Rejection, Scratch};

use crate::by_topic::last_counts;
use crate::context::{Call, Context};
use crate::error_map;
use crate::partition::{Admission, Partition, PartitionError, Ticket, Verification};
use crate::topics::{MetadataImage, Topic};
use crate::transactions::{ProducerIdAndEpoch, TopicPartition};

/// Client id of Kafka's own tools, which alone may write to internal topics.
const ADMIN_CLIENT_ID: &str = "__admin_client";

/// First version in which zstd is allowed.
const ZSTD_SINCE: i16 = 7;

/// First version that knows TRANSACTION_ABORTABLE.
const ABORTABLE_SINCE: i16 = 11;
/// First version in which writing adds a partition to the transaction.
const ADDS_SINCE: i16 = 12;

/// Record errors that the message of a refusal names.
const ERRORS_IN_MESSAGE: usize = 3;

/// A produce request whose appends are done.
#[derive(Debug, Default)]
pub struct Produced {
    /// The answer, right if every ticket comes true.
    pub response: ProduceResponse,
    /// Appends that are not durable yet, by place in the response.
    pub waiting: Vec<Waiting>,
}

impl Produced {
    /// Turns an accepted partition into a refused one.
    pub fn refuse(&mut self, topic: usize, partition: usize, code: ErrorCode) {
        let topic = self.response.topics.get_mut(topic);
        if let Some(response) = topic.and_then(|topic| topic.partitions.get_mut(partition)) {
            *response = refused(response.index, code.into());
        }
    }
}

/// An append that is not durable yet.
#[derive(Debug)]
pub struct Waiting {
    /// Index of the topic in the response.
    pub topic: usize,
    /// Index of the partition within the topic.
    pub partition: usize,
    /// Comes true with the sync.
    pub ticket: Ticket,
}

/// Why a partition's batch was not appended.
struct Refusal {
    code: ErrorCode,
    message: Option<String>,
    record_errors: Vec<(i32, String)>,
    log_start_offset: i64,
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Refusal {
        Refusal {
            code,
            message: None,
            record_errors: Vec::new(),
            log_start_offset: -1,
        }
    }
}

/// Appends everything that can be appended.
pub async fn start(context: &Context, call: &Call, request: ProduceRequest) -> Produced {
    let image = context.topics.image();
    let now_ms = context.env.now_ms();
    let mut scratch = Scratch::default();
    let mut waiting = Vec::new();
    let acks_valid = matches!(request.acks, -1..=1);
    let request = ProduceRequest {
        topics: each_once(request.topics),
        ..request
    };
    let mut admitted = admit(context, call, &image, &request).await;
    let mut topics = Vec::with_capacity(request.topics.len());
    for (topic_at, wanted) in request.topics.into_iter().enumerate() {
        let topic = find(&image, &wanted, call.version);
        let mut partitions = Vec::with_capacity(wanted.partitions.len());
        for (partition_at, data) in wanted.partitions.into_iter().enumerate() {
            let index = data.index;
            let result = match (&topic, acks_valid) {
                (_, false) => Err(ErrorCode::InvalidRequiredAcks.into()),
                (Err(code), _) => Err((*code).into()),
                (Ok(topic), _) => match admitted.remove(&(topic_at, partition_at)) {
                    Some(Err(code)) => Err(code.into()),
                    Some(Ok(place)) => append(context, topic, call, data, now_ms, &mut scratch, place).await,
                    None => append(context, topic, call, data, now_ms, &mut scratch, Place::Outside).await,
                },
            };
            partitions.push(match result {
                Ok((appended, ticket)) => {
                    if !ticket.is_durable() {
                        waiting.push(Waiting {
                            topic: topic_at,
                            partition: partition_at,
                            ticket,
                        });
                    }
                    accepted(index, &appended)
                }
                Err(refusal) => refused(index, refusal),
            });
        }
        topics.push(ProduceTopicResponse {
            name: wanted.name,
            topic_id: wanted.topic_id,
            partitions,
        });
    }
    Produced {
        response: ProduceResponse {
            topics,
            ..ProduceResponse::default()
        },
        waiting,
    }
}

/// Every topic and partition once: of a partition that comes twice the last batch counts, as in Kafka.
fn each_once(topics: Vec<ProduceTopic>) -> Vec<ProduceTopic> {
    // Most requests are like this.
    if let [topic] = &*topics
        && let [_] = &*topic.partitions
    {
        return topics;
    }
    let topics = last_counts(topics.into_iter().map(|topic| {
        let partitions = topic.partitions.into_iter();
        let name = (topic.name, topic.topic_id);
        (name, partitions.map(|partition| (partition.index, partition)))
    }));
    let topics = topics.into_iter();
    topics
        .map(|((name, topic_id), partitions)| ProduceTopic {
            name,
            topic_id,
            partitions: partitions.into_values().collect(),
        })
        .collect()
}

fn find<'a>(
    image: &'a MetadataImage,
    wanted: &ProduceTopic,
    version: i16,
) -> Result<&'a Arc<Topic>, ErrorCode> {
    if version >= 13 {
        return image
            .topic_by_id(wanted.topic_id)
            .ok_or(ErrorCode::UnknownTopicId);
    }
    image
        .topic(&wanted.name)
        .ok_or(ErrorCode::UnknownTopicOrPartition)
}

async fn append(
    context: &Context,
    topic: &Topic,
    call: &Call,
    data: ProducePartition,
    now_ms: i64,
    scratch: &mut Scratch,
    place: Place,
) -> Result<(Appended, Ticket), Refusal> {
    if topic.internal && &*call.client_id != ADMIN_CLIENT_ID {
        return Err(ErrorCode::InvalidTopicException.into());
    }
    let partition: &Arc<Partition> = topic
        .partition(data.index)
        .ok_or(ErrorCode::UnknownTopicOrPartition)?;
    let records = data.records.unwrap_or_default();
    let admission = Admission {
        allow_zstd: call.version >= ZSTD_SINCE,
        now_ms,
    };
    let batch = admission
        .check(records, &partition.config(), scratch, &context.heavy)
        .await
        .map_err(|error| batch_refusal(partition, &error))?;
    let appended = match (batch.header().is_transactional(), place) {
        (false, _) => partition.append(&batch, now_ms),
        (true, Place::Inside(verification)) => partition.append_in_transaction(&batch, verification, now_ms),
        (true, Place::Outside) => return Err(ErrorCode::TransactionalIdAuthorizationFailed.into()),
    };
    appended.map_err(|error| Refusal {
        code: error_map::partition(&error),
        message: Some(error.to_string()),
        ..Refusal::from(ErrorCode::None)
    })
}

/// Where a batch stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// In no transaction.
    Outside,
    /// In one, which begins on the partition with it if there is a verification.
    Inside(Option<Verification>),
}

/// Batches of transactions by topic and partition within the request, and what their coordinator says of them.
type Admitted = BTreeMap<(usize, usize), Result<Place, ErrorCode>>;

/// Asks the coordinator about the partitions on which a transaction begins.
async fn admit(context: &Context, call: &Call, image: &MetadataImage, request: &ProduceRequest) -> Admitted {
    let mut admitted = Admitted::new();
    let Some(id) = &request.transactional_id else {
        // Nothing is inside a transaction; most requests are like this.
        return admitted;
    };
    // All batches of a request are of one producer.
    let mut asking: BTreeMap<TopicPartition, ((usize, usize), Verification)> = BTreeMap::new();
    let mut producer = None;
    for (topic_at, wanted) in request.topics.iter().enumerate() {
        let Ok(topic) = find(image, wanted, call.version) else {
            continue;
        };
        for (partition_at, data) in wanted.partitions.iter().enumerate() {
            let header = data.records.as_deref().and_then(BatchHeader::read);
            let Some(header) = header.filter(BatchHeader::is_transactional) else {
                continue;
            };
            let Some(partition) = topic.partition(data.index) else {
                continue;
            };
            let at = (topic_at, partition_at);
            let place = match announce(partition, &header) {
                Err(error) => Err(error_map::partition(&error)),
                Ok(None) => Ok(Place::Inside(None)),
                Ok(Some(verification)) => {
                    producer = Some(ProducerIdAndEpoch {
                        id: header.producer_id,
                        epoch: header.producer_epoch,
                    });
                    let name = TopicPartition {
                        topic: Arc::clone(&topic.name),
                        partition: data.index,
                    };
                    asking.insert(name, (at, verification));
                    Ok(Place::Inside(Some(verification)))
                }
            };
            admitted.insert(at, place);
        }
    }
    if let Some(producer) = producer {
        let known = error_map::Knows {
            abortable: call.version >= ABORTABLE_SINCE,
            adds: call.version >= ADDS_SINCE,
        };
        let names = asking.keys().cloned().collect();
        let outcomes = context
            .transactions
            .admit(id, producer, &names, context.admittance(known.adds));
        let outcomes = outcomes
            .await
            .unwrap_or_else(|error| names.iter().map(|_| Err(error)).collect());
        for ((at, _), outcome) in asking.into_values().zip(outcomes) {
            if let Err(error) = outcome {
                admitted.insert(at, Err(error_map::admission(error, known)));
            }
        }
    }
    admitted
}

fn announce(
    partition: &Arc<Partition>,
    header: &BatchHeader,
) -> Result<Option<Verification>, PartitionError> {
    partition.announce(header.producer_id, header.producer_epoch, header.base_sequence)
}

/// Kafka names the log start offset with rules of the topic that records break, and the first three of those records
/// in the message.
fn batch_refusal(partition: &Arc<Partition>, error: &BatchError) -> Refusal {
    let place = partition.id().dir_name();
    let text = |rejection: &Rejection| match rejection {
        Rejection::NoKey => format!("{rejection} in topic partition {place}"),
        _ => rejection.to_string(),
    };
    let record_errors: Vec<(i32, String)> = error
        .record_errors()
        .iter()
        .map(|(index, rejection)| (*index, text(rejection)))
        .collect();
    let log_start_offset = match record_errors.is_empty() {
        true => -1,
        false => partition.tail().map_or(-1, |tail| tail.log_start_offset),
    };
    let message = match error {
        BatchError::Invalid {
            fault: fault @ BatchFault::Rejected(_),
            ..
        } => {
            let first: Vec<String> = record_errors
                .iter()
                .take(ERRORS_IN_MESSAGE)
                .map(|(index, text)| format!("RecordError(batchIndex={index}, message='{text}')"))
                .collect();
            format!(
                "{fault}, and only showing the first three errors at most: [{}]",
                first.join(", ")
            )
        }
        _ => error.to_string(),
    };
    Refusal {
        code: error_map::batch(error),
        message: Some(message),
        record_errors,
        log_start_offset,
    }
}

fn accepted(index: i32, appended: &Appended) -> ProducePartitionResponse {
    ProducePartitionResponse {
        index,
        base_offset: appended.base_offset,
        log_append_time_ms: appended.log_append_time,
        log_start_offset: appended.log_start_offset,
        ..ProducePartitionResponse::default()
    }
}

fn refused(index: i32, refusal: Refusal) -> ProducePartitionResponse {
    let record_errors = refusal
        .record_errors
        .into_iter()
        .map(|(batch_index, message)| RecordError {
            batch_index,
            message: Some(StrBytes::from_string(message)),
        })
        .collect();
    ProducePartitionResponse {
        index,
        error_code: refusal.code.code(),
        base_offset: -1,
        log_append_time_ms: -1,
        log_start_offset: refusal.log_start_offset,
        record_errors,
        error_message: refusal.message.map(StrBytes::from_string),
        ..ProducePartitionResponse::default()
    }
}
