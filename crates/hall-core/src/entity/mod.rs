//! Entities: what the facts about one thing add up to.
//!
//! An entity is the fold of its ops, the one that made it first and the others in (HLC, device, epoch, seq)
//! order, so a state depends on the set of ops and never on the order in which they arrived. A state is derived and disposable: its encoding may change
//! between releases, the ops are what is kept.

pub mod custody;
mod device;
mod hall;
pub mod key;
pub mod paper;
mod people;
mod post;
mod ticket;

pub use device::Device;
pub use hall::Hall;
pub use paper::{Paper, Printer};
pub use people::{Employer, Identity, Staff, Visit, Worker};
pub use post::{Post, PostStatus, Span};
pub use ticket::{Agreement, Attendance, Insurance, Released, Settled, Ticket, TicketStatus};

use minicbor::{Decode, Encode};

use crate::fact::Fact;
use crate::id::{EntityId, OpId};
use crate::time::Hlc;

/// A fact with its place in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    pub id: OpId,
    pub hlc: Hlc,
    /// The member of staff who acted; `None` for a worker at the kiosk and for the machine itself.
    pub by: Option<EntityId>,
    pub fact: Fact,
}

impl Applied {
    /// Sorts the ops of an entity.
    pub fn order(&self) -> (Hlc, OpId) {
        (self.hlc, self.id)
    }
}

/// The state of one entity.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Entity {
    #[n(0)]
    Hall(#[n(0)] Hall),
    #[n(1)]
    Staff(#[n(0)] Staff),
    #[n(2)]
    Employer(#[n(0)] Employer),
    #[n(3)]
    Worker(#[n(0)] Worker),
    #[n(4)]
    Visit(#[n(0)] Visit),
    #[n(5)]
    Post(#[n(0)] Box<Post>),
    #[n(6)]
    Ticket(#[n(0)] Ticket),
    #[n(7)]
    Device(#[n(0)] Device),
    #[n(8)]
    Printer(#[n(0)] Printer),
    #[n(9)]
    Paper(#[n(0)] Paper),
}

impl Entity {
    /// The state after one more op. A fact that cannot speak of this entity changes nothing: the log keeps it.
    pub fn fold(before: Option<Self>, op: &Applied) -> Option<Self> {
        let Some(mut entity) = before else { return Self::begin(op) };
        match (&mut entity, &op.fact) {
            (Self::Hall(hall), fact) => hall.apply(fact, op.hlc),
            (Self::Staff(staff), fact) => staff.apply(fact),
            (Self::Employer(employer), fact) => employer.apply(fact),
            (Self::Worker(worker), fact) => worker.apply(fact),
            (Self::Visit(_), _) => {}
            (Self::Post(post), _) => post.apply(op),
            (Self::Ticket(ticket), fact) => ticket.apply(fact, op),
            (Self::Device(device), fact) => device.apply(fact),
            (Self::Printer(printer), fact) => printer.apply(fact, op.hlc),
            (Self::Paper(paper), fact) => paper.apply(fact, op.hlc),
        }
        Some(entity)
    }

    /// The state that an entity's first op makes; `None` when that payload is erased, not here or unknown.
    fn begin(op: &Applied) -> Option<Self> {
        Some(match &op.fact {
            Fact::HallSet(set) => Self::Hall(Hall::begin(set)),
            Fact::StaffAdded(added) => Self::Staff(Staff::begin(added)),
            Fact::EmployerRegistered(registered) => Self::Employer(Employer::begin(registered)),
            Fact::WorkerRegistered(profile) => Self::Worker(Worker::begin(profile)?),
            Fact::SignedIn(signed_in) => Self::Visit(Visit::begin(signed_in, op.hlc)),
            Fact::PostPublished(terms) => Self::Post(Box::new(Post::begin(terms, op.hlc))),
            Fact::TicketOpened(opened) => Self::Ticket(Ticket::begin(opened, op.hlc)),
            Fact::DeviceEnrolled(enrolled) => Self::Device(Device::begin(enrolled)),
            Fact::PrinterAssigned(assigned) => Self::Printer(Printer::begin(assigned, op.hlc)),
            Fact::PaperOrdered(ordered) => Self::Paper(Paper::begin(ordered, op.hlc)),
            _ => return None,
        })
    }

    /// The fold of the `ops` of entity `id`, in whatever order they come; a repeated op counts once. The op that
    /// makes the entity comes first even when the clock that stamped it was ahead of the others.
    pub fn fold_all(id: EntityId, mut ops: Vec<Applied>) -> Option<Self> {
        ops.sort_by_key(|op| (op.id != id, op.order()));
        ops.dedup_by_key(|op| op.id);
        ops.iter().fold(None, Self::fold)
    }

    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("writing to memory cannot fail")
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, minicbor::decode::Error> {
        minicbor::decode(bytes)
    }

    /// Under which keys the store finds this entity. Derived from the state and from nothing else.
    pub fn keys(&self) -> Vec<Vec<u8>> {
        match self {
            Self::Hall(_) => vec![key::hall()],
            Self::Staff(_) => vec![key::staff()],
            Self::Employer(employer) => vec![key::employers(), key::employer_tag(&employer.id_tag)],
            Self::Worker(worker) => vec![key::workers(), key::worker_tag(&worker.id_tag)],
            Self::Visit(visit) => {
                vec![key::visit_of_day(visit.day, visit.at), key::visit_of_worker(visit.worker, visit.day)]
            }
            Self::Post(post) => {
                vec![key::post_until(post.terms.last_day), key::post_of_employer(post.terms.employer)]
            }
            Self::Ticket(ticket) => ticket.keys(),
            Self::Device(device) => vec![key::device(device.number)],
            Self::Printer(_) => vec![key::printers()],
            Self::Paper(paper) => paper.keys(),
        }
    }
}

macro_rules! projections {
    ($($method:ident $variant:ident $type:ty),+ $(,)?) => {
        impl Entity {
            $(pub fn $method(self) -> Option<$type> {
                match self {
                    Self::$variant(inner) => Some(inner),
                    _ => None,
                }
            })+
        }
    };
}

projections! {
    hall Hall Hall,
    staff Staff Staff,
    employer Employer Employer,
    worker Worker Worker,
    visit Visit Visit,
    post Post Box<Post>,
    ticket Ticket Ticket,
    device Device Device,
    printer Printer Printer,
    paper Paper Paper,
}
