//! Deliberate bugs in the protocol and in the decisions about places, for the simulator to find.
//!
//! Nothing of this is in a build without `--cfg mutants`: [`on`] is then `false` for the compiler, too. A bug that
//! the simulator does not find says that a rule is not checked.

/// A bug. What it breaks is said where it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    ArrivalOrder,
    TakeBack,
    NoEpochFence,
    TimeOnlyReclaim,
    CounterHeadcount,
    LeaseIgnored,
    VersionStands,
    ReclaimKeepsVersion,
    TakenIgnored,
    RiskUncounted,
    AckBeforeDurable,
    ForkIgnored,
    ScopeIgnored,
    GapAccepted,
    NoRelay,
    NoRetry,
    SealTimeBelieved,
    PromisesByClock,
    AskUntrusted,
    GrantAgain,
    CertificatesForgotten,
    OldEpochUnsealed,
    WishesRepeated,
    FenceIgnored,
    WallClockTimers,
    ShownBeforeDurable,
    SequenceReused,
    ClockUnbounded,
    CursorFromHighest,
    CompactedBeforeAck,
    DuplicatesTaken,
    AcksOnlyGrow,
    UnknownDropped,
    FieldsDropped,
    TornActKept,
}

impl Bug {
    pub const ALL: &'static [Self] = &[
        Self::ArrivalOrder,
        Self::TakeBack,
        Self::NoEpochFence,
        Self::TimeOnlyReclaim,
        Self::CounterHeadcount,
        Self::LeaseIgnored,
        Self::VersionStands,
        Self::ReclaimKeepsVersion,
        Self::TakenIgnored,
        Self::RiskUncounted,
        Self::AckBeforeDurable,
        Self::ForkIgnored,
        Self::ScopeIgnored,
        Self::GapAccepted,
        Self::NoRetry,
        Self::PromisesByClock,
        Self::AskUntrusted,
        Self::GrantAgain,
        Self::CertificatesForgotten,
        Self::OldEpochUnsealed,
        Self::WishesRepeated,
        Self::FenceIgnored,
        Self::WallClockTimers,
        Self::ShownBeforeDurable,
        Self::SequenceReused,
        Self::ClockUnbounded,
        Self::CursorFromHighest,
        Self::CompactedBeforeAck,
        Self::DuplicatesTaken,
        Self::AcksOnlyGrow,
        Self::UnknownDropped,
        Self::FieldsDropped,
        Self::TornActKept,
        Self::NoRelay,
        Self::SealTimeBelieved,
    ];
}

/// Whether this bug is switched on.
#[cfg(not(mutants))]
#[inline]
pub const fn on(_bug: Bug) -> bool {
    false
}

#[cfg(mutants)]
static ACTIVE: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(u8::MAX);

#[cfg(mutants)]
pub fn on(bug: Bug) -> bool {
    ACTIVE.load(std::sync::atomic::Ordering::Relaxed) == bug as u8
}

/// Switches one bug on for this process, or all off.
#[cfg(mutants)]
pub fn switch(bug: Option<Bug>) {
    ACTIVE.store(bug.map_or(u8::MAX, |bug| bug as u8), std::sync::atomic::Ordering::Relaxed);
}
