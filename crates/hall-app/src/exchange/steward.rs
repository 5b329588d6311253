//! Keeps a hall's places where people ask for them: answers gifts, lets those who wait move up, asks for what is
//! wanted here, shares out at each edition. What is decided is decided in `hall_sync::custody`.
//!
//! Works in small bites, so that a tap waits for one of them at most.

use std::collections::{BTreeMap, BTreeSet};

use hall_core::edition::Edition;
use hall_core::entity::{Attendance, Device, PostStatus, Ticket, key};
use hall_core::fact::{Fact, Holder};
use hall_core::ticketing;
use hall_core::vocab::{DeviceRole, ReleaseReason};
use hall_core::{COUNTY, EntityId, Instant};
use hall_log::Certificate;
use hall_store::Draft;
use hall_sync::custody::{LEASE_MS, Neighbour, Stand, was_refused};
use hall_sync::wire::Ask;
use hall_sync::{Input, Node};

use super::{REACHABLE_MS, enrolment};
use crate::claims;
use crate::error::AppError;
use crate::hall::{Hall, Inner, Now};
use crate::live::{self, Live, LivePost};

/// Posts looked at under one lock.
const BITE: usize = 24;
/// Days whose mornings say where people take places.
const DEMAND_DAYS: i32 = 7;
/// And how far around the present time of day, minutes.
const DEMAND_MINUTES: i64 = 60;

const CALLED_OFF: &str = "县里取消了这个活";

/// How much there is to do; each includes the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Work {
    #[default]
    None,
    /// Only what people wait for may have changed.
    Asks,
    /// Others' ops, or time.
    All,
}

#[derive(Debug, Default)]
pub(super) struct Steward {
    /// Begin of the edition at which places were shared out last.
    edition: Option<Instant>,
    /// Posts of this desk that were shared out since, and among whom.
    shared: BTreeSet<EntityId>,
    among: BTreeSet<Holder>,
}

impl Steward {
    /// Does what is due; what the node is to be told then.
    pub(super) fn work(
        &mut self,
        app: &Hall,
        node: &mut Node,
        now: hall_sync::Now,
        work: Work,
    ) -> Vec<Input> {
        let done = self.try_work(app, node, now, work);
        done.unwrap_or_else(|error| {
            tracing::error!(%error, "places stay where they are for now");
            Vec::new()
        })
    }

    #[expect(clippy::redundant_closure_for_method_calls, reason = "the bare method is bound to one lifetime")]
    fn try_work(
        &mut self,
        app: &Hall,
        node: &mut Node,
        now: hall_sync::Now,
        work: Work,
    ) -> Result<Vec<Input>, AppError> {
        if work == Work::All {
            in_bites(app, tidy)?;
            let (mut inner, at) = app.today()?;
            let fallen = fallen(app, &inner, at);
            app.commit(&mut inner, at, fallen)?;
            claims::promote_all(app, &mut inner, at)?;
            drop(inner);
            let wanted: Vec<Ask> = node.wanted().copied().collect();
            serve(app, &wanted);
            renew_others(app, node, now.wall);
        }
        let role = app.enrolment().role();
        match role {
            DeviceRole::Desk => self.share_out(app, node, now)?,
            DeviceRole::Kiosk => self.give_back(app)?,
            DeviceRole::Wall | DeviceRole::County => {}
        }
        let (inner, at) = app.today()?;
        let asks = open_posts(&inner.live, at)
            .into_iter()
            .filter_map(|post| with_stand(app, &inner, at, post, |stand| stand.ask()).flatten())
            .collect();
        Ok(vec![Input::Asks { asks, hands_on: at.trusted }])
    }

    /// At each edition, and when a post is new, the desk brings the kiosks that can be reached to their shares.
    fn share_out(&mut self, app: &Hall, node: &Node, now: hall_sync::Now) -> Result<(), AppError> {
        let begins = Edition::at(now.wall).begins;
        let heard = |kiosk: &Holder| {
            node.peers().any(|peer| peer.holder == *kiosk && now.mono < peer.heard.plus_ms(REACHABLE_MS))
        };
        let kiosks = node.peers().filter(|peer| peer.role == DeviceRole::Kiosk).map(|peer| peer.holder);
        let kiosks: Vec<Holder> = kiosks.filter(heard).collect();
        let joined = kiosks.iter().any(|kiosk| !self.among.contains(kiosk));
        if self.edition.replace(begins) != Some(begins) || joined {
            self.shared.clear();
            self.among = kiosks.iter().copied().collect();
        }
        let fresh: BTreeSet<EntityId> = {
            let (inner, at) = app.today()?;
            let open = open_posts(&inner.live, at).into_iter();
            open.filter(|post| shares(app, *post) && !self.shared.contains(post)).collect()
        };
        if kiosks.is_empty() || fresh.is_empty() {
            return Ok(());
        }
        let kiosks = neighbours(app, &kiosks, now.wall)?;
        in_bites(app, |app, inner, at, post| {
            if !fresh.contains(&post) {
                return Ok(Vec::new());
            }
            let gifts =
                with_stand(app, inner, at, post, |stand| stand.share_out(&kiosks)).unwrap_or_default();
            Ok(gifts.into_iter().map(|given| Draft::about(post, None, Fact::PlacesGiven(given))).collect())
        })?;
        self.shared.extend(fresh);
        Ok(())
    }

    /// At each edition a kiosk gives back what is over its share.
    fn give_back(&mut self, app: &Hall) -> Result<(), AppError> {
        let (kiosks, desk, at) = {
            let (inner, at) = app.today()?;
            let hall = app.lines().enrolment.hall();
            let of = |role| holders(app, &inner.live, hall, role);
            (of(DeviceRole::Kiosk)?, of(DeviceRole::Desk)?.first().copied(), at)
        };
        let begins = Edition::at(at.hall).begins;
        if self.edition.replace(begins) == Some(begins) {
            return Ok(());
        }
        let Some(desk) = desk else { return Ok(()) };
        let kiosks = neighbours(app, &kiosks, at.hall)?;
        in_bites(app, |app, inner, at, post| {
            let gift = with_stand(app, inner, at, post, |stand| stand.give_back(desk, &kiosks)).flatten();
            Ok(gift.into_iter().map(|given| Draft::about(post, None, Fact::PlacesGiven(given))).collect())
        })
    }
}

/// Places go to whoever asks, first come first served, as far as this machine can spare them.
pub(super) fn serve(app: &Hall, asks: &[Ask]) {
    let mut asks = asks.to_vec();
    asks.sort_unstable();
    for ask in asks {
        if let Err(error) = grant(app, &ask) {
            tracing::error!(%error, "a wish for places cannot be met now");
        }
    }
}

fn grant(app: &Hall, ask: &Ask) -> Result<(), AppError> {
    let (mut inner, at) = app.today()?;
    let gift = with_stand(app, &inner, at, ask.post, |stand| stand.grant(ask)).flatten();
    let Some(given) = gift else { return Ok(()) };
    if was_refused(&app.store.ops_of(ask.post)?, (app.me, ask.to), at.hall) {
        return Ok(());
    }
    app.commit(&mut inner, at, vec![Draft::about(ask.post, None, Fact::PlacesGiven(given))])?;
    Ok(())
}

/// Decides for each open post and makes it durable, a few posts at a time.
fn in_bites(
    app: &Hall,
    mut decide: impl FnMut(&Hall, &Inner, Now, EntityId) -> Result<Vec<Draft>, AppError>,
) -> Result<(), AppError> {
    let posts = {
        let (inner, now) = app.today()?;
        open_posts(&inner.live, now)
    };
    for posts in posts.chunks(BITE) {
        let (mut inner, now) = app.today()?;
        let mut drafts = Vec::new();
        for post in posts {
            drafts.extend(decide(app, &inner, now, *post)?);
        }
        app.commit(&mut inner, now, drafts)?;
    }
    Ok(())
}

/// Whether this desk shares out what it holds of a post: its own, and what the county gave its hall.
fn shares(app: &Hall, post: EntityId) -> bool {
    post.holder() == app.me || post.device == COUNTY
}

fn open_posts(live: &Live, now: Now) -> Vec<EntityId> {
    live.posts.iter().filter(|(_, post)| post.is_open(now.hall)).map(|(id, _)| *id).collect()
}

/// What `with` decides about a post, as this machine sees it.
pub(super) fn with_stand<T>(
    app: &Hall,
    inner: &Inner,
    now: Now,
    id: EntityId,
    with: impl FnOnce(&Stand<'_>) -> T,
) -> Option<T> {
    let live: &LivePost = inner.live.posts.get(&id)?;
    let opened = |ticket: &EntityId| inner.live.tickets.get(ticket).map(|state| (*ticket, state.opened));
    let waiting: Vec<_> = live.waiting_here(now.hall).iter().filter_map(opened).collect();
    let stand = Stand {
        me: app.me,
        now: now.promising,
        trusted: now.trusted,
        lease_ms: LEASE_MS,
        id,
        post: &live.post,
        places: &live.places,
        waiting: &waiting,
    };
    Some(with(&stand))
}

/// Answers to gifts, places whose time here is over, and tickets that give way to an earlier one of the same person.
fn tidy(app: &Hall, inner: &Inner, now: Now, post: EntityId) -> Result<Vec<Draft>, AppError> {
    let mut drafts: Vec<Draft> = with_stand(app, inner, now, post, |stand| {
        let answers = stand.answers();
        // What is being answered cannot be given away in the same breath.
        let expired = stand.expired().filter(|_| answers.is_empty()).map(Fact::PlacesGiven);
        answers.into_iter().chain(expired).map(|fact| Draft::about(post, None, fact)).collect()
    })
    .unwrap_or_default();
    let Some(live) = inner.live.posts.get(&post) else { return Ok(drafts) };
    let of = |id: &EntityId| inner.live.tickets.get(id).map(|ticket| (*id, ticket));
    let tickets: Vec<(EntityId, &Ticket)> = live.tickets.iter().filter_map(of).collect();
    for mine in tickets.iter().filter(|(id, ticket)| id.holder() == app.me && ticket.is_live()) {
        if tickets.iter().any(|other| ticketing::gives_way(*mine, *other)) {
            let gone = ticketing::release(mine.1, live.span(), now.hall, ReleaseReason::Duplicate, "")?;
            drafts.push(Draft::about(mine.0, None, Fact::TicketReleased(gone)));
        }
    }
    Ok(drafts)
}

/// This machine's tickets on posts that the county called off fall; in the hall that published a post, the desk that
/// calls it off lets them fall itself.
fn fallen(app: &Hall, inner: &Inner, now: Now) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let called_off = |post: &LivePost| post.post.status == PostStatus::Cancelled;
    for (_, live) in inner.live.posts.iter().filter(|(id, live)| id.device == COUNTY && called_off(live)) {
        let mine = live.tickets.iter().filter(|id| id.holder() == app.me);
        for (id, ticket) in mine.filter_map(|id| inner.live.tickets.get(id).map(|ticket| (*id, ticket))) {
            let falls = ticket.is_live() && ticket.attendance != Some(Attendance::Finished);
            let gone =
                ticketing::release(ticket, live.span(), now.hall, ReleaseReason::PostCancelled, CALLED_OFF);
            // What cannot be given back any more stays as it is.
            let gone = gone.ok().filter(|_| falls);
            drafts.extend(gone.map(|gone| Draft::about(id, None, Fact::TicketReleased(gone))));
        }
    }
    drafts
}

/// A desk renews the certificates that it issued, so that whoever exchanges gets the newer one.
fn renew_others(app: &Hall, node: &mut Node, now: Instant) {
    let me = hall_log::token::KeyId::of(&app.signing.verifying_key());
    let due: Vec<Certificate> = node
        .trust
        .certificates()
        .filter(|certificate| certificate.issuer == me && !node.trust.is_revoked(certificate.bearer.device))
        .filter_map(|certificate| enrolment::renew(certificate, &app.signing, now))
        .collect();
    for certificate in due {
        // It differs from the one that was believed only in its dates.
        let _believed = node.trust.learn(&certificate, now);
    }
}

/// The hall of a device, as its certificate says.
pub(crate) fn hall_of(device: &Device) -> Option<u32> {
    Certificate::decode(&device.certificate).ok().map(|certificate| certificate.bearer.hall)
}

/// What staff call a device.
pub(crate) fn name_of(live: &Live, device: u32) -> String {
    let named = live.devices.values().find(|known| known.number == device).map(|known| known.name.clone());
    named.unwrap_or_else(|| format!("机器 {device}"))
}

/// The machines of the hall with that role, each in its newest epoch, longest known first.
pub(crate) fn holders(app: &Hall, live: &Live, hall: u32, role: DeviceRole) -> Result<Vec<Holder>, AppError> {
    let heads = app.store.heads()?;
    let of = |device: &Device| {
        let epochs = heads.iter().filter(|(number, ..)| *number == device.number).map(|(_, epoch, _)| *epoch);
        Holder { device: device.number, epoch: epochs.max().unwrap_or(1) }
    };
    let ours = |device: &&Device| device.role == role && !device.revoked && hall_of(device) == Some(hall);
    Ok(live.devices.values().filter(ours).map(of).collect())
}

/// How many places were taken at each of these around this time of day, the last days.
fn neighbours(app: &Hall, kiosks: &[Holder], now: Instant) -> Result<Vec<Neighbour>, AppError> {
    let mut demand: BTreeMap<u32, u32> = BTreeMap::new();
    let today = now.day();
    let from = key::tickets_opened(today.plus_days(-DEMAND_DAYS));
    for (row, ticket) in live::rows(&app.store, &from, &key::end_of(b"O"))? {
        let Some(at) = key::opened_at(&row) else { continue };
        let minutes = i64::from(at.minute().0) - i64::from(now.minute().0);
        if minutes.abs() <= DEMAND_MINUTES {
            *demand.entry(ticket.device).or_default() += 1;
        }
    }
    let of = |kiosk: &Holder| Neighbour {
        holder: *kiosk,
        demand: demand.get(&kiosk.device).copied().unwrap_or(0),
    };
    Ok(kiosks.iter().map(of).collect())
}
