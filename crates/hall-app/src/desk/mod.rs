//! The desk's commands: who may do what, and where each is done.

mod content;
mod devices;
mod find;
mod insurance;
mod offers;
mod outcome;
mod paper;
mod people;
mod posts;
mod printers;
mod sheet;
mod staff;
pub(crate) mod stick;
mod verify;
mod view;

#[cfg(feature = "lines")]
pub(crate) use paper::agreement_file;

use hall_core::EntityId;
use hall_core::fact::Holder;
use hall_core::vocab::Role;

use crate::api::{DeskCommand, DeskReply};
use crate::error::{AppError, Code};
use crate::forms;
use crate::hall::{Hall, Inner, Now};
use crate::papers::slip;

/// What a command asks of whoever gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Anyone,
    Staff,
    Supervisor,
}

fn access(command: &DeskCommand) -> Access {
    use DeskCommand as C;
    match command {
        C::View | C::SetUp { .. } | C::LogIn { .. } | C::Lock => Access::Anyone,
        C::AddStaff { .. }
        | C::SetPin { .. }
        | C::RetireStaff { .. }
        | C::SetHall { .. }
        | C::EnterTier { .. }
        | C::AcceptClock { .. }
        | C::AddDevice { .. }
        | C::RevokeDevice { .. }
        | C::EraseWorker { .. } => Access::Supervisor,
        C::Find { .. }
        | C::RegisterEmployer { .. }
        | C::Employers { .. }
        | C::RegisterWorker { .. }
        | C::ChangeWorker { .. }
        | C::Worker { .. }
        | C::SignIn { .. }
        | C::IssueCard { .. }
        | C::CheckPost { .. }
        | C::PublishPost { .. }
        | C::RevisePost { .. }
        | C::Post { .. }
        | C::SetPlaces { .. }
        | C::OfferPlaces { .. }
        | C::ClosePost { .. }
        | C::ImportPosts { .. }
        | C::PostTemplate { .. }
        | C::Waiting { .. }
        | C::Dispatch { .. }
        | C::Release { .. }
        | C::Slip { .. }
        | C::Printers
        | C::AssignPrinter { .. }
        | C::FindPrinters
        | C::TestPage { .. }
        | C::ResumePrinter { .. }
        | C::CancelPaper { .. }
        | C::PaperCame { .. }
        | C::PrintAgain { .. }
        | C::FindTicket { .. }
        | C::CheckAgreement { .. }
        | C::PreviewAgreement { .. }
        | C::MakeAgreement { .. }
        | C::AgreementFile { .. }
        | C::RecordInsurance { .. }
        | C::RecordOutcome { .. }
        | C::Day { .. }
        | C::Devices
        | C::Custody { .. }
        | C::Reclaim { .. }
        | C::AnswerHelp { .. } => Access::Staff,
    }
}

pub(crate) fn run(app: &Hall, caller: &str, command: DeskCommand) -> Result<DeskReply, AppError> {
    use DeskCommand as C;
    // Papers are drawn without the lock, so that the kiosks never wait for them.
    if let DeskCommand::MakeAgreement { ticket, form, overriding } = command {
        return paper::make(app, caller, &ticket, &form, overriding.as_ref());
    }
    if let DeskCommand::PreviewAgreement { ticket, form } = command {
        return paper::preview(app, caller, &ticket, &form);
    }
    if let DeskCommand::Slip { .. } | DeskCommand::IssueCard { .. } = &command {
        let drawing = {
            let (mut inner, now) = app.today()?;
            let by = clerk(&mut inner, caller, now, access(&command))?;
            match &command {
                DeskCommand::Slip { ticket } => {
                    slip::settle_again(app, &mut inner, now, by, forms::id(ticket, "接单")?)?
                }
                DeskCommand::IssueCard { worker } => {
                    people::issue_card(app, &mut inner, now, Some(by), worker)?
                }
                _ => return Err(misled()),
            }
        };
        return drawing.show(app).map(DeskReply::Slip);
    }
    // So is what asks printers, which may take their time.
    if let C::FindPrinters | C::ResumePrinter { .. } = &command {
        let (mut inner, now) = app.today()?;
        clerk(&mut inner, caller, now, access(&command))?;
        drop(inner);
        return printers::ask(app, &command);
    }
    let (mut guard, now) = app.today()?;
    let inner = &mut *guard;
    let by = admit(inner, caller, now, access(&command))?;
    match command {
        C::View => view::view(app, inner, caller, now),
        C::SetUp { hall, name, pin } => staff::set_up(app, inner, caller, now, &hall, &name, &pin),
        C::LogIn { staff, pin } => staff::log_in(app, inner, caller, now, &staff, &pin),
        C::Lock => {
            inner.desks.remove(caller);
            Ok(DeskReply::Done)
        }
        C::AddStaff { name, role, pin } => staff::add(app, inner, now, by, &name, role, &pin),
        C::SetPin { staff, pin } => staff::set_pin(app, inner, now, by, &staff, &pin),
        C::RetireStaff { staff, reason } => staff::retire(app, inner, now, by, &staff, &reason),
        C::SetHall { hall } => staff::set_hall(app, inner, now, by, &hall),
        C::EnterTier { tier, document } => staff::enter_tier(app, inner, now, by, tier, &document),
        C::AcceptClock { reason } => staff::accept_clock(app, inner, now, by, &reason),
        C::Devices => devices::devices(app, inner, now).map(|view| DeskReply::Devices(Box::new(view))),
        C::AddDevice { name, role } => devices::add(app, inner, now, by, &name, role),
        C::RevokeDevice { device, reason } => devices::revoke(app, inner, now, by, device, &reason),
        C::Custody { post } => devices::custody(app, inner, now, &post),
        C::Reclaim { post, device, epoch, read_out, at_risk, overriding } => {
            let ground = devices::Ground { read_out, at_risk, overriding: overriding.as_ref() };
            devices::reclaim(app, inner, now, by, (&post, Holder { device, epoch }), ground)
        }
        C::Find { text } => find::find(app, inner, now, &text),
        C::RegisterEmployer { form } => people::register_employer(app, inner, now, by, &form),
        C::Employers { text } => Ok(people::employers(inner, &text)),
        C::RegisterWorker { form, sign_in } => people::register_worker(app, inner, now, by, &form, sign_in),
        C::ChangeWorker { worker, form } => people::change_worker(app, inner, now, by, &worker, &form),
        C::Worker { worker } => people::worker(app, inner, now, &worker),
        C::SignIn { worker } => people::sign_in(app, inner, now, by, &worker),
        C::EraseWorker { worker, reason } => people::erase(app, inner, now, by, &worker, &reason),
        C::CheckPost { form } => Ok(posts::check(app, inner, &form)),
        C::PublishPost { form, overriding } => {
            posts::publish(app, inner, now, by, &form, overriding.as_ref())
        }
        C::RevisePost { post, form, overriding } => {
            posts::revise(app, inner, now, by, &post, &form, overriding.as_ref())
        }
        C::Post { post } => posts::post(app, inner, now, &post),
        C::SetPlaces { post, places } => posts::set_places(app, inner, now, by, &post, places),
        C::OfferPlaces { post, places } => offers::offer(app, inner, now, by, &post, places),
        C::ClosePost { post, reason, cancelled } => {
            posts::close(app, inner, now, by, &post, &reason, cancelled)
        }
        C::ImportPosts { name, data, commit } => sheet::import(app, inner, now, by, &name, &data, commit),
        C::PostTemplate { format } => sheet::template(format).map(DeskReply::File),
        C::Waiting { post } => view::waiting(app, inner, now, post.as_deref()).map(DeskReply::Waiting),
        C::Dispatch { post, worker } => posts::dispatch(app, inner, now, by, &post, &worker),
        C::Release { ticket, note } => outcome::release(app, inner, now, by, &ticket, &note),
        C::FindTicket { text } => verify::ticket(app, inner, now, &text),
        C::CheckAgreement { ticket, form } => paper::check(app, inner, &ticket, &form),
        C::PreviewAgreement { .. }
        | C::MakeAgreement { .. }
        | C::Slip { .. }
        | C::IssueCard { .. }
        | C::FindPrinters
        | C::ResumePrinter { .. } => Err(misled()),
        C::Printers => Ok(printers::printers(app, inner)),
        C::AssignPrinter { form } => printers::assign(app, inner, now, by, &form),
        C::TestPage { used_for } => printers::test_page(app, inner, now, by, used_for),
        C::CancelPaper { paper } => printers::cancel(app, inner, now, by, &paper),
        C::PaperCame { paper, came } => printers::settle(app, inner, now, by, &paper, came),
        C::PrintAgain { paper } => printers::print_again(app, inner, now, by, &paper),
        C::AgreementFile { ticket } => paper::file(app, &ticket),
        C::RecordInsurance { ticket, form } => insurance::record(app, inner, now, by, &ticket, &form),
        C::RecordOutcome { ticket, form } => outcome::record(app, inner, now, by, &ticket, &form),
        C::Day { day } => outcome::day(app, inner, now, &day),
        C::AnswerHelp { call } => {
            inner.help.answer(call);
            app.tell();
            Ok(DeskReply::Done)
        }
    }
}

/// A command that is carried out before the lock is taken came behind it.
fn misled() -> AppError {
    AppError::new(Code::Internal, "命令走错了路，请重试")
}

/// Checks the caller's role; an act counts as a sign of life, looking does not.
fn admit(inner: &mut Inner, caller: &str, now: Now, access: Access) -> Result<Option<EntityId>, AppError> {
    let session = inner.desks.get(caller).copied().filter(|session| session.is_alive(now.machine));
    let Some(mut session) = session else {
        inner.desks.remove(caller);
        return match access {
            Access::Anyone => Ok(None),
            Access::Staff | Access::Supervisor if inner.live.hall.is_none() => {
                Err(AppError::new(Code::NotSetUp, "本厅还没有设置，请先完成首次设置"))
            }
            Access::Staff | Access::Supervisor => Err(AppError::new(Code::Locked, "服务台已锁定，请先登录")),
        };
    };
    if access == Access::Supervisor && session.role != Role::Supervisor {
        return Err(AppError::new(Code::NotAllowed, "这件事要主管来办，请主管登录后再办"));
    }
    if access != Access::Anyone {
        session.last = now.machine;
        inner.desks.insert(caller.to_owned(), session);
    }
    Ok(Some(session.staff))
}

/// The member of staff at this desk, for a command that takes the lock itself.
fn clerk(inner: &mut Inner, caller: &str, now: Now, access: Access) -> Result<EntityId, AppError> {
    admit(inner, caller, now, access)?.ok_or_else(|| AppError::new(Code::Locked, "服务台已锁定，请先登录"))
}
