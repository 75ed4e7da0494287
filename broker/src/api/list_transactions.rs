//! ListTransactions (key 66): the transactional ids of this coordinator.
//!
//! Filters by state and producer id, v1 by how long a transaction is open, v2 by a pattern of the id (RE2, the whole
//! id). Unknown state names are told and match nothing.

use std::collections::HashSet;

use protocol_shim::messages::list_transactions_response::TransactionState;
use protocol_shim::messages::{ListTransactionsRequest, ListTransactionsResponse};
use protocol_shim::{ErrorCode, StrBytes};
use regex::Regex;

use crate::context::{Call, Context};
use crate::error_map;
use crate::transactions::{Transaction, TxnState};

/// Answers a ListTransactions request.
pub async fn handle(
    ctx: &Context,
    _call: &Call,
    request: ListTransactionsRequest,
) -> ListTransactionsResponse {
    let unknown = request
        .state_filters
        .iter()
        .filter(|name| TxnState::from_name(name).is_none())
        .cloned()
        .collect();
    let response = ListTransactionsResponse::default().with_unknown_state_filters(unknown);
    let pattern = match request.transactional_id_pattern.as_deref() {
        None | Some("") => None,
        Some(pattern) => match Regex::new(&format!(r"\A(?:{pattern})\z")) {
            Ok(pattern) => Some(pattern),
            Err(_) => return response.with_error_code(ErrorCode::InvalidRegularExpression.code()),
        },
    };
    let now_ms = ctx.env.now_ms();
    let filters = Filters {
        states: request.state_filters.iter().map(|name| name.as_str()).collect(),
        producers: request.producer_id_filters.iter().map(|id| id.0).collect(),
        duration_ms: request.duration_filter,
    };
    let passes = |id: &str, transaction: &Transaction| {
        filters.pass(transaction, now_ms) && pattern.as_ref().is_none_or(|p| p.is_match(id))
    };
    match ctx.transactions.list(passes) {
        Ok(rows) => {
            let rows = rows.into_iter().map(|(id, transaction)| {
                TransactionState::default()
                    .with_transactional_id(StrBytes::from_string(id.to_string()).into())
                    .with_producer_id(transaction.producer_id.into())
                    .with_transaction_state(StrBytes::from_static_str(transaction.state.name()))
            });
            response.with_transaction_states(rows.collect())
        }
        Err(error) => response.with_error_code(error_map::transaction(error).code()),
    }
}

/// What is asked for; empty sets let all pass.
struct Filters<'a> {
    states: HashSet<&'a str>,
    producers: HashSet<i64>,
    duration_ms: i64,
}

impl Filters<'_> {
    fn pass(&self, transaction: &Transaction, now_ms: i64) -> bool {
        let by_state = self.states.is_empty() || self.states.contains(transaction.state.name());
        let by_producer = self.producers.is_empty() || self.producers.contains(&transaction.producer_id);
        let open_for_ms = now_ms.saturating_sub(transaction.start_ms);
        // Without an open transaction the start is -1, and so long ago: Kafka tells these, too.
        let by_duration = self.duration_ms < 0 || open_for_ms > self.duration_ms;
        by_state && by_producer && by_duration
    }
}
