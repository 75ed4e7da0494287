//! FindCoordinator (key 10): where a group, transactional id or share partition is looked after.
//!
//! v1 key type, v4 several keys, v6 share coordinators. All groups and transactional ids live here; the offsets topic
//! and the transaction topic are made at the first question for one. Absent: coordinators of share groups; they answer
//! INVALID_REQUEST, so that a client fails at once and does not ask for ever.

use protocol_shim::messages::find_coordinator_response::Coordinator;
use protocol_shim::messages::{FindCoordinatorRequest, FindCoordinatorResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::error_map;

/// Key types on the wire (Kafka's `CoordinatorType`).
const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;
const SHARE: i8 = 2;
/// First version with several keys.
const BATCHED: i16 = 4;

/// Answers a FindCoordinator request.
pub async fn handle(ctx: &Context, call: &Call, request: FindCoordinatorRequest) -> FindCoordinatorResponse {
    let refusal = refusal(ctx, request.key_type).await;
    let keys = if call.version >= BATCHED {
        request.coordinator_keys
    } else {
        vec![request.key]
    };
    let mut rows: Vec<_> = keys
        .into_iter()
        .map(|key| row(ctx, call, key, refusal.as_ref()))
        .collect();
    if call.version >= BATCHED {
        return FindCoordinatorResponse::default().with_coordinators(rows);
    }
    let Some(row) = rows.pop() else {
        return FindCoordinatorResponse::default();
    };
    // Kafka says NONE in words, too.
    let message = row
        .error_message
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| StrBytes::from_static_str("NONE"));
    FindCoordinatorResponse::default()
        .with_error_code(row.error_code)
        .with_error_message((call.version >= 1).then_some(message))
        .with_node_id(row.node_id)
        .with_host(row.host)
        .with_port(row.port)
}

async fn refusal(ctx: &Context, key_type: i8) -> Option<(ErrorCode, String)> {
    match key_type {
        GROUP => {
            let error = ctx.groups.ensure_topic().await.err()?;
            Some((error_map::group(error), error.to_string()))
        }
        TRANSACTION => {
            let error = ctx.transactions.ensure_topic().await.err()?;
            Some((error_map::transaction(error), error.to_string()))
        }
        SHARE => Some((
            ErrorCode::InvalidRequest,
            "share groups are not supported by this broker yet".into(),
        )),
        _ => {
            let error = ErrorCode::InvalidRequest;
            Some((error, error.message().to_owned()))
        }
    }
}

fn row(ctx: &Context, call: &Call, key: StrBytes, refusal: Option<&(ErrorCode, String)>) -> Coordinator {
    let row = Coordinator::default().with_key(key);
    match refusal {
        Some((code, text)) => row
            .with_error_code(code.code())
            .with_error_message(Some(StrBytes::from_string(text.clone())))
            .with_node_id((-1).into())
            .with_port(-1),
        None => {
            let image = ctx.topics.image();
            let here = call.advertised(&image.config);
            row.with_error_message(Some(StrBytes::default()))
                .with_node_id(image.node_id.into())
                .with_host(StrBytes::from_string(here.host.to_string()))
                .with_port(i32::from(here.port))
        }
    }
}
