//! ApiVersions (key 18): what this broker speaks, from the one table, and its features.
//!
//! v3 client name and version (checked as in KIP-511) and features; v0–3 omit features whose minimum
//! is 0 (KAFKA-17011), v4 lists them. A controller's listener tells only what it serves.

use std::sync::Arc;

use protocol_shim::messages::api_versions_response::{FinalizedFeatureKey, SupportedFeatureKey};
use protocol_shim::messages::{ApiVersionsRequest, ApiVersionsResponse};
use protocol_shim::{API_TABLE, ErrorCode, StrBytes};

use crate::config::Role;
use crate::context::{Call, Context};
use crate::topics::FEATURES;

/// Answers the table; INVALID_REQUEST when the client's name or version breaks the rules.
pub async fn handle(context: &Context, call: &Call, request: ApiVersionsRequest) -> ApiVersionsResponse {
    if call.version >= 3
        && !(well_formed(&request.client_software_name) && well_formed(&request.client_software_version))
    {
        return ApiVersionsResponse::default().with_error_code(ErrorCode::InvalidRequest.code());
    }
    let is_controller = call.entrance.role == Role::Controller;
    let served = API_TABLE.iter().filter(|row| row.on_controller || !is_controller);
    let apis = served.map(|row| row.advertised()).collect();
    let response = ApiVersionsResponse::default().with_api_keys(apis);
    if call.version < 3 {
        return response;
    }
    let shown = FEATURES
        .iter()
        .filter(|feature| feature.min > 0 || call.version >= 4);
    let supported = shown.map(|feature| {
        SupportedFeatureKey::default()
            .with_name(StrBytes::from_static_str(feature.name))
            .with_min_version(feature.min)
            .with_max_version(feature.max)
    });
    let image = context.topics.image();
    let features = Arc::clone(&image.features);
    let finalized = features.iter().map(|(name, level)| {
        FinalizedFeatureKey::default()
            .with_name(StrBytes::from_string(name.to_string()))
            .with_min_version_level(*level)
            .with_max_version_level(*level)
    });
    response
        .with_supported_features(supported.collect())
        .with_finalized_features(finalized.collect())
        .with_finalized_features_epoch(image.offset)
}

/// Kafka's pattern `[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?`.
fn well_formed(text: &str) -> bool {
    let ends_fit = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && text
            .bytes()
            .next_back()
            .is_some_and(|b| b.is_ascii_alphanumeric());
    ends_fit
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}
