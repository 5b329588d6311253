//! Papers as the screens see them.

use hall_core::EntityId;
use hall_core::entity::{Entity, Paper};
use hall_core::vocab::{PaperKind, PrinterUse};
use hall_log::ShortCode;

use crate::api::paper::{PaperView, PrinterHealth};
use crate::exchange::name_of;
use crate::hall::{Hall, Inner};
use crate::{papers, text};

pub(crate) fn paper(app: &Hall, inner: &Inner, id: EntityId, paper: &Paper) -> PaperView {
    let ticket = paper.about.filter(|_| paper.kind != PaperKind::Card);
    let number = match (ticket, paper.about) {
        (Some(ticket), _) => ticket_number(app, inner, ticket),
        (None, Some(worker)) => ShortCode::of(worker).to_string(),
        (None, None) => String::new(),
    };
    PaperView {
        id: id.to_string(),
        kind: paper.kind,
        state: paper.state,
        why: paper.why,
        reprint: paper.reprint,
        // What cannot be read now shows as it stood.
        superseded: papers::is_superseded(app, paper).unwrap_or(false),
        number,
        ticket: ticket.map(|ticket| ticket.to_string()),
        at: text::moment(paper.ordered.instant(), inner.live.day),
        device: name_of(&inner.live, id.device),
        here: id.device == app.me.device,
    }
}

fn ticket_number(app: &Hall, inner: &Inner, id: EntityId) -> String {
    let known = inner.live.tickets.get(&id).map(|ticket| ticket.number);
    let number =
        known.or_else(|| app.store.entity(id).ok()?.and_then(Entity::ticket).map(|ticket| ticket.number));
    number.map(text::ticket_number).unwrap_or_default()
}

/// The slip of a ticket that was ordered last today, or of which something is left to find out.
pub(crate) fn slip_of(app: &Hall, inner: &Inner, ticket: EntityId) -> Option<PaperView> {
    let papers = inner.live.papers_about(ticket);
    let slips = papers.filter(|(_, paper)| matches!(paper.kind, PaperKind::Slip | PaperKind::Standby));
    let (id, last) = slips.max_by_key(|(id, paper)| (paper.ordered, *id))?;
    Some(paper(app, inner, id, last))
}

/// How this machine's printer is; `None` when nothing is assigned, or when it was not asked yet.
pub(crate) fn health(app: &Hall, inner: &Inner, used_for: PrinterUse) -> Option<PrinterHealth> {
    papers::printer(&inner.live, app.me.device, used_for)?;
    app.printer_health().get(&used_for).copied()
}
