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
use hall_core::entity::{Entity, Paper, key};
use hall_core::fact::{Fact, PaperMoved, PaperOrdered, PrinterAssigned};
use hall_core::vocab::{PaperKind, PaperState, PaperTrouble, PrinterUse};
use hall_store::Draft;

use crate::error::{AppError, Code};
use crate::errors::not_found;
use crate::hall::{Hall, Inner, Now};
use crate::live::{self, Live};

/// What a machine prints on, when anything is assigned to it.
pub(crate) fn printer(live: &Live, device: u32, used_for: PrinterUse) -> Option<&PrinterAssigned> {
    let own = live
        .printers
        .values()
        .filter(|printer| (printer.assigned.device, printer.assigned.used_for) == (device, used_for));
    // Two desks may have assigned one each while they did not know of each other.
    let last = own.max_by_key(|printer| printer.since)?;
    Some(&last.assigned).filter(|assigned| !assigned.address.is_empty())
}

/// On what a paper of that kind comes out here.
fn printer_for(app: &Hall, inner: &Inner, kind: PaperKind) -> Option<PrinterAssigned> {
    let used_for = if kind == PaperKind::Agreement { PrinterUse::Pages } else { PrinterUse::Slips };
    printer(&inner.live, app.me.device, used_for).cloned()
}

/// Papers of a kind about a ticket or a worker, whichever machine of the hall ordered them, the last one last.
fn about(app: &Hall, kind: PaperKind, about: EntityId) -> Result<Vec<(EntityId, Paper)>, AppError> {
    let mut papers = Vec::new();
    for id in live::entities(&app.store, &key::papers_about(about))? {
        if let Some(Entity::Paper(paper)) = app.store.entity(id)?
            && paper.kind == kind
        {
            papers.push((id, paper));
        }
    }
    papers.sort_by_key(|(id, paper)| (paper.ordered, *id));
    Ok(papers)
}

/// The paper that stands for the ticket: the last one that is not surely lost.
pub(crate) fn standing(
    app: &Hall,
    kind: PaperKind,
    of: EntityId,
) -> Result<Option<(EntityId, Paper)>, AppError> {
    Ok(about(app, kind, of)?.into_iter().rev().find(|(_, paper)| !paper.is_surely_lost()))
}

/// The last paper of the kind that may have come out.
pub(crate) fn last(app: &Hall, kind: PaperKind, of: EntityId) -> Result<Option<Paper>, AppError> {
    let printed = about(app, kind, of)?.into_iter().map(|(_, paper)| paper);
    Ok(printed.filter(|paper| !paper.is_surely_lost()).max_by_key(|paper| paper.reprint))
}

/// The number of one more paper: 0 where none can have come out, otherwise that of the reprint.
pub(crate) fn next_number(app: &Hall, kind: PaperKind, of: EntityId) -> Result<u16, AppError> {
    Ok(last(app, kind, of)?.map_or(0, |last| last.reprint.saturating_add(1)))
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
    if printer_for(app, inner, kind).is_none() {
        return Ok(None);
    }
    // A new card makes the old one worthless, so it is no reprint of it.
    let counted = about.filter(|_| kind != PaperKind::Card);
    let reprint = counted.map_or(Ok(0), |about| next_number(app, kind, about))?;
    Ok(Some(Draft::new(by, Fact::PaperOrdered(PaperOrdered { kind, about, reprint }))))
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
    match standing(app, kind, of)? {
        Some(standing) => Ok(Some(standing)),
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
