//! Printers at the desk: what is assigned to which machine of the hall, what is on its way, and what staff do about a
//! paper that did not come out.

use hall_core::EntityId;
use hall_core::entity::Paper;
use hall_core::fact::{Fact, PrinterAssigned};
use hall_core::vocab::{DeviceRole, PaperKind, PaperState, PrinterUse};
use hall_store::Draft;

use super::devices;
use crate::api::paper::{PrinterForm, PrinterHealth, PrinterRow, PrintersView};
use crate::api::{DeskCommand, DeskReply};
use crate::error::{AppError, Code};
use crate::errors::{bad_field, not_found};
use crate::exchange::name_of;
use crate::forms;
use crate::hall::{Hall, Inner, Now};
use crate::{papers, text};

/// Papers that the page lists.
const PAPERS_MAX: usize = 200;
const ADDRESS_MAX: usize = 200;

/// Every machine's printers, and the papers of the day: first those of which something is left to do or to find out.
pub(super) fn printers(app: &Hall, inner: &Inner) -> DeskReply {
    let mut rows = Vec::new();
    for (device, role) in machines(app, inner) {
        rows.push(row(app, inner, device, PrinterUse::Slips));
        if role == DeviceRole::Desk {
            rows.push(row(app, inner, device, PrinterUse::Pages));
        }
    }
    let mut papers: Vec<(&EntityId, &Paper)> = inner.live.papers.iter().collect();
    papers.sort_by_key(|(id, paper)| {
        let is_settled = !paper.is_open() && paper.state != PaperState::Unconfirmed;
        (is_settled, std::cmp::Reverse((paper.ordered, **id)))
    });
    let papers = papers.into_iter().take(PAPERS_MAX);
    let papers = papers.map(|(id, paper)| papers::view::paper(app, inner, *id, paper)).collect();
    DeskReply::Printers(Box::new(PrintersView { printers: rows, papers }))
}

/// The machines that print, this one first.
fn machines(app: &Hall, inner: &Inner) -> Vec<(u32, DeviceRole)> {
    let others = devices::ours(app, inner)
        .filter(|device| !device.revoked && device.number != app.me.device && device.role != DeviceRole::Wall)
        .map(|device| (device.number, device.role));
    std::iter::once((app.me.device, app.enrolment().role())).chain(others).collect()
}

fn row(app: &Hall, inner: &Inner, device: u32, used_for: PrinterUse) -> PrinterRow {
    let (assigned, told) = papers::assignment(&inner.live, device, used_for)
        .map_or((None, None), |(_, printer)| (Some(&printer.assigned), printer.told));
    let here = device == app.me.device;
    // What this machine found itself is newer than the log.
    let told = told.filter(|_| !here);
    PrinterRow {
        device,
        name: name_of(&inner.live, device),
        here,
        used_for,
        address: assigned.map(|assigned| assigned.address.clone()).unwrap_or_default(),
        dots: assigned.map_or(384, |assigned| assigned.dots),
        answers: assigned.is_none_or(|assigned| assigned.answers),
        duplex: assigned.is_some_and(|assigned| assigned.duplex),
        text: assigned.is_some_and(|assigned| assigned.text == Some(true)),
        health: if here {
            papers::view::health(app, inner, used_for)
        } else {
            told.map(|(told, _)| PrinterHealth { trouble: told.trouble, low: told.low })
        },
        told_at: told.map(|(_, at)| text::moment(at.instant(), inner.live.day)),
    }
}

/// Assigns a printer to a machine, in the place of what it had.
pub(super) fn assign(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    form: &PrinterForm,
) -> Result<DeskReply, AppError> {
    let known = machines(app, inner).into_iter().any(|(device, _)| device == form.device);
    if !known {
        return Err(not_found("机器"));
    }
    if ![384, 576].contains(&form.dots) {
        return Err(bad_field("小票宽度只有 384 点（58 毫米纸）和 576 点（80 毫米纸）两种，请重选"));
    }
    let address = form.address.trim();
    if address.chars().count() > ADDRESS_MAX {
        return Err(bad_field("打印机地址太长，请检查"));
    }
    check_address(address, form.used_for)?;
    let assigned = PrinterAssigned {
        device: form.device,
        used_for: form.used_for,
        address: address.to_owned(),
        dots: form.dots,
        answers: form.answers,
        duplex: form.duplex,
        text: (form.text && form.used_for == PrinterUse::Slips).then_some(true),
    };
    let same = inner.live.printers.iter().find(|(_, printer)| {
        (printer.assigned.device, printer.assigned.used_for) == (form.device, form.used_for)
    });
    let fact = Fact::PrinterAssigned(assigned);
    let draft = match same {
        Some((_, printer)) if Fact::PrinterAssigned(printer.assigned.clone()) == fact => {
            return Ok(printers(app, inner));
        }
        Some((id, _)) => Draft::about(*id, by, fact),
        None => Draft::new(by, fact),
    };
    app.commit(inner, now, vec![draft])?;
    Ok(printers(app, inner))
}

/// What can be understood here is checked; a later release may know more kinds.
fn check_address(address: &str, used_for: PrinterUse) -> Result<(), AppError> {
    let kinds: &[&str] = match used_for {
        PrinterUse::Slips => &["tcp://", "usb:", "serial:"],
        PrinterUse::Pages => &["ipp://"],
    };
    if address.is_empty() || kinds.iter().any(|kind| address.starts_with(kind) && address.len() > kind.len())
    {
        return lines::check(address);
    }
    Err(bad_field(match used_for {
        PrinterUse::Slips => {
            "小票打印机地址请写成这样：网口 tcp://192.168.1.50:9100，USB usb:/dev/usb/lp0，串口 serial:/dev/ttyS0@9600"
        }
        PrinterUse::Pages => {
            "协议打印机地址请写成这样：ipp://localhost:631/printers/队列名，或点“查找打印机”来选"
        }
    }))
}

/// A page that shows whether a printer of this machine is well.
pub(super) fn test_page(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    used_for: PrinterUse,
) -> Result<DeskReply, AppError> {
    let kind = match used_for {
        PrinterUse::Slips => PaperKind::Test,
        PrinterUse::Pages => PaperKind::TestSheet,
    };
    match papers::order(app, inner, now, by, kind, None)? {
        Some(_) => Ok(printers(app, inner)),
        None => Err(no_printer(used_for)),
    }
}

fn no_printer(used_for: PrinterUse) -> AppError {
    AppError::new(
        Code::NotFound,
        match used_for {
            PrinterUse::Slips => "本机没有设小票打印机，请在“打印”页设好再打",
            PrinterUse::Pages => "本机没有设协议打印机，请在“打印”页设好再打，或先打开文件用别的机器打",
        },
    )
}

/// Calls off a paper of which nothing has been sent.
pub(super) fn cancel(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    paper: &str,
) -> Result<DeskReply, AppError> {
    let id = forms::id(paper, "纸")?;
    if !papers::load(app, inner, id)?.is_unsent() {
        return Err(AppError::new(Code::TooLate, "这张纸已经送到打印机，撤不回来了。请到打印机前看看"));
    }
    papers::moved(app, inner, now, by, id, (PaperState::Cancelled, None))?;
    Ok(printers(app, inner))
}

/// Somebody looked: the paper is there, or it is not.
pub(super) fn settle(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    paper: &str,
    came: bool,
) -> Result<DeskReply, AppError> {
    papers::answer(app, inner, now, by, forms::id(paper, "纸")?, came)?;
    Ok(printers(app, inner))
}

/// Prints the paper here once more, marked 补打 unless it is sure that none came out. What another machine has not begun
/// is called off there.
pub(super) fn print_again(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    paper: &str,
) -> Result<DeskReply, AppError> {
    let id = forms::id(paper, "纸")?;
    let before = papers::load(app, inner, id)?;
    if before.is_open() && id.device == app.me.device {
        return Err(AppError::new(Code::TooLate, "这张纸还在本机排队，打印机好了会自己出来，不用再打"));
    }
    let draft = papers::draft(app, inner, by, before.kind, before.about)?;
    let mut drafts = vec![draft.ok_or_else(|| no_printer(before.printer_use()))?];
    if before.is_unsent() {
        let cancelled = hall_core::fact::PaperMoved { to: PaperState::Cancelled, why: None };
        drafts.push(Draft::about(id, by, Fact::PaperMoved(cancelled)));
    }
    app.commit(inner, now, drafts)?;
    Ok(printers(app, inner))
}

/// What printers have to be asked for, without the hall's lock.
pub(super) fn ask(app: &Hall, command: &DeskCommand) -> Result<DeskReply, AppError> {
    match command {
        DeskCommand::ResumePrinter { used_for } => {
            let address = {
                let inner = app.inner();
                papers::printer(&inner.live, app.me.device, *used_for).map(|printer| printer.address.clone())
            };
            lines::resume(&address.ok_or_else(|| no_printer(*used_for))?)?;
            Ok(DeskReply::Done)
        }
        _ => Ok(DeskReply::PrintersFound(lines::find())),
    }
}

/// Where lines are, addresses are read and printers asked.
#[cfg(feature = "lines")]
mod lines {
    use hall_core::vocab::PrinterUse;
    use hall_print::lines::{Address, ipp};

    use crate::api::paper::PrinterFound;
    use crate::error::{AppError, Code};
    use crate::errors::bad_field;

    /// Where this machine's own print server listens, if it has one.
    const PRINT_SERVER: &str = "ipp://localhost:631/";

    pub(super) fn check(address: &str) -> Result<(), AppError> {
        if address.is_empty() || address.parse::<Address>().is_ok() {
            return Ok(());
        }
        Err(bad_field("打印机地址里有写错的地方（主机、端口或速率），请检查后再存"))
    }

    pub(super) fn find() -> Vec<PrinterFound> {
        let local = Address::local().into_iter().map(|address| PrinterFound {
            address: address.to_string(),
            name: String::new(),
            used_for: PrinterUse::Slips,
        });
        // Without a print server there are no queues to choose from.
        let queues = ipp::queues(PRINT_SERVER).unwrap_or_default();
        let queues = queues.into_iter().filter(|queue| queue.accepts).map(|queue| PrinterFound {
            address: queue.uri,
            name: if queue.about.is_empty() { queue.name } else { queue.about },
            used_for: PrinterUse::Pages,
        });
        local.chain(queues).collect()
    }

    pub(super) fn resume(address: &str) -> Result<(), AppError> {
        let Ok(Address::Ipp(uri)) = address.parse() else {
            return Err(bad_field("小票打印机不用点“继续”，把它修好就会接着打"));
        };
        ipp::resume(&uri).map_err(|trouble| {
            tracing::warn!(?trouble, "a queue does not go on");
            AppError::new(
                Code::NotAllowed,
                "打印队列没有恢复。请看打印机有没有故障；还不行，请管理员在系统的打印设置里恢复",
            )
        })
    }
}

/// A program without lines leaves the rest to the machine that has them.
#[cfg(not(feature = "lines"))]
mod lines {
    use crate::api::paper::PrinterFound;
    use crate::error::{AppError, Code};
    use crate::errors::bad_field;

    pub(super) fn check(address: &str) -> Result<(), AppError> {
        if address.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(bad_field("打印机地址里不能有空格，请检查后再存"));
        }
        Ok(())
    }

    pub(super) fn find() -> Vec<PrinterFound> {
        Vec::new()
    }

    pub(super) fn resume(_address: &str) -> Result<(), AppError> {
        Err(AppError::new(Code::NotFound, "这个程序不连打印机，请在服务台的程序里办"))
    }
}
