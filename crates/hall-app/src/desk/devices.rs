//! The hall's machines at the desk: who they are, how far they can be heard, which places lie where, and how places of
//! a machine that is gone come back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hall_core::entity::Device;
use hall_core::entity::custody::Custody;
use hall_core::fact::{DeviceRevoked, EpochEnded, Fact, Holder};
use hall_core::places::{self, Silence};
use hall_core::rules::clean_text;
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant};
use hall_log::{Certificate, Ledger};
use hall_store::Draft;
use hall_sync::custody::sealed_until;
use std::collections::BTreeMap;

use super::staff;
use crate::api::DeskReply;
use crate::api::desk::{CustodyRow, CustodyView, DeviceRow, DevicesView, InvitationView};
use crate::api::shared::OverrideForm;
use crate::claims;
use crate::error::{AppError, Code};
use crate::errors::{bad_field, not_found};
use crate::exchange::{REACHABLE_MS, hall_of, known, name_of};
use crate::forms;
use crate::hall::{Hall, Inner, Now};
use crate::text;
use crate::views;

/// Machines of one hall.
const DEVICES_MAX: usize = 25;
const NAME_MAX: usize = 20;
/// Dots of a module of the QR on the screen.
const QR_DOTS: u32 = 6;

pub(super) fn devices(app: &Hall, inner: &Inner, now: Now) -> Result<DevicesView, AppError> {
    let enrolment = app.enrolment();
    let mut rows: Vec<DeviceRow> = Vec::new();
    for device in ours(app, inner) {
        rows.push(row(app, now, device)?);
    }
    if known(app, inner, app.me.device).is_none() {
        let alone = Device {
            number: app.me.device,
            name: enrolment.name.clone(),
            role: enrolment.role(),
            certificate: enrolment.certificate.encode(),
            revoked: false,
            ended: BTreeMap::new(),
        };
        rows.insert(0, row(app, now, &alone)?);
    }
    Ok(DevicesView {
        hall: enrolment.hall(),
        by_itself: enrolment.county.is_none(),
        lines: views::lines(app, now),
        devices: rows,
    })
}

pub(super) fn ours<'a>(app: &Hall, inner: &'a Inner) -> impl Iterator<Item = &'a Device> {
    let hall = app.enrolment().hall();
    inner.live.devices.values().filter(move |device| hall_of(device) == Some(hall))
}

fn row(app: &Hall, now: Now, device: &Device) -> Result<DeviceRow, AppError> {
    let this = device.number == app.me.device;
    let heard = heard(app, device.number);
    let heads = app.store.heads()?;
    let ops: u64 =
        heads.iter().filter(|(number, ..)| *number == device.number).map(|(.., head)| head.seq).sum();
    let expires = Certificate::decode(&device.certificate).ok().map(|known| known.bearer.expires.instant());
    Ok(DeviceRow {
        device: device.number,
        name: device.name.clone(),
        role: device.role,
        this,
        revoked: device.revoked,
        reachable: this || is_reachable(heard, now),
        heard: heard.map(|at| text::ago(at, now.machine)).unwrap_or_default(),
        ops: u32::try_from(ops).unwrap_or(u32::MAX),
        certificate_until: expires.map(|at| at.day().to_string()).unwrap_or_default(),
    })
}

/// When this machine last heard of a device: by itself, or by the seal on what others passed on.
fn heard(app: &Hall, device: u32) -> Option<Instant> {
    let lines = app.lines();
    let asked = lines.peers.iter().filter(|(peer, _)| peer.device == device).filter_map(|(_, heard)| heard.0);
    asked.max()
}

fn is_reachable(heard: Option<Instant>, now: Now) -> bool {
    heard.is_some_and(|at| now.machine < at.plus_ms(REACHABLE_MS))
}

/// A new code for a machine, and the QR that a camera or a scanner on it reads.
pub(super) fn add(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    name: &str,
    role: DeviceRole,
) -> Result<DeskReply, AppError> {
    let name = clean_text(name, NAME_MAX).map_err(|error| bad_field(format!("机器名称：{error}")))?;
    if role == DeviceRole::County {
        return Err(bad_field("大厅里的机器只有服务台、自助机、大屏三种，请重选"));
    }
    if app.enrolment().role() != DeviceRole::Desk {
        return Err(AppError::new(Code::NotAllowed, "新机器要在服务台那台机器上加，请到那里办"));
    }
    if ours(app, inner).filter(|device| !device.revoked).count() >= DEVICES_MAX {
        return Err(bad_field("本厅的机器太多了，请先停用不用的"));
    }
    let invitation = app.invite(inner, now, by, name, role);
    let picture = hall_print::qr::picture(&invitation.qr(), QR_DOTS).and_then(|picture| picture.to_png());
    let png = picture.map_err(|error| {
        tracing::error!(%error, "an invitation could not be drawn");
        AppError::new(Code::Internal, "邀请码画不出来，请再试一次").retryable()
    })?;
    Ok(DeskReply::Invitation(InvitationView {
        text: invitation.to_string(),
        qr: BASE64.encode(png),
        addresses: invitation.addresses,
    }))
}

/// Nothing that the machine signs from now on is believed.
pub(super) fn revoke(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    device: u32,
    reason: &str,
) -> Result<DeskReply, AppError> {
    let (entity, found) = known(app, inner, device).ok_or_else(|| not_found("机器"))?;
    if device == app.me.device {
        return Err(bad_field("不能停用正在用的这台机器，请在另一台服务台上停用"));
    }
    let reason = forms::filled(reason, 100).map_err(|_| bad_field("请写明停用的原因"))?;
    if !found.revoked {
        app.commit(
            inner,
            now,
            vec![Draft::about(entity, by, Fact::DeviceRevoked(DeviceRevoked { reason }))],
        )?;
    }
    devices(app, inner, now).map(|view| DeskReply::Devices(Box::new(view)))
}

/// Which machine holds which places of a post.
pub(super) fn custody(app: &Hall, inner: &mut Inner, now: Now, post: &str) -> Result<DeskReply, AppError> {
    let id = forms::id(post, "活")?;
    views::load_post(app, inner, id)?;
    let live = inner.live.posts.get(&id).ok_or_else(|| not_found("活"))?;
    let mut rows: BTreeMap<Holder, CustodyRow> = BTreeMap::new();
    let mut numbers: BTreeMap<Holder, Vec<u16>> = BTreeMap::new();
    for (index, place) in live.post.places.iter() {
        let (holder, moving) = match place.custody {
            Custody::Held(holder) => (holder, false),
            Custody::Given { to, .. } => (to, true),
            Custody::Gone => continue,
        };
        let row = rows.entry(holder).or_insert_with(|| empty(app, inner, now, holder));
        numbers.entry(holder).or_default().push(index);
        if live.places.is_taken(index) {
            row.taken += 1;
        } else if moving {
            row.moving += 1;
        } else {
            row.free += 1;
        }
    }
    for (holder, row) in &mut rows {
        row.places = ranges(&numbers[holder]);
        if *holder == app.me {
            continue;
        }
        let silence = Silence { sealed: sealed(app, *holder)?, read_out: false };
        row.complete_until = complete(silence.sealed, now);
        let take = |risk| places::reclaim(id, &live.post, &live.places, (*holder, app.me), silence, risk);
        row.safe = take(None).map_or(0, |sure| sure.places.len() as u16);
        row.at_risk = take(Some("")).map_or(0, |all| all.at_risk);
    }
    Ok(DeskReply::Custody(Box::new(CustodyView {
        post: views::card(app, id, live, now),
        published_here: id.holder() == app.me,
        publisher: name_of(&inner.live, id.device),
        rows: rows.into_values().collect(),
    })))
}

fn empty(app: &Hall, inner: &Inner, now: Now, holder: Holder) -> CustodyRow {
    let this = holder == app.me;
    let heard = heard(app, holder.device);
    CustodyRow {
        device: holder.device,
        epoch: holder.epoch,
        name: if this { "本机".into() } else { name_of(&inner.live, holder.device) },
        this,
        reachable: this || is_reachable(heard, now),
        heard: heard.map_or_else(String::new, |at| text::ago(at, now.machine)),
        places: String::new(),
        taken: 0,
        free: 0,
        moving: 0,
        complete_until: String::new(),
        safe: 0,
        at_risk: 0,
    }
}

/// Up to when the log of a device is known to be complete, by its own seal.
fn sealed(app: &Hall, holder: Holder) -> Result<Instant, AppError> {
    Ok(sealed_until(holder, &app.store)?)
}

fn complete(sealed: Instant, now: Now) -> String {
    if sealed.0 == 0 { "没有收到过".into() } else { text::moment(sealed, now.hall.day()) }
}

/// `1–4、7`
fn ranges(numbers: &[u16]) -> String {
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let shown = |(first, last): (u16, u16)| {
        if first == last { first.to_string() } else { format!("{first}–{last}") }
    };
    runs.into_iter().map(shown).collect::<Vec<_>>().join("、")
}

/// How places of a silent machine come back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    /// Its own journal was read to the end, and it will never write again.
    pub read_out: bool,
    /// The risk that was seen when it was taken.
    pub at_risk: u16,
    pub overriding: Option<&'a OverrideForm>,
}

/// Grants the free places of a silent machine to this one. What is certain needs no supervisor; a journal that was
/// read out and a risk that is taken are a supervisor's word, with a reason.
pub(super) fn reclaim(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    (post, from): (&str, Holder),
    ground: Ground<'_>,
) -> Result<DeskReply, AppError> {
    let id = forms::id(post, "活")?;
    views::load_post(app, inner, id)?;
    let word = ground.overriding.map(|form| staff::supervisor_word(inner, now, form)).transpose()?;
    if ground.read_out && word.is_none() {
        return Err(AppError::new(Code::NotAllowed, "“记录已全部读出”要主管确认，请主管输入 PIN 和原因"));
    }
    let live = inner.live.posts.get(&id).ok_or_else(|| not_found("活"))?;
    let silence = Silence { sealed: sealed(app, from)?, read_out: ground.read_out };
    let risk = word.as_ref().filter(|_| !ground.read_out).map(|(_, reason)| reason.as_str());
    let mut granted = places::reclaim(id, &live.post, &live.places, (from, app.me), silence, risk)?;
    if granted.at_risk > ground.at_risk {
        let message = format!(
            "现在最多有 {} 个名额可能已经答应了别人，比刚才看到的多。请看清楚，再决定要不要收回",
            granted.at_risk
        );
        return Err(AppError::new(Code::Refused, message));
    }
    let by = word.as_ref().map_or(by, |(supervisor, _)| Some(*supervisor));
    let mut drafts = Vec::new();
    if let Some((_, reason)) = word {
        granted.reason.clone_from(&reason);
        if ground.read_out
            && let Some((device, _)) = known(app, inner, from.device)
        {
            let last_seq = Ledger::head(&app.store, from)?.seq;
            let ended = EpochEnded { epoch: from.epoch, last_seq, reason };
            drafts.push(Draft::about(device, by, Fact::EpochEnded(ended)));
        }
    }
    drafts.push(Draft::about(id, by, Fact::PlacesReclaimed(granted)));
    app.commit(inner, now, drafts)?;
    claims::promote_all(app, inner, now)?;
    custody(app, inner, now, post)
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn numbers_are_told_as_runs() {
        for (numbers, text) in [(&[][..], ""), (&[4], "4"), (&[1, 2, 3, 7], "1–3、7"), (&[2, 4, 5], "2、4–5")]
        {
            assert_eq!(ranges(numbers), text);
        }
    }
}
