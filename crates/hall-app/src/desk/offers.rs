//! Places of a post handed to the county, and the posts that the county makes of them.
//!
//! What was handed over is burned here in the same act, so that no place is in two hands. Must never hand over what is
//! not free here.

use hall_core::entity::{Employer, PostStatus};
use hall_core::fact::{EmployerIdentified, EmployerRegistered, Fact, PlacesOffered};
use hall_core::places::{self, Change};
use hall_core::vocab::EmployerKind;
use hall_core::{COUNTY, EntityId};
use hall_store::Draft;

use super::posts;
use crate::api::DeskReply;
use crate::error::{AppError, Code};
use crate::errors::{bad_field, not_found};
use crate::forms;
use crate::hall::{Hall, Inner, Now};
use crate::live::LivePost;

/// A post of the county is the county's to change.
pub(super) fn may_change(post: EntityId) -> Result<(), AppError> {
    if post.device == COUNTY {
        return Err(AppError::new(
            Code::NotAllowed,
            "这是县里发到各大厅的活，本厅不能改。请联系当初发布它的大厅",
        ));
    }
    Ok(())
}

/// How many places of a post can be handed to the county now.
pub(super) fn offerable(app: &Hall, id: EntityId, live: &LivePost, employer: &Employer, now: Now) -> u16 {
    let may = id.device != COUNTY
        && app.enrolment().county.is_some()
        && employer.kind == EmployerKind::Organisation
        && employer.identity.is_some()
        && live.is_open(now.hall);
    // One stays, for a post without places is none.
    let most = live.post.headcount().saturating_sub(1) as u16;
    if may { live.left(now.promising).min(most) } else { 0 }
}

pub(super) fn offer(
    app: &Hall,
    inner: &mut Inner,
    now: Now,
    by: Option<EntityId>,
    post: &str,
    places: u16,
) -> Result<DeskReply, AppError> {
    let id = forms::id(post, "活")?;
    may_change(id)?;
    let live = inner.live.posts.get(&id).ok_or_else(|| not_found("活"))?;
    if live.post.status != PostStatus::Open {
        return Err(AppError::new(Code::PostClosed, "这个活已经停止招人，名额不能再交给县里"));
    }
    if app.enrolment().county.is_none() {
        return Err(bad_field("本厅还没有接入县里，名额只能在本厅招。接入后再试"));
    }
    let employer_id = live.post.terms.employer;
    let employer = inner.live.employers.get(&employer_id).ok_or_else(|| not_found("用工方"))?;
    let identity = employer.identity.as_ref().filter(|_| employer.kind == EmployerKind::Organisation);
    let identity = identity.ok_or_else(|| bad_field("个人用工只在本厅招人，不能交给县里"))?;
    let most = offerable(app, id, live, employer, now);
    if !(1..=most).contains(&places) {
        return Err(bad_field(format!("现在最多能交给县里 {most} 个名额（本厅至少留一个），请改人数")));
    }
    let wanted = live.post.headcount() as u16 - places;
    let Change::Burn(burned) = places::change(id, &live.post, &live.places, app.me, wanted)? else {
        return Err(bad_field("名额有变化，请再看一下这个活"));
    };
    let offered = PlacesOffered {
        places,
        terms: live.post.terms.clone(),
        employer: EmployerRegistered {
            kind: employer.kind,
            shown_name: employer.shown_name.clone(),
            id_tag: employer.id_tag,
        },
        // Who acted for the employer at this desk is nobody's business at another.
        identified: EmployerIdentified { agent: String::new(), ..identity.clone() },
    };
    let drafts = vec![
        Draft::about(id, by, Fact::PlacesBurned(burned)),
        Draft::about(id, by, Fact::PlacesOffered(Box::new(offered))),
    ];
    app.commit(inner, now, drafts)?;
    posts::edit(app, inner, now, id)
}
