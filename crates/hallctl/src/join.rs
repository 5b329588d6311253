//! Joining a hall or a county from the command line, as the desk's screen does.

use std::io::Write as _;

use anyhow::Context as _;
use hall_app::lines::{self, Invitation};
use hall_core::Minute;

use crate::{Place, open};

#[derive(Debug, clap::Args)]
pub(crate) struct JoinArgs {
    /// The invitation as it was shown or scanned; `@host:port` behind it says where it leads.
    invitation: String,
    /// Lets the machine's clock stand at this time of today (hh:mm), as in a demonstration.
    #[arg(long, value_name = "HH:MM")]
    clock: Option<Minute>,
}

pub(crate) fn run(place: &Place, args: &JoinArgs) -> anyhow::Result<()> {
    let invitation: Invitation = args.invitation.parse().context("看不懂这个邀请码，请对照屏幕再输一次")?;
    let hall = place.open(open::clock(args.clock))?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(lines::join(&hall, &invitation))?;
    // Read anew: the hall that is open still thinks that it is by itself.
    drop(hall);
    let enrolment = place.open(open::clock(args.clock))?.enrolment();
    let bearer = enrolment.certificate.bearer;
    let said = serde_json::json!({
        "hall": bearer.hall,
        "device": bearer.device,
        "role": bearer.role,
        "name": enrolment.name,
    });
    writeln!(std::io::stdout(), "{said}")?;
    Ok(())
}
