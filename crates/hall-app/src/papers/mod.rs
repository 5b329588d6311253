//! Papers: what is ordered, how often, and on which printer it comes out.
//!
//! An order is a fact in the log, and so is every step of a paper from there on, so that a paper outlives the program
//! and every desk of the hall sees where it stands. What is on it is drawn anew whenever it is needed: nothing personal
//! lies in a spool. A paper that may have come out is never ordered again as a first one.

pub(crate) mod signed;
pub(crate) mod slip;
#[cfg(feature = "lines")]
pub(crate) mod spool;
pub(crate) mod view;

use hall_core::EntityId;
use hall_core::entity::{Entity, Paper, Printer, key};
use hall_core::fact::{Fact, PaperMoved, PaperOrdered, PrinterAssigned};
use hall_core::vocab::{PaperKind, PaperState, PaperTrouble, PrinterUse};
use hall_store::Draft;

use crate::error::{AppError, Code};
use crate::errors::not_found;
use crate::hall::{Hall, Inner, Now};
use crate::live::{self, Live};

/// What a machine prints on, when anything is assigned to it.
pub(crate) fn printer(live: &Live, device: u32, used_for: PrinterUse) -> Option<&PrinterAssigned> {
    assignment(live, device, used_for).map(|(_, printer)| &printer.assigned)
}

/// The same, with what is said of it.
pub(crate) fn assignment(live: &Live, device: u32, used_for: PrinterUse) -> Option<(EntityId, &Printer)> {
    let own = live
        .printers
        .iter()
        .filter(|(_, printer)| (printer.assigned.device, printer.assigned.used_for) == (device, used_for));
    // Two desks may have assigned one each while they did not know of each other.
    let (id, last) = own.max_by_key(|(_, printer)| printer.since)?;
    Some((*id, last)).filter(|(_, printer)| !printer.assigned.address.is_empty())
}

/// The paper of a kind that stands for a ticket or a worker: the last one that is not surely lost, whichever machine of
/// the hall ordered it.
pub(crate) fn last(app: &Hall, kind: PaperKind, of: EntityId) -> Result<Option<(EntityId, Paper)>, AppError> {
    let mut last: Option<(EntityId, Paper)> = None;
    for id in live::entities(&app.store, &key::papers_about(of))? {
        let order = |id: EntityId, paper: &Paper| (paper.reprint, paper.ordered, id);
        if let Some(Entity::Paper(paper)) = app.store.entity(id)?
            && paper.kind == kind
            && !paper.is_surely_lost()
            && !is_superseded(app, &paper)?
            && last.as_ref().is_none_or(|(known, before)| order(*known, before) < order(id, &paper))
        {
            last = Some((id, paper));
        }
    }
    Ok(last)
}

/// Whether the agreement that it is a paper of was made anew since.
pub(crate) fn is_superseded(app: &Hall, paper: &Paper) -> Result<bool, AppError> {
    let (PaperKind::Agreement, Some(ticket)) = (paper.kind, paper.about) else { return Ok(false) };
    let ticket = app.store.entity(ticket)?.and_then(Entity::ticket);
    Ok(ticket.and_then(|ticket| ticket.agreement).is_some_and(|agreement| paper.ordered < agreement.at))
}

/// The number of one more paper: 0 where none can have come out, otherwise that of the reprint.
fn next_number(app: &Hall, kind: PaperKind, of: EntityId) -> Result<u16, AppError> {
    Ok(last(app, kind, of)?.map_or(0, |(_, last)| last.reprint.saturating_add(1)))
}

/// The order of one more paper, for whoever commits it along with something else; `None` where this machine prints on
/// nothing.
pub(crate) fn draft(
    app: &Hall,
    inner: &Inner,
    by: Option<EntityId>,
    kind: PaperKind,
    about: Option<EntityId>,
) -> Result<Option<Draft>, AppError> {
    // A new card makes the old one worthless, so it is no reprint of it.
    let counted = about.filter(|_| kind != PaperKind::Card);
    let reprint = counted.map_or(Ok(0), |about| next_number(app, kind, about))?;
    Ok(numbered(app, inner, by, PaperOrdered { kind, about, reprint }))
}

/// The order of a paper whose number is known; `None` where this machine prints on nothing.
pub(crate) fn numbered(
    app: &Hall,
    inner: &Inner,
    by: Option<EntityId>,
    order: PaperOrdered,
) -> Option<Draft> {
    printer(&inner.live, app.me.device, order.kind.printer_use())?;
    Some(Draft::new(by, Fact::PaperOrdered(order)))
}

/// Orders one more paper.
pub(crate) fn order(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    kind: PaperKind,
    about: Option<EntityId>,
) -> Result<Option<(EntityId, Paper)>, AppError> {
    let Some(draft) = draft(app, inner, by, kind, about)? else { return Ok(None) };
    let applied = app.commit(inner, now, vec![draft])?;
    let id = applied.first().map(|op| op.id).ok_or_else(|| not_found("纸"))?;
    Ok(inner.live.papers.get(&id).cloned().map(|paper| (id, paper)))
}

/// Orders the ticket's paper of that kind, unless there is one already.
pub(crate) fn order_once(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    kind: PaperKind,
    of: EntityId,
) -> Result<Option<(EntityId, Paper)>, AppError> {
    match last(app, kind, of)? {
        Some(last) => Ok(Some(last)),
        None => order(app, inner, now, None, kind, Some(of)),
    }
}

/// The paper, from memory or the store.
pub(crate) fn load(app: &Hall, inner: &Inner, id: EntityId) -> Result<Paper, AppError> {
    if let Some(paper) = inner.live.papers.get(&id) {
        return Ok(paper.clone());
    }
    app.store.entity(id)?.and_then(Entity::paper).ok_or_else(|| not_found("纸"))
}

/// Says where a paper stands now. Nothing is written that the paper's present state does not allow, or that is known.
pub(crate) fn moved(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    id: EntityId,
    (to, why): (PaperState, Option<PaperTrouble>),
) -> Result<bool, AppError> {
    let paper = load(app, inner, id)?;
    if !hall_core::entity::paper::can_follow(paper.state, to) || (paper.state, paper.why) == (to, why) {
        return Ok(false);
    }
    app.commit(inner, now, vec![Draft::about(id, by, Fact::PaperMoved(PaperMoved { to, why }))])?;
    Ok(true)
}

/// Somebody who stands there says whether the paper came out.
pub(crate) fn answer(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    id: EntityId,
    came: bool,
) -> Result<(), AppError> {
    if load(app, inner, id)?.state != PaperState::Unconfirmed {
        return Err(AppError::new(Code::TooLate, "这张纸已经有结果了，不用再问，请刷新后看"));
    }
    let to =
        if came { (PaperState::Done, None) } else { (PaperState::Failed, Some(PaperTrouble::NothingCame)) };
    moved(app, inner, now, by, id, to).map(|_| ())
}
