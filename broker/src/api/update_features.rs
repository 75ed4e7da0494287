//! UpdateFeatures (key 57): raises and lowers finalised feature levels.
//!
//! One refused refuses all (KIP-1022). v0 never lowers: Kafka's controller reads v1's `upgrade_type` in each version, and not
//! `allow_downgrade`. Versions 0 and 1 repeat a success for every feature, with the name of the code for a text.

use protocol_shim::messages::update_features_response::UpdatableFeatureResult;
use protocol_shim::messages::{UpdateFeaturesRequest, UpdateFeaturesResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::error_map;
use crate::topics::{FeatureUpdate, UpgradeType};

/// Answers an UpdateFeatures request.
pub async fn handle(ctx: &Context, call: &Call, request: UpdateFeaturesRequest) -> UpdateFeaturesResponse {
    let updates: Vec<FeatureUpdate> = request
        .feature_updates
        .iter()
        .map(|update| FeatureUpdate {
            name: update.feature.to_string(),
            level: update.max_version_level,
            upgrade_type: UpgradeType::from_code(update.upgrade_type),
        })
        .collect();
    let outcome = ctx.topics.update_features(&updates, request.validate_only).await;
    let (code, message) = match outcome {
        Ok(()) => (ErrorCode::None.code(), None),
        Err(error) => {
            let text = format!(
                "The update failed for all features since the following feature had an error: {error}"
            );
            (error_map::topic(&error).code(), Some(StrBytes::from_string(text)))
        }
    };
    let results = request.feature_updates.into_iter().map(|update| {
        UpdatableFeatureResult::default()
            .with_feature(update.feature)
            .with_error_message(Some(StrBytes::from_static_str("NONE")))
    });
    UpdateFeaturesResponse::default()
        .with_error_code(code)
        .with_error_message(message)
        .with_results(if call.version < 2 && code == ErrorCode::None.code() {
            results.collect()
        } else {
            Vec::new()
        })
}
