//! Bytes that a device sends for its ops: the very messages that its node makes, before TLS, with everything around the
//! ops, as their hub takes them.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use hall_app::Hall;
use hall_core::vocab::DeviceRole;
use hall_core::{Instant, Minute};
use hall_sync::Input;
use hall_sync::event::Outgoing;
use hall_sync::wire::{self, Signed};

use crate::fill::{HandClock, today};
use crate::history::History;
use crate::machines::Machine;
use crate::row::Row;

/// Batches of each size.
const ROUNDS: u64 = 10;
/// Of a hundred ops of a day so many are of a post that is published, two each.
const POSTS_PERCENT: u64 = 10;

pub(crate) fn rows(folder: &Path) -> Result<Vec<Row>> {
    let clock = HandClock::new(today()?.at(Minute(330)));
    let desk = Machine::new(folder, "wire-desk", &clock.clock()).open_desk()?;
    let second = Machine::new(folder, "wire-second", &clock.clock()).open_joined(&desk, DeviceRole::Desk)?;
    let day = today()?;
    History::new(desk.store())?.workers(200, day)?;
    let mut line = Line { desk: &desk, second: &second, sent: 0 };
    line.carry()?;
    let mut history = History::new(second.store())?;
    let mut rows = Vec::new();
    for (batch, budget) in [(500, Some(40.0)), (20, None)] {
        let (mut ops, mut bytes) = (0, 0);
        for _ in 0..ROUNDS {
            let until = history.ops() + batch;
            history.day(day, batch * POSTS_PERCENT / 100, until)?;
            let (pushed, length) = line.carry()?;
            ops += pushed;
            bytes += length;
        }
        ensure!(ops as u64 >= ROUNDS * batch, "only {ops} ops were sent");
        let note = format!("{} B a message of {} ops", bytes / ROUNDS as usize, ops / ROUNDS as usize);
        let what = format!("on the wire, batch of {batch}");
        rows.push(Row::new(&what, bytes as f64 / ops as f64, "B/op", budget).with_note(note));
    }
    Ok(rows)
}

/// Carries messages by hand, so that their size can be seen.
struct Line<'a> {
    desk: &'a Hall,
    second: &'a Hall,
    sent: u64,
}

impl Line<'_> {
    /// Carries messages until the second desk only waits for news; how many ops it pushed, and the bytes of those messages.
    fn carry(&mut self) -> Result<(usize, usize)> {
        let (mut ops, mut bytes) = (0, 0);
        let mut out = self.second.step(self.now(), Input::Changed).out;
        while let Some(Outgoing::Send { upstream, exchange, message }) = out.pop() {
            let request = message.request()?;
            let pushed: usize = request.push.iter().map(|run| usize::from(run.count)).sum();
            if pushed > 0 {
                ops += pushed;
                bytes += wire::encode(&message).len();
            }
            let Some(response) = self.answer(message)? else { break };
            out = self.second.step(self.now(), Input::Response { upstream, exchange, response }).out;
        }
        Ok((ops, bytes))
    }

    /// What the desk answers at once; nothing when there is no news.
    fn answer(&mut self, message: Signed) -> Result<Option<wire::Answer>> {
        self.sent += 1;
        let link = self.sent;
        let out = self.desk.step(self.now(), Input::Request { link, message }).out;
        let mut replies = out.into_iter().filter_map(|out| match out {
            Outgoing::Reply { link: to, response } if to == link => Some(response.map(|response| *response)),
            _ => None,
        });
        let reply = replies.next();
        if let Some(refused) = reply.as_ref().and_then(|reply| reply.as_ref().err()) {
            return Err(*refused).context("the desk refuses");
        }
        Ok(reply)
    }

    /// Never the same twice.
    fn now(&self) -> Instant {
        Instant(self.sent as i64 * 100)
    }
}
