//! DeleteTopics (key 20): by name, from v6 by id too.
//!
//! The data are gone when the reply leaves. v5 adds the error's text, and a used-up quota on changes refuses a
//! topic. Without any time (`timeout_ms` of 0 or less) nothing is decided.

use protocol_shim::messages::delete_topics_response::DeletableTopicResult;
use protocol_shim::messages::{DeleteTopicsRequest, DeleteTopicsResponse};
use protocol_shim::{ErrorCode, StrBytes};
use uuid::Uuid;

use crate::context::{Call, Context};
use crate::error_map;
use crate::topics::{DeleteResult, Terms, TopicRef};

/// First version that knows THROTTLING_QUOTA_EXCEEDED.
const STRICT_SINCE: i16 = 5;

/// Answers a DeleteTopics request.
pub async fn handle(ctx: &Context, call: &Call, request: DeleteTopicsRequest) -> DeleteTopicsResponse {
    let named = request.topic_names.into_iter().map(|name| TopicRef {
        name: Some(name.to_string()),
        id: Uuid::nil(),
    });
    let listed = request.topics.into_iter();
    let topics: Vec<TopicRef> = named
        .chain(listed.map(|topic| TopicRef {
            name: topic.name.map(|name| name.to_string()),
            id: topic.topic_id,
        }))
        .collect();
    let mutations = ctx.mutations(call, STRICT_SINCE);
    let terms = Terms {
        admit: &|partitions| mutations.admit(partitions),
        too_late: request.timeout_ms <= 0,
    };
    let responses = match ctx.topics.image().config.delete_topic_enable {
        true => ctx
            .topics
            .delete_topics_on(&topics, terms)
            .await
            .into_iter()
            .map(result)
            .collect(),
        false => {
            let error = if call.version < 3 {
                ErrorCode::InvalidRequest
            } else {
                ErrorCode::TopicDeletionDisabled
            };
            topics.into_iter().map(|topic| refused(topic, error)).collect()
        }
    };
    DeleteTopicsResponse::default().with_responses(responses)
}

fn result(row: DeleteResult) -> DeletableTopicResult {
    let (error, message) = match row.result {
        Ok(()) => (ErrorCode::None, None),
        Err(error) => (error_map::topic(&error), error.message),
    };
    DeletableTopicResult::default()
        .with_name(row.name.map(|name| StrBytes::from_string(name).into()))
        .with_topic_id(row.id)
        .with_error_code(error.code())
        .with_error_message(message.map(StrBytes::from_string))
}

fn refused(topic: TopicRef, error: ErrorCode) -> DeletableTopicResult {
    DeletableTopicResult::default()
        .with_name(topic.name.map(|name| StrBytes::from_string(name).into()))
        .with_topic_id(topic.id)
        .with_error_code(error.code())
}
