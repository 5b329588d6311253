//! The spool: takes the ordered papers of this machine to its printers, one at a time for each.
//!
//! A paper is sent once at most. Before the first byte leaves, the log says durably that it is being sent; from then on
//! nothing but people, or the printer itself, can say what became of it, and a program that is killed in between finds
//! the paper as *unconfirmed*. A paper of which nothing was sent waits for its printer, as long as whoever ordered it
//! can be expected to stand there.

use std::sync::Arc;
use std::time::Duration;

use hall_core::EntityId;
use hall_core::entity::{Entity, Paper};
use hall_core::fact::{Fact, PrinterAssigned, PrinterTold};
use hall_core::vocab::{PaperKind, PaperState, PaperTrouble, PrinterUse};
use hall_print::PrintError;
use hall_print::agreement::{reprinted, test_sheet};
use hall_print::lines::{self, Address, Manner, Outcome, Ready, Sheet};
use hall_store::Draft;

use super::{assignment, is_superseded, load, moved, printer, slip};
use crate::api::paper::PrinterHealth;
use crate::desk::agreement_file;
use crate::error::{AppError, Code};
use crate::hall::Hall;
use crate::text;

/// A slip that came out later would come out for nobody. Milliseconds.
const SLIP_WAIT_MS: i64 = 5 * 60_000;
/// Between two looks at a printer that cannot print now.
const RETRY: Duration = Duration::from_secs(1);
/// Between two looks at a printer that has nothing to do.
const LOOK: Duration = Duration::from_secs(15);
/// Between two things that the log says of one printer: a line may come and go all day. Milliseconds.
const TOLD_APART_MS: i64 = 60_000;

/// What is to be done next.
struct Next {
    id: EntityId,
    paper: Paper,
    printer: Option<PrinterAssigned>,
}

/// What came of trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tried {
    /// The next one can follow.
    Settled,
    /// Something has to change first.
    Waits,
}

/// Prints until the program ends.
pub async fn run(hall: Arc<Hall>) {
    tokio::join!(serve(Arc::clone(&hall), PrinterUse::Slips), serve(hall, PrinterUse::Pages));
}

async fn serve(hall: Arc<Hall>, used_for: PrinterUse) {
    let at_start = Arc::clone(&hall);
    let interrupted = tokio::task::spawn_blocking(move || at_start.settle_interrupted(used_for)).await;
    if let Ok(Err(error)) = interrupted {
        // They stay as they are, which is never printed again either.
        tracing::error!(%error, "papers of the last run are not settled");
    }
    let mut changes = hall.changes();
    let mut looked_at: Option<PrinterAssigned> = None;
    loop {
        changes.mark_unchanged();
        let here = Arc::clone(&hall);
        let looked = looked_at.clone();
        let tried = tokio::task::spawn_blocking(move || here.print_next(used_for, looked)).await;
        let Ok((tried, printer)) = tried else {
            // A panic in there is logged where it happened; the paper is unconfirmed at the next start.
            tokio::time::sleep(LOOK).await;
            continue;
        };
        looked_at = printer;
        match tried {
            Some(Tried::Settled) => {}
            Some(Tried::Waits) => tokio::time::sleep(RETRY).await,
            None => {
                // Looking at an idle printer is not urgent, and a change of anything may be an order.
                let woken = tokio::time::timeout(LOOK, changes.changed()).await;
                if woken.is_err() {
                    looked_at = None;
                }
            }
        }
    }
}

/// Asks this machine's printers how they are, whatever waits for them.
pub fn look(hall: &Hall) {
    for used_for in [PrinterUse::Slips, PrinterUse::Pages] {
        let assigned = printer(&hall.inner().live, hall.me.device, used_for).cloned();
        hall.look_at(used_for, assigned.as_ref());
    }
}

impl Hall {
    /// Papers that were being sent when the program ended: some printers know what became of them.
    fn settle_interrupted(&self, used_for: PrinterUse) -> Result<(), AppError> {
        let (sent, assigned) = {
            let (inner, _) = self.today()?;
            let own = inner.live.papers.iter().filter(|(id, _)| id.device == self.me.device);
            let sent = own
                .filter(|(_, paper)| paper.state == PaperState::Sending && paper.printer_use() == used_for);
            let sent: Vec<EntityId> = sent.map(|(id, _)| *id).collect();
            (sent, printer(&inner.live, self.me.device, used_for).cloned())
        };
        let address: Option<Address> = assigned.and_then(|printer| printer.address.parse().ok());
        for id in sent {
            let told = &mut |trouble| self.tells(id, used_for, trouble);
            match address.as_ref().and_then(|address| lines::recall(address, &id.to_string(), told)) {
                Some(outcome) => self.ends(id, outcome)?,
                None => self.end(id, PaperState::Unconfirmed, Some(PaperTrouble::Restarted))?,
            };
        }
        Ok(())
    }

    /// Tries the paper that has waited longest; without one, looks how the printer is. Also says which printer that was.
    fn print_next(
        &self,
        used_for: PrinterUse,
        looked_at: Option<PrinterAssigned>,
    ) -> (Option<Tried>, Option<PrinterAssigned>) {
        let (next, assigned) = match self.next_paper(used_for) {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "nothing can be printed now");
                return (Some(Tried::Waits), looked_at);
            }
        };
        let Some(next) = next else {
            if assigned != looked_at {
                self.look_at(used_for, assigned.as_ref());
            }
            return (None, assigned);
        };
        let tried = self.print(&next, used_for).unwrap_or_else(|error| {
            tracing::error!(%error, paper = %next.id, "a paper does not come further");
            Tried::Waits
        });
        (Some(tried), assigned)
    }

    fn next_paper(&self, used_for: PrinterUse) -> Result<(Option<Next>, Option<PrinterAssigned>), AppError> {
        let (inner, _) = self.today()?;
        let assigned = printer(&inner.live, self.me.device, used_for).cloned();
        let own = inner.live.papers.iter().filter(|(id, _)| id.device == self.me.device);
        let due = own.filter(|(_, paper)| paper.is_unsent() && paper.printer_use() == used_for);
        let first = due.min_by_key(|(id, paper)| (paper.ordered, **id));
        let next = first.map(|(id, paper)| Next { id: *id, paper: paper.clone(), printer: assigned.clone() });
        Ok((next, assigned))
    }

    fn print(&self, next: &Next, used_for: PrinterUse) -> Result<Tried, AppError> {
        let waited = self.machine_now().0 - next.paper.ordered.instant().0;
        if used_for == PrinterUse::Slips && waited > SLIP_WAIT_MS {
            return self.end(next.id, PaperState::Failed, Some(PaperTrouble::TooLate));
        }
        let (sheet, whole_sheets) = match self.sheet(next) {
            Ok(Some(found)) => found,
            Ok(None) => return self.end(next.id, PaperState::Cancelled, None),
            Err(error) => {
                tracing::error!(%error, paper = %next.id, "a paper cannot be drawn");
                return self.end(next.id, PaperState::Failed, Some(PaperTrouble::Lost));
            }
        };
        let ready = match open(next.printer.as_ref(), whole_sheets) {
            Ok(ready) => ready,
            Err(trouble) => {
                self.found(used_for, PrinterHealth { trouble: Some(trouble), low: false });
                self.moves(next.id, (PaperState::Waiting, Some(trouble)))?;
                return Ok(Tried::Waits);
            }
        };
        self.found(used_for, PrinterHealth { trouble: None, low: ready.health().low });
        if !self.begins(next.id)? {
            return Ok(Tried::Settled);
        }
        let outcome = ready.print(&sheet, &mut |trouble| self.tells(next.id, used_for, trouble));
        self.ends(next.id, outcome)
    }

    /// Says durably that the paper is being sent, unless somebody called it off while the printer was asked. The fold
    /// would take it, for another machine may not have heard of that.
    fn begins(&self, id: EntityId) -> Result<bool, AppError> {
        let (mut inner, now) = self.today()?;
        let is_due = load(self, &inner, id)?.is_unsent();
        Ok(is_due && moved(self, &mut inner, now, None, id, (PaperState::Sending, None))?)
    }

    /// A trouble in the middle of a paper, or its end.
    fn tells(&self, id: EntityId, used_for: PrinterUse, trouble: Option<PaperTrouble>) {
        self.knows(used_for, PrinterHealth { trouble, low: false });
        if let Err(error) = self.moves(id, (PaperState::Sending, trouble)) {
            tracing::warn!(%error, "a trouble of the printer is not on record");
        }
    }

    fn ends(&self, id: EntityId, outcome: Outcome) -> Result<Tried, AppError> {
        match outcome {
            Outcome::Done => self.end(id, PaperState::Done, None),
            Outcome::Unconfirmed(trouble) => self.end(id, PaperState::Unconfirmed, Some(trouble)),
            Outcome::Failed(trouble) => self.end(id, PaperState::Failed, Some(trouble)),
        }
    }

    /// What is printed, and whether each copy of it fills its sheets on both sides; nothing when it is worth nothing any
    /// more.
    fn sheet(&self, next: &Next) -> Result<Option<(Sheet, bool)>, AppError> {
        let drawing = match next.paper.kind {
            PaperKind::Agreement => return self.pages(next),
            PaperKind::TestSheet => return self.test_sheet(next).map(Some),
            PaperKind::Slip | PaperKind::Standby | PaperKind::Card | PaperKind::Test => {
                let (mut inner, now) = self.today()?;
                slip::of_paper(self, &mut inner, now, &next.paper)?
            }
        };
        let slip = drawing.map(|drawing| drawing.draw(self)).transpose()?;
        let sets_text = next.printer.as_ref().is_some_and(|printer| printer.text == Some(true));
        Ok(slip.map(|rendered| {
            let strip = rendered.paper;
            (Sheet::Slip(if sets_text { strip } else { strip.picture.into() }), false)
        }))
    }

    /// The agreement as it was made: the file, held against its hash. Of one that was made anew only the last is worth
    /// its paper.
    fn pages(&self, next: &Next) -> Result<Option<(Sheet, bool)>, AppError> {
        if is_superseded(self, &next.paper)? {
            return Ok(None);
        }
        let Some(ticket) = next.paper.about else { return Ok(None) };
        let agreement =
            self.store.entity(ticket)?.and_then(Entity::ticket).and_then(|ticket| ticket.agreement);
        let Some(agreement) = agreement else { return Ok(None) };
        let pdf = agreement_file(self, &agreement)?;
        let made = self.store.ops_of(ticket)?.into_iter().find_map(|op| match op.fact {
            Fact::AgreementMade(made) if op.hlc == agreement.at => Some(u32::from(made.copies)),
            _ => None,
        });
        // Otherwise one party's copy would begin on the back of the other's last page.
        let whole_sheets = made
            .zip(hall_print::agreement::pages(&pdf))
            .is_some_and(|(copies, pages)| copies > 0 && pages.is_multiple_of(2 * copies));
        let pdf = match slip::reprint(&next.paper, text::dated) {
            Some(reprint) => reprinted(&pdf, &reprint, &self.fonts).map_err(|error| undrawn(&error))?,
            None => pdf,
        };
        Ok(Some((Sheet::Pages { pdf, name: next.id.to_string() }, whole_sheets)))
    }

    fn test_sheet(&self, next: &Next) -> Result<(Sheet, bool), AppError> {
        let at = next.paper.ordered.instant();
        let content = slip::test_content(self, &self.today()?.0, PrinterUse::Pages, at);
        let rendered = test_sheet(&content, at.day(), &self.fonts).map_err(|error| undrawn(&error))?;
        Ok((Sheet::Pages { pdf: rendered.paper, name: next.id.to_string() }, false))
    }

    fn look_at(&self, used_for: PrinterUse, assigned: Option<&PrinterAssigned>) {
        if assigned.is_none() {
            if self.printer_health().remove(&used_for).is_some() {
                self.tell();
            }
            return;
        }
        let health = match open(assigned, false) {
            Ok(ready) => PrinterHealth { trouble: None, low: ready.health().low },
            Err(trouble) => PrinterHealth { trouble: Some(trouble), low: false },
        };
        self.found(used_for, health);
    }

    /// How the printer was when it was asked: for the screens of this machine, and for the desks at others.
    fn found(&self, used_for: PrinterUse, health: PrinterHealth) {
        self.knows(used_for, health);
        if let Err(error) = self.says(used_for, health) {
            tracing::warn!(%error, "how the printer is does not come on record");
        }
    }

    /// Puts on record how the printer is, when that is not what the log says of it.
    fn says(&self, used_for: PrinterUse, health: PrinterHealth) -> Result<(), AppError> {
        let (mut inner, now) = self.today()?;
        let Some((id, printer)) = assignment(&inner.live, self.me.device, used_for) else { return Ok(()) };
        let fact = PrinterTold { trouble: health.trouble, low: health.low };
        if let Some((told, at)) = printer.told
            && (told == fact || (0..TOLD_APART_MS).contains(&(now.hall.0 - at.instant().0)))
        {
            return Ok(());
        }
        self.commit(&mut inner, now, vec![Draft::about(id, None, Fact::PrinterTold(fact))]).map(drop)
    }

    fn knows(&self, used_for: PrinterUse, health: PrinterHealth) {
        let before = self.printer_health().insert(used_for, health);
        if before != Some(health) {
            self.tell();
        }
    }

    fn moves(&self, id: EntityId, to: (PaperState, Option<PaperTrouble>)) -> Result<bool, AppError> {
        let (mut inner, now) = self.today()?;
        moved(self, &mut inner, now, None, id, to)
    }

    fn end(&self, id: EntityId, to: PaperState, why: Option<PaperTrouble>) -> Result<Tried, AppError> {
        self.moves(id, (to, why))?;
        Ok(Tried::Settled)
    }
}

fn undrawn(error: &PrintError) -> AppError {
    AppError::new(Code::Internal, format!("页面画不出来：{error}"))
}

fn open(printer: Option<&PrinterAssigned>, whole_sheets: bool) -> Result<Ready, PaperTrouble> {
    let printer = printer.ok_or(PaperTrouble::NoPrinter)?;
    // A later release may have assigned what this one cannot reach.
    let address: Address = printer.address.parse().map_err(|_| PaperTrouble::Unreachable)?;
    lines::open(&address, Manner { answers: printer.answers, duplex: printer.duplex && whole_sheets })
}
