//! The hall itself.

use minicbor::{Decode, Encode};

use crate::fact::{ClockAccepted, Fact, HallSet, TierEntered};
use crate::time::Hlc;

#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Hall {
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub county: String,
    #[n(2)]
    pub address: String,
    #[n(3)]
    pub phone: String,
    #[n(4)]
    pub window: String,
    #[n(5)]
    pub tier: Option<TierEntered>,
    /// The last acceptance of the clock, and the stamp it was written under.
    #[n(6)]
    pub clock_accepted: Option<(ClockAccepted, Hlc)>,
}

impl Hall {
    pub(super) fn begin(set: &HallSet) -> Self {
        let mut hall = Self::default();
        hall.set(set);
        hall
    }

    pub(super) fn apply(&mut self, fact: &Fact, hlc: Hlc) {
        match fact {
            Fact::HallSet(set) => self.set(set),
            Fact::TierEntered(tier) => self.tier = Some(tier.clone()),
            Fact::ClockAccepted(accepted) => self.clock_accepted = Some((accepted.clone(), hlc)),
            _ => {}
        }
    }

    fn set(&mut self, set: &HallSet) {
        let fields = [
            (&mut self.name, &set.name),
            (&mut self.county, &set.county),
            (&mut self.address, &set.address),
            (&mut self.phone, &set.phone),
            (&mut self.window, &set.window),
        ];
        for (field, value) in fields {
            if let Some(value) = value {
                field.clone_from(value);
            }
        }
    }
}
