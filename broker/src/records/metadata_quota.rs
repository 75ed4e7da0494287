//! ClientQuotaRecord of the metadata log: one quota of one entity, set or removed.

use std::collections::BTreeMap;

use super::codec::{CodecError, Reader, Writer};
use super::metadata::require_version_0;

/// A number that equals itself as Java's `Double` does: bit by bit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Double(pub f64);

impl PartialEq for Double {
    fn eq(&self, other: &Double) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Double {}

/// Whom a quota is for: the names by entity type (`user`, `client-id`, `ip`); `None` names the default of the type.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuotaEntity(pub BTreeMap<String, Option<String>>);

/// ClientQuotaRecord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientQuota {
    /// Whom it is for.
    pub entity: QuotaEntity,
    /// Which quota, for instance `producer_byte_rate`.
    pub key: String,
    /// Its value; `None` removes it.
    pub value: Option<Double>,
}

impl ClientQuota {
    pub(super) fn encode(&self, w: &mut Writer) {
        let names: Vec<_> = self.entity.0.iter().collect();
        w.vec(true, &names, |w, (kind, name)| {
            w.string(true, kind);
            w.nullable_string(true, name.as_deref());
            w.no_tagged_fields();
        });
        w.string(true, &self.key);
        w.f64(self.value.unwrap_or_default().0);
        w.bool(self.value.is_none());
        w.no_tagged_fields();
    }

    pub(super) fn decode(version: u32, r: &mut Reader<'_>) -> Result<ClientQuota, CodecError> {
        require_version_0(version)?;
        let names = r.vec(true, |r| {
            let name = (r.string(true)?, r.nullable_string(true)?);
            r.skip_tagged_fields()?;
            Ok(name)
        })?;
        let key = r.string(true)?;
        let (value, remove) = (r.f64()?, r.bool()?);
        r.skip_tagged_fields()?;
        Ok(ClientQuota {
            entity: QuotaEntity(names.into_iter().collect()),
            key,
            value: (!remove).then_some(Double(value)),
        })
    }
}
