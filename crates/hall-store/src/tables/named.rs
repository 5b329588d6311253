//! What the tables say, in the words of the log: ops, heads, identity, counts.

use hall_core::fact::Scope;
use hall_core::{EntityId, Hlc, Instant, OpId};
use hall_log::{Chain, Envelope, Head};

use super::change::{Change, ERASED, TO_ERASE, erased_key, series_key};
use super::{ARRIVALS, BOOT, FORMAT, FORMAT_VERSION, IDENTITY, Table, Tables, TablesError};

impl Tables {
    pub(crate) fn op(&self, id: OpId) -> Result<Option<(Chain, Envelope)>, TablesError> {
        self.get(Table::Ops, &id.to_bytes())?.map(|value| self.parse_op(&value)).transpose()
    }

    pub(crate) fn parse_op(&self, value: &[u8]) -> Result<(Chain, Envelope), TablesError> {
        let parsed = value
            .split_first_chunk()
            .and_then(|(chain, rest)| Some((Chain(*chain), Envelope::decode(rest).ok()?)));
        parsed.map_or_else(|| self.malformed("an op does not decode"), Ok)
    }

    pub(crate) fn head(&self, device: u32, epoch: u16) -> Result<Head, TablesError> {
        match self.get(Table::Heads, &series_key(device, epoch))? {
            None => Ok(Head::origin(device, epoch)),
            Some(value) => parse_head(&value).map_or_else(|| self.malformed("a head does not decode"), Ok),
        }
    }

    /// The end of every series that is held here.
    pub(crate) fn heads(&self) -> Result<Vec<(u32, u16, Head)>, TablesError> {
        let rows = self.page(Table::Heads, None, usize::MAX)?;
        let parsed: Option<Vec<_>> = rows
            .iter()
            .map(|(key, value)| {
                let device = u32::from_be_bytes(*key.first_chunk()?);
                let epoch = u16::from_be_bytes(*key.get(4..)?.first_chunk()?);
                Some((device, epoch, parse_head(value)?))
            })
            .collect();
        parsed.map_or_else(|| self.malformed("a head does not decode"), Ok)
    }

    /// The ops of an entity, in the order of the fold.
    pub(crate) fn op_ids_of(&self, entity: EntityId) -> Result<Vec<OpId>, TablesError> {
        let from = entity.to_bytes();
        let to = [&from[..], &[0xff; 23]].concat();
        let rows = self.range(Table::ByEntity, &from, &to, usize::MAX)?;
        let ids: Option<Vec<OpId>> = rows.iter().map(|(key, _)| OpId::from_bytes(key.get(22..)?)).collect();
        ids.map_or_else(|| self.malformed("a row of an entity does not decode"), Ok)
    }

    /// Up to `limit` ops of a scope whose payload never came.
    pub(crate) fn missing(&self, scope: Scope, limit: usize) -> Result<Vec<OpId>, TablesError> {
        let rows = self.range(Table::Missing, &[scope as u8], &[scope as u8 + 1], limit)?;
        let ids: Option<Vec<OpId>> = rows.iter().map(|(key, _)| OpId::from_bytes(&key[1..])).collect();
        ids.map_or_else(|| self.malformed("a row of a missing payload does not decode"), Ok)
    }

    /// Whether the log erases this worker.
    pub(crate) fn is_erased(&self, worker: EntityId) -> Result<bool, TablesError> {
        Ok(self.get(Table::Erased, &erased_key(ERASED, worker))?.is_some())
    }

    /// The workers of whom something may be left to be erased.
    pub(crate) fn to_erase(&self) -> Result<Vec<EntityId>, TablesError> {
        let rows = self.range(Table::Erased, &[TO_ERASE], &[TO_ERASE + 1], usize::MAX)?;
        let ids: Option<Vec<EntityId>> =
            rows.iter().map(|(key, _)| EntityId::from_bytes(&key[1..])).collect();
        ids.map_or_else(|| self.malformed("a row of an erased worker does not decode"), Ok)
    }

    pub(crate) fn format(&self) -> Result<Option<u32>, TablesError> {
        self.meta(FORMAT, u32::from_be_bytes)
    }

    pub(crate) fn identity(&self) -> Result<Option<(u32, u16)>, TablesError> {
        self.meta(IDENTITY, |bytes: [u8; 6]| {
            let [d0, d1, d2, d3, e0, e1] = bytes;
            (u32::from_be_bytes([d0, d1, d2, d3]), u16::from_be_bytes([e0, e1]))
        })
    }

    /// The number of the last arrival: every op counts once, and once more when its payload came later.
    pub(crate) fn arrivals(&self) -> Result<u64, TablesError> {
        Ok(self.meta(ARRIVALS, u64::from_be_bytes)?.unwrap_or(0))
    }

    /// Says how many arrivals a journal has that was written anew.
    pub(crate) fn set_arrivals(&self, arrivals: u64) -> Result<(), TablesError> {
        let mut change = Change::default();
        change.set_arrivals(arrivals);
        self.apply(&change)
    }

    pub(crate) fn boot(&self) -> Result<Option<Instant>, TablesError> {
        self.meta(BOOT, |bytes| Instant(i64::from_be_bytes(bytes)))
    }

    pub(crate) fn set_boot(&self, at: Instant) -> Result<(), TablesError> {
        let mut change = Change::default();
        change.put(Table::Meta, BOOT, at.0.to_be_bytes().to_vec());
        self.apply(&change)
    }

    /// Says in which epoch the device writes from now on.
    pub(crate) fn set_epoch(&self, device: u32, epoch: u16) -> Result<(), TablesError> {
        let mut change = Change::default();
        change.put(Table::Meta, IDENTITY, series_key(device, epoch).to_vec());
        self.apply(&change)
    }

    /// Says whose store this is; the last step of making one.
    pub(crate) fn set_identity(&self, device: u32, epoch: u16) -> Result<(), TablesError> {
        let mut change = Change::default();
        change.put(Table::Meta, FORMAT, FORMAT_VERSION.to_be_bytes().to_vec());
        change.put(Table::Meta, IDENTITY, series_key(device, epoch).to_vec());
        change.set_arrivals(0);
        self.apply(&change)
    }

    fn meta<const N: usize, T>(
        &self,
        name: &[u8],
        parse: impl FnOnce([u8; N]) -> T,
    ) -> Result<Option<T>, TablesError> {
        match self.get(Table::Meta, name)? {
            None => Ok(None),
            Some(value) => match <[u8; N]>::try_from(value.as_slice()) {
                Ok(bytes) => Ok(Some(parse(bytes))),
                Err(_) => self.malformed("a meta value has another length"),
            },
        }
    }
}

fn parse_head(value: &[u8]) -> Option<Head> {
    let value: &[u8; 32] = value.try_into().ok()?;
    Some(Head {
        seq: u64::from_be_bytes(*value.first_chunk()?),
        chain: Chain(*value[8..].first_chunk()?),
        hlc: Hlc(u64::from_be_bytes(*value[24..].first_chunk()?)),
    })
}
