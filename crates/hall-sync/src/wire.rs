//! What travels. One exchange is one request and one response; both are CBOR maps with integer keys, so a later
//! release adds a key and an older one skips it.
//!
//! Frozen. Golden files: `tests/golden/`.

use ed25519_dalek::{SigningKey, VerifyingKey};
use hall_core::fact::Holder;
use hall_core::{EntityId, Hlc, Instant, OpId};
use hall_log::{Certificate, Chain, Seal, signature};
use minicbor::{Decode, Encode};

/// The version this release speaks. A responder answers every version it ever spoke.
pub const VERSION: u8 = 1;
/// Bound of a message, bytes: a batch and its seals, with room.
pub const MESSAGE_MAX: usize = 1 << 20;
/// Series in one vector: a hall has at most a few dozen over its years.
pub const SERIES_MAX: usize = 256;
pub const ASKS_MAX: usize = 256;
pub const WANTS_MAX: usize = 64;
/// Ops in all runs of a message.
const OPS_MAX: usize = 8_192;
const DOMAIN: &[u8] = b"linggong exchange 1";

/// How far one side has a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Have {
    #[n(0)]
    pub series: Holder,
    #[n(1)]
    pub seq: u64,
    /// First half of the chain there: tells another history with the same numbers.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub chain: [u8; 8],
}

impl Have {
    pub fn new(series: Holder, seq: u64, chain: Chain) -> Self {
        Self { series, seq, chain: half(chain) }
    }
}

pub(crate) fn half(chain: Chain) -> [u8; 8] {
    *chain.0.first_chunk().expect("a chain has 16 bytes")
}

/// Consecutive ops of one series, compressed; see [`crate::run`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Run {
    #[n(0)]
    pub series: Holder,
    #[n(1)]
    pub first: u64,
    #[n(2)]
    pub count: u16,
    /// Which dictionary the body was compressed with; 0 for none.
    #[n(3)]
    pub dictionary: u8,
    #[cbor(n(4), with = "minicbor::bytes")]
    pub body: Vec<u8>,
}

/// A wish for places of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct Ask {
    /// Who first began to wait for them; the earliest is served first.
    #[n(0)]
    pub since: Hlc,
    #[n(1)]
    pub post: EntityId,
    #[n(2)]
    pub count: u16,
    /// To whom the places should go.
    #[n(3)]
    pub to: Holder,
}

/// How much the sender is ready to take at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Limits {
    #[n(0)]
    pub ops: u16,
    #[n(1)]
    pub bytes: u32,
}

/// What every node can take.
pub const LIMITS: Limits = Limits { ops: 2_000, bytes: 256 << 10 };

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Request {
    #[n(0)]
    pub version: u8,
    #[n(1)]
    pub from: Holder,
    #[n(2)]
    pub certificate: Certificate,
    #[n(3)]
    pub have: Vec<Have>,
    #[n(4)]
    pub push: Vec<Run>,
    /// Of the pushed runs, and the sender's own as it stands.
    #[n(5)]
    pub seals: Vec<Seal>,
    /// Of those who wrote the pushed series.
    #[n(6)]
    pub certificates: Vec<Certificate>,
    #[n(7)]
    pub asks: Vec<Ask>,
    /// Payloads that are missed.
    #[n(8)]
    pub wants: Vec<OpId>,
    /// How long the answer may be held back while there is nothing to say, milliseconds.
    #[n(9)]
    pub wait_ms: u32,
    #[n(10)]
    pub limits: Limits,
    /// That the responder missed.
    #[n(11)]
    pub payloads: Vec<Payload>,
}

/// What became of an op that was not simply taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Verdict {
    /// It contradicts the history here, and is kept as evidence.
    #[n(0)]
    Fork,
    /// Ops before it are missing here.
    #[n(1)]
    Gap,
    /// No seal of its author covers it.
    #[n(2)]
    Unsealed,
    /// Its series belongs to another hall, or to nobody known.
    #[n(3)]
    Foreign,
    /// The run does not unpack.
    #[n(4)]
    Malformed,
    /// Its author may not say such things; see [`hall_core::Fact::is_of_desks`].
    #[n(5)]
    Forbidden,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Response {
    #[n(0)]
    pub version: u8,
    #[n(1)]
    pub from: Holder,
    /// How far the responder has each series, durably.
    #[n(2)]
    pub acks: Vec<Have>,
    /// The first op of a series that was not taken, and why.
    #[n(3)]
    pub refused: Vec<(OpId, Verdict)>,
    #[n(4)]
    pub pull: Vec<Run>,
    #[n(5)]
    pub seals: Vec<Seal>,
    #[n(6)]
    pub certificates: Vec<Certificate>,
    #[n(7)]
    pub payloads: Vec<Payload>,
    /// There is more to pull: ask again at once.
    #[n(8)]
    pub more: bool,
    /// Others wait for these places: whoever can spare some gives them.
    #[n(9)]
    pub wanted: Vec<Ask>,
    /// How far the county has each series, as far as the responder knows.
    #[n(10)]
    pub county: Vec<Have>,
    #[n(11)]
    pub now: Instant,
    #[n(12)]
    pub limits: Limits,
    /// Come back no sooner, milliseconds.
    #[n(13)]
    pub retry_after_ms: u32,
    /// Payloads that the responder misses.
    #[n(14)]
    pub wants: Vec<OpId>,
}

impl Response {
    /// Whether its parts keep to their bounds.
    pub fn is_bounded(&self) -> bool {
        bounded(&self.pull, &self.seals, &self.certificates)
            && self.payloads.len() <= WANTS_MAX
            && self.wants.len() <= WANTS_MAX
            && self.wanted.len() <= ASKS_MAX
            && self.acks.len() <= SERIES_MAX
            && self.county.len() <= SERIES_MAX
    }
}

/// Runs of so many ops, with a seal at every stride and the authors' certificates, are what a message holds.
fn bounded(runs: &[Run], seals: &[Seal], certificates: &[Certificate]) -> bool {
    let ops: usize = runs.iter().map(|run| usize::from(run.count)).sum();
    ops <= OPS_MAX && seals.len() <= OPS_MAX && runs.len() <= SERIES_MAX && certificates.len() <= SERIES_MAX
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Payload {
    #[n(0)]
    pub op: OpId,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

/// Why an exchange was refused as a whole. Nothing was taken, nothing is lost, the sender keeps what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, thiserror::Error)]
#[cbor(index_only)]
pub enum Refused {
    #[n(0)]
    #[error("not a request of this protocol")]
    Malformed,
    #[n(1)]
    #[error("a version that is not spoken here")]
    Version,
    #[n(2)]
    #[error("the certificate is not believed here")]
    Certificate,
    #[n(3)]
    #[error("the certificate has expired")]
    Expired,
    #[n(4)]
    #[error("the device was revoked")]
    Revoked,
    #[n(5)]
    #[error("the signature is not the device's")]
    Signature,
    #[n(6)]
    #[error("a device of another hall")]
    OtherHall,
    #[n(7)]
    #[error("too large")]
    TooLarge,
    /// The store behind the endpoint cannot be written now; come again.
    #[n(8)]
    #[error("not able to store now")]
    Unavailable,
    #[n(9)]
    #[error("too many requests")]
    Busy,
    /// The sender's epoch is over: its history continues elsewhere, or not at all.
    #[n(10)]
    #[error("the sender's epoch has ended")]
    EpochEnded,
}

/// A request with the sender's signature over its very bytes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Signed {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub body: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub signature: [u8; 64],
}

impl Signed {
    pub fn by(request: &Request, key: &SigningKey) -> Self {
        let body = encode(request);
        let signature = signature::sign(key, &message(&body));
        Self { body, signature }
    }

    pub fn is_by(&self, key: &VerifyingKey) -> bool {
        signature::is_by(key, &message(&self.body), &self.signature)
    }

    pub fn request(&self) -> Result<Request, Refused> {
        let version = probe_version(&self.body).ok_or(Refused::Malformed)?;
        if version != VERSION {
            return Err(Refused::Version);
        }
        let request: Request = minicbor::decode(&self.body).map_err(|_| Refused::Malformed)?;
        let bounded = bounded(&request.push, &request.seals, &request.certificates)
            && request.have.len() <= SERIES_MAX
            && request.asks.len() <= ASKS_MAX
            && request.wants.len() <= WANTS_MAX
            && request.payloads.len() <= WANTS_MAX;
        if bounded { Ok(request) } else { Err(Refused::TooLarge) }
    }
}

/// The version is the first entry of the map in every version.
fn probe_version(body: &[u8]) -> Option<u8> {
    let mut d = minicbor::Decoder::new(body);
    d.map().ok()?;
    (d.u8().ok()? == 0).then(|| d.u8().ok()).flatten()
}

fn message(body: &[u8]) -> Vec<u8> {
    [DOMAIN, body].concat()
}

pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to memory cannot fail")
}

/// Reads a message of at most [`MESSAGE_MAX`] bytes.
pub fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, Refused> {
    if bytes.len() > MESSAGE_MAX {
        return Err(Refused::TooLarge);
    }
    minicbor::decode(bytes).map_err(|_| Refused::Malformed)
}

/// What comes back over HTTP, as `[0, response]` or `[1, refusal]`. The status only repeats it for what stands
/// between; a body that does not read so is no answer, whatever its status.
pub type Answer = Result<Response, Refused>;
