//! What a node is told and what it says: the whole surface between the protocol and whoever drives it.

use ed25519_dalek::SigningKey;
use hall_core::fact::Holder;
use hall_log::Certificate;

use crate::push::Judged;
use crate::wire::{Ask, Payload, Refused, Response, Signed};

/// Who this node is.
#[derive(Clone, Debug)]
pub struct Identity {
    pub me: Holder,
    pub certificate: Certificate,
    pub key: SigningKey,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// Time passed.
    Tick,
    /// Ops of this device became durable.
    Changed,
    /// The places this device would like to have, instead of what it asked for before.
    Asks {
        asks: Vec<Ask>,
        /// Whether it could hand on what it gets: one whose clock is not believed would send it back.
        hands_on: bool,
    },
    /// A message came in; `link` names whom to answer.
    Request { link: u64, message: Signed },
    /// The answer to the exchange of that number.
    Response { upstream: usize, exchange: u64, response: Result<Response, Refused> },
    /// No answer, or none that can be read. `jitter` is any number.
    Failed { upstream: usize, exchange: u64, jitter: u64 },
    /// What [`Output::Import`] asked for is durable, or cannot be written now.
    Imported { job: u64, stored: bool },
    /// The wishes of [`Output::Serve`] were considered; what was given is durable.
    Served { job: u64 },
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send to an upstream; a request that is still on its way there is given up.
    Send {
        upstream: usize,
        exchange: u64,
        message: Signed,
    },
    Reply {
        link: u64,
        response: Result<Box<Response>, Refused>,
    },
    /// Keep these certificates and teach them to the node's [`Trust`] at every start: without its author's
    /// certificate a series can be neither checked nor passed on.
    Learned(Vec<Certificate>),
    /// Make durable, all of it, then say [`Input::Imported`].
    Import {
        job: u64,
        judged: Judged,
        payloads: Vec<Payload>,
    },
    /// See whether places can be given to these; then say [`Input::Served`].
    Serve {
        job: u64,
        asks: Vec<Ask>,
    },
    /// Others' ops are new here: gifts may be among them, and news for the screens.
    News,
    /// Of this series there are two histories, here and at somebody else: people must be told. Neither is given
    /// up, and nothing more of it is exchanged with him.
    Contradiction(Holder),
    /// A machine of this series said what only a desk may say; nothing of it is taken any more. People must be told.
    Forbidden(Holder),
    /// This device is a copy, or was rolled back: it must not write in this epoch any more. A new one has to be behind
    /// `beyond`, the last that anybody is known to have of this device, for its copy may have begun one already.
    Fenced {
        why: Fence,
        beyond: u16,
    },
}

/// What goes out to others: of the outputs, those that a line carries.
#[derive(Clone, Debug)]
pub enum Outgoing {
    Send { upstream: usize, exchange: u64, message: Signed },
    Reply { link: u64, response: Result<Box<Response>, Refused> },
}

/// What a step leads to, for whoever carries it.
#[derive(Debug, Default)]
pub struct Stepped {
    pub out: Vec<Outgoing>,
    /// When the node wants to be looked after, by the clock that only goes forward.
    pub wake: Option<hall_core::Instant>,
}

/// How a device learned that its epoch is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fence {
    /// Others have ops of this series that are not here.
    RolledBack { here: u64, there: u64 },
    /// Others have another history of this series.
    Forked { at: u64 },
    /// It was said to have ended.
    Ended,
}

/// How far an op has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// 本机
    Device,
    /// 本厅
    Hall,
    /// 县级
    County,
}
