//! The closed words of the domain that facts, rules and screens share. Stored by number: a released number
//! never changes its meaning.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $n:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[cbor(index_only)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$vdoc])* #[n($n)] $variant),+
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
    };
}

vocabulary! {
    /// Sex as the identity number states it.
    Sex { Male = 0, Female = 1 }
}

vocabulary! {
    /// A woman's original statutory retirement age, 50 (worker's post) or 55 (cadre's post); asked only when it
    /// decides something.
    PostType {
        #[serde(rename = "50")]
        Fifty = 0,
        #[serde(rename = "55")]
        FiftyFive = 1,
    }
}

vocabulary! {
    /// Who hires: an organisation (单位, with a licence) or a natural person (个人雇主, own ID).
    EmployerKind { Organisation = 0, Private = 1 }
}

vocabulary! {
    /// What one amount of pay buys.
    PayUnit { Hour = 0, Day = 1, Month = 2, Job = 3 }
}

vocabulary! {
    /// When the pay is handed over (结算方式).
    Settlement {
        /// 当天结
        Daily = 0,
        /// 每周结
        Weekly = 1,
        /// 半月结
        HalfMonthly = 2,
        /// 每月结
        Monthly = 3,
        /// 干完结
        OnCompletion = 4,
    }
}

vocabulary! {
    /// Meals the employer gives.
    Meals { None = 0, Lunch = 1, All = 2 }
}

vocabulary! {
    /// The paper that the rules choose; never a matter of taste (rules.md, "Agreement decision").
    AgreementType {
        /// 非全日制劳动合同
        PartTimeContract = 0,
        /// 以完成一定工作任务为期限的劳动合同
        TaskContract = 1,
        /// 劳务协议
        ServiceAgreement = 2,
        /// 书面用工协议
        OverAgeWrittenAgreement = 3,
    }
}

vocabulary! {
    /// What the desk may do in the face of a finding.
    Severity {
        /// The act is refused unless a supervisor overrides with a reason.
        Block = 0,
        /// Shown with its source; the act goes on.
        Warn = 1,
        /// An explanation.
        Info = 2,
    }
}

vocabulary! {
    /// What a member of staff may do.
    Role { Clerk = 0, Supervisor = 1 }
}

vocabulary! {
    /// What a device is in its hall; decides what it may read.
    DeviceRole {
        Kiosk = 0,
        Desk = 1,
        Wall = 2,
        /// The county's own series.
        County = 3,
    }
}

vocabulary! {
    /// On what ground places are taken from a device that is gone.
    ReclaimTier {
        /// Its log is known past the time up to which it could promise: nothing can be lost.
        Seal = 0,
        /// Staff read the silent device's own journal: everything it promised is known.
        Evidence = 1,
        /// A supervisor takes the risk that places were promised already; the number is recorded.
        Override = 2,
    }
}

vocabulary! {
    /// Where a worker signed in.
    SignInPlace { Kiosk = 0, Desk = 1 }
}

vocabulary! {
    /// Why a ticket is provisional.
    StandbyReason {
        /// Every place is taken.
        Full = 0,
        /// The machine's clock is behind what the log has seen: nothing may be promised.
        ClockUntrusted = 1,
        /// This device holds no place; others may.
        NoneHere = 2,
    }
}

vocabulary! {
    /// Why a ticket was given back.
    ReleaseReason {
        Worker = 0,
        Desk = 1,
        NoShow = 2,
        PostCancelled = 3,
        /// The same worker took the post on two devices that did not know of each other.
        Duplicate = 4,
    }
}

vocabulary! {
    /// What became of a ticket (结果). Arrived, no-show and finished speak of the work; paid and unpaid of the
    /// money.
    Outcome { Arrived = 0, NoShow = 1, Finished = 2, Paid = 3, Unpaid = 4 }
}

vocabulary! {
    /// Who pays for an accident-insurance policy (意外伤害保险).
    InsurancePayer {
        /// 用工方
        Employer = 0,
        /// The worker himself.
        Worker = 1,
        Hall = 2,
        /// The county's subsidy (意外伤害保险补贴).
        Subsidy = 3,
        Other = 4,
    }
}

vocabulary! {
    /// What a paper is.
    PaperKind {
        /// The slip of a confirmed ticket.
        Slip = 0,
        /// The slip of a ticket that waits for a place.
        Standby = 1,
        Agreement = 2,
        /// A worker's member card.
        Card = 3,
        /// A page that shows whether a printer of slips is well.
        Test = 4,
        /// A sheet that shows whether a printer of agreements is well.
        TestSheet = 5,
    }
}

vocabulary! {
    /// Where a paper stands between its order and the hand that takes it.
    PaperState {
        /// Ordered; nothing of it has been sent.
        Queued = 0,
        /// A printer may have a part of it from here on, so it is never sent again.
        Sending = 1,
        /// Nothing of it has been sent, because the printer cannot print now.
        Waiting = 2,
        Done = 3,
        /// All or a part of it was sent, and nobody knows what came out.
        Unconfirmed = 4,
        Failed = 5,
        Cancelled = 6,
    }
}

vocabulary! {
    /// What is the matter with a paper or its printer.
    PaperTrouble {
        /// None is assigned.
        NoPrinter = 0,
        /// No line comes about.
        Unreachable = 1,
        /// What answers is no printer.
        NotAPrinter = 2,
        CoverOpen = 3,
        PaperOut = 4,
        Cutter = 5,
        Jam = 6,
        /// It has to be switched off and on, or repaired.
        Broken = 7,
        /// Too hot, or the like; it goes on by itself.
        Resting = 8,
        /// Not ready, and it does not say why.
        Offline = 9,
        /// Its queue is stopped.
        Paused = 10,
        InkOut = 11,
        /// It can print no form of this paper.
        Unsupported = 12,
        /// The line broke in the middle.
        Interrupted = 13,
        /// It never says anything of itself.
        Mute = 14,
        /// The program ended in the middle.
        Restarted = 15,
        /// The roll ended in the middle, so the paper is in two pieces.
        Torn = 16,
        /// Nobody mended the printer in time, and whoever waited is gone.
        TooLate = 17,
        /// Whoever stood there says that nothing came out.
        NothingCame = 18,
        /// What was to be printed is not there any more.
        Lost = 19,
        /// The printer gave it up.
        Aborted = 20,
    }
}

vocabulary! {
    /// What a machine prints on one of its printers.
    PrinterUse {
        /// Slips and member cards.
        Slips = 0,
        /// Agreements.
        Pages = 1,
    }
}

impl PaperKind {
    /// On which of a machine's printers papers of this kind come out.
    pub fn printer_use(self) -> PrinterUse {
        match self {
            Self::Slip | Self::Standby | Self::Card | Self::Test => PrinterUse::Slips,
            Self::Agreement | Self::TestSheet => PrinterUse::Pages,
        }
    }
}
