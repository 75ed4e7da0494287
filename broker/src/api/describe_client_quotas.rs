//! DescribeClientQuotas (key 48): the quotas of the entities that a filter matches.
//!
//! A component of the filter names an entity type and its name (0), its default (1), or any (2). `strict` leaves out
//! entities that have types besides. v1 flexible.

use std::collections::BTreeMap;

use protocol_shim::messages::describe_client_quotas_request::ComponentData;
use protocol_shim::messages::describe_client_quotas_response::{EntityData, EntryData, ValueData};
use protocol_shim::messages::{DescribeClientQuotasRequest, DescribeClientQuotasResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::records::metadata_quota::{Double, QuotaEntity};

const KNOWN: [&str; 3] = ["ip", "user", "client-id"];

/// What the name of an entity type has to be.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Name(String),
    Default,
    Any,
}

/// What the names have to be, by entity type.
type Filter = BTreeMap<String, Wanted>;

/// Answers a DescribeClientQuotas request.
pub async fn handle(
    context: &Context,
    _call: &Call,
    request: DescribeClientQuotasRequest,
) -> DescribeClientQuotasResponse {
    let filter = match filter(&request.components) {
        Ok(filter) => filter,
        Err((code, text)) => {
            return DescribeClientQuotasResponse::default()
                .with_error_code(code.code())
                .with_error_message(Some(StrBytes::from_string(text)))
                .with_entries(None);
        }
    };
    let image = context.topics.image();
    let found = image.quotas.iter();
    let found = found.filter(|(entity, _)| matches(entity, &filter, request.strict));
    let entries = found.map(|(entity, values)| entry(entity, values)).collect();
    DescribeClientQuotasResponse::default()
        // Not null: Kafka leaves the field as its schema has it.
        .with_error_message(Some(StrBytes::default()))
        .with_entries(Some(entries))
}

fn filter(components: &[ComponentData]) -> Result<Filter, (ErrorCode, String)> {
    let mut filter = Filter::new();
    let refused = |text: String| Err((ErrorCode::InvalidRequest, text));
    for component in components {
        let kind = component.entity_type.to_string();
        if kind.is_empty() {
            return refused("Invalid empty entity type.".into());
        }
        if filter.contains_key(&kind) {
            return refused(format!(
                "Entity type {kind} cannot appear more than once in the filter."
            ));
        }
        if !KNOWN.contains(&kind.as_str()) {
            let text = format!("Unsupported entity type {kind}");
            return Err((ErrorCode::UnsupportedVersion, text));
        }
        let with_name = |name: &str| {
            let text = format!("Request specified MATCH_TYPE_{name}, but also specified a match string.");
            refused(text)
        };
        let wanted = match (component.match_type, &component._match) {
            (0, Some(name)) => Wanted::Name(name.to_string()),
            (0, None) => {
                return refused("Request specified MATCH_TYPE_EXACT, but set match string to null.".into());
            }
            (1, None) => Wanted::Default,
            (1, Some(_)) => return with_name("DEFAULT"),
            (2, None) => Wanted::Any,
            (2, Some(_)) => return with_name("SPECIFIED"),
            (other, _) => return refused(format!("Unknown match type {other}")),
        };
        filter.insert(kind, wanted);
    }
    if filter.contains_key("ip") && filter.len() > 1 {
        return refused(
            "Invalid entity filter component combination. IP filter component should not be used with user or \
             clientId filter component."
                .into(),
        );
    }
    Ok(filter)
}

fn matches(entity: &QuotaEntity, filter: &Filter, strict: bool) -> bool {
    let meets = |(kind, wanted): (&String, &Wanted)| match (entity.0.get(kind), wanted) {
        (None, _) => false,
        (Some(Some(name)), Wanted::Name(wanted)) => name == wanted,
        (Some(name), Wanted::Default) => name.is_none(),
        (Some(_), Wanted::Any) => true,
        (Some(None), Wanted::Name(_)) => false,
    };
    // Nothing asked for strictly is nothing found, as no entity is without a type.
    (!strict || entity.0.len() == filter.len()) && filter.iter().all(meets)
}

fn entry(entity: &QuotaEntity, values: &BTreeMap<String, Double>) -> EntryData {
    let name = |(kind, name): (&String, &Option<String>)| {
        EntityData::default()
            .with_entity_type(StrBytes::from_string(kind.clone()))
            .with_entity_name(name.clone().map(StrBytes::from_string))
    };
    let value = |(key, value): (&String, &Double)| {
        ValueData::default()
            .with_key(StrBytes::from_string(key.clone()))
            .with_value(value.0)
    };
    EntryData::default()
        .with_entity(entity.0.iter().map(name).collect())
        .with_values(values.iter().map(value).collect())
}
