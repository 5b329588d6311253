//! People: staff, employers, workers, and a worker's visit on a day.
//!
//! What identifies a person is an `Option`: on a kiosk, and after erasure, it is not there.

use minicbor::{Decode, Encode};

use crate::fact::{
    EmployerIdentified, EmployerRegistered, Fact, SignedIn, StaffAdded, WorkerIdentified, WorkerProfile,
};
use crate::id::EntityId;
use crate::time::{Day, Hlc};
use crate::vocab::{EmployerKind, PostType, Role, Sex, SignInPlace};

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Staff {
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub role: Role,
    #[n(2)]
    pub pin_hash: String,
    #[n(3)]
    pub retired: bool,
}

impl Staff {
    pub(super) fn begin(added: &StaffAdded) -> Self {
        Self { name: added.name.clone(), role: added.role, pin_hash: added.pin_hash.clone(), retired: false }
    }

    pub(super) fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::StaffPinSet(set) => self.pin_hash.clone_from(&set.pin_hash),
            Fact::StaffRetired(_) => self.retired = true,
            _ => {}
        }
    }
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Employer {
    #[n(0)]
    pub kind: EmployerKind,
    #[n(1)]
    pub shown_name: String,
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub id_tag: [u8; 16],
    #[n(3)]
    pub identity: Option<EmployerIdentified>,
}

impl Employer {
    pub(super) fn begin(registered: &EmployerRegistered) -> Self {
        Self {
            kind: registered.kind,
            shown_name: registered.shown_name.clone(),
            id_tag: registered.id_tag,
            identity: None,
        }
    }

    pub(super) fn apply(&mut self, fact: &Fact) {
        if let Fact::EmployerIdentified(identity) = fact {
            self.identity = Some(identity.clone());
        }
    }
}

/// What only the desk may know of a worker.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Identity {
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub id_number: String,
    #[n(2)]
    pub phone: String,
    #[n(3)]
    pub address: String,
}

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Worker {
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub id_tag: [u8; 16],
    #[n(1)]
    pub masked_name: String,
    #[n(2)]
    pub born: Day,
    #[n(3)]
    pub sex: Sex,
    #[n(4)]
    pub trades: Vec<String>,
    #[n(5)]
    pub certificates: Vec<String>,
    #[n(6)]
    pub post_type: Option<PostType>,
    #[n(7)]
    pub pension: bool,
    #[n(8)]
    pub student: bool,
    #[n(9)]
    pub identity: Option<Identity>,
    /// The card that is valid now; 0 when none was issued.
    #[n(10)]
    pub card: u16,
}

impl Worker {
    /// `None` unless the profile is a registration: hash, name, birth and sex are all there.
    pub(super) fn begin(profile: &WorkerProfile) -> Option<Self> {
        let mut worker = Self {
            id_tag: profile.id_tag?,
            masked_name: profile.masked_name.clone()?,
            born: profile.born?,
            sex: profile.sex?,
            trades: Vec::new(),
            certificates: Vec::new(),
            post_type: None,
            pension: false,
            student: false,
            identity: None,
            card: 0,
        };
        worker.change(profile);
        Some(worker)
    }

    pub(super) fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::WorkerChanged(profile) => self.change(profile),
            Fact::WorkerIdentified(WorkerIdentified { name, id_number, phone, address, .. }) => {
                self.identity = Some(Identity {
                    name: name.clone(),
                    id_number: id_number.clone(),
                    phone: phone.clone(),
                    address: address.clone(),
                });
            }
            Fact::WorkerCardIssued(card) => self.card = self.card.max(card.number),
            _ => {}
        }
    }

    fn change(&mut self, profile: &WorkerProfile) {
        fn set<T: Clone>(field: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                *field = value.clone();
            }
        }
        set(&mut self.masked_name, profile.masked_name.as_ref());
        set(&mut self.born, profile.born.as_ref());
        set(&mut self.sex, profile.sex.as_ref());
        set(&mut self.trades, profile.trades.as_ref());
        set(&mut self.certificates, profile.certificates.as_ref());
        set(&mut self.pension, profile.pension.as_ref());
        set(&mut self.student, profile.student.as_ref());
        self.post_type = profile.post_type.or(self.post_type);
    }
}

/// A worker was here on a day; the first sign-in of the day gives the place in the order of call.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Visit {
    #[n(0)]
    pub worker: EntityId,
    #[n(1)]
    pub day: Day,
    #[n(2)]
    pub at: Hlc,
    #[n(3)]
    pub place: SignInPlace,
}

impl Visit {
    pub(super) fn begin(signed_in: &SignedIn, at: Hlc) -> Self {
        Self { worker: signed_in.worker, day: signed_in.day, at, place: signed_in.place }
    }
}
