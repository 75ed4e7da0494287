//! AlterClientQuotas (key 49): sets and removes quotas of users, clients and addresses, each entity for itself.
//!
//! A quota is in force when the reply leaves. v1 flexible.

use std::collections::HashSet;

use protocol_shim::messages::alter_client_quotas_response::{EntityData, EntryData};
use protocol_shim::messages::{AlterClientQuotasRequest, AlterClientQuotasResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::error_map;
use crate::quotas::find_address;
use crate::records::metadata_quota::QuotaEntity;
use crate::topics::QuotaAlteration;

/// The entity type whose names are those of hosts.
const IP: &str = "ip";

/// Answers an AlterClientQuotas request.
pub async fn handle(
    context: &Context,
    _call: &Call,
    request: AlterClientQuotasRequest,
) -> AlterClientQuotasResponse {
    let alterations: Vec<QuotaAlteration> = request
        .entries
        .into_iter()
        .map(|entry| {
            let names = entry.entity.into_iter();
            let name = |name: Option<StrBytes>| name.map(|name| name.to_string());
            let names = names.map(|e| (e.entity_type.to_string(), name(e.entity_name)));
            let ops = entry.ops.into_iter();
            QuotaAlteration {
                entity: QuotaEntity(names.collect()),
                ops: ops
                    .map(|op| (op.key.to_string(), (!op.remove).then_some(op.value)))
                    .collect(),
            }
        })
        .collect();
    // Names are looked up before the metadata are held.
    let mut hosts = HashSet::new();
    for alteration in &alterations {
        if let Some(Some(host)) = alteration.entity.0.get(IP)
            && !hosts.contains(host)
            && find_address(host).await.is_some()
        {
            hosts.insert(host.clone());
        }
    }
    let results = context
        .topics
        .alter_quotas(&alterations, |host| hosts.contains(host), request.validate_only)
        .await;
    let entries = results.into_iter().map(|(entity, result)| {
        let code = result.as_ref().err().map_or(ErrorCode::None, error_map::topic);
        let text = result.err().and_then(|refusal| refusal.message);
        EntryData::default()
            .with_error_code(code.code())
            .with_error_message(text.map(StrBytes::from_string))
            .with_entity(names(entity))
    });
    AlterClientQuotasResponse::default().with_entries(entries.collect())
}

fn names(entity: QuotaEntity) -> Vec<EntityData> {
    let name = |(kind, name): (String, Option<String>)| {
        EntityData::default()
            .with_entity_type(StrBytes::from_string(kind))
            .with_entity_name(name.map(StrBytes::from_string))
    };
    entity.0.into_iter().map(name).collect()
}
