//! The quota on topics and partitions made and removed, during one request (Kafka: `ControllerMutationQuota`,
//! KIP-599).

use super::client::{Client, Kind};
use super::handle::Quotas;
use super::usage::Usage;

/// What one request may make and remove.
#[derive(Debug)]
pub struct Mutations<'a> {
    quotas: &'a Quotas,
    client: Client<'a>,
    usage: &'a Usage,
    strict: bool,
    is_limited: bool,
}

impl<'a> Mutations<'a> {
    /// For a request of `client`; `strict` refuses what is over the quota, else all of it is done and waited for later.
    pub fn new(quotas: &'a Quotas, client: Client<'a>, usage: &'a Usage, strict: bool) -> Mutations<'a> {
        Mutations {
            is_limited: quotas.has(Kind::Mutations),
            quotas,
            client,
            usage,
            strict,
        }
    }

    /// Counts partitions that are made or removed now; false when they must not be.
    pub fn admit(&self, partitions: usize) -> bool {
        if !self.is_limited {
            return true;
        }
        let (wait_ms, refused) = self.quotas.mutated(self.client, partitions, self.strict);
        self.usage.throttle(wait_ms);
        !refused
    }
}
