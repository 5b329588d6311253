//! The kiosk as a worker uses it: taps, one after the other.

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::webdriver::{Element, Session};

/// The kiosk takes no decision from a tap that follows the last one too closely.
const SETTLE: Duration = Duration::from_millis(600);

/// Scrolls and pages of the longest board that a test has.
const TURNS_MAX: u32 = 60;

#[derive(Clone, Copy, Debug)]
pub struct Kiosk<'a>(pub &'a Session);

fn by(testid: &str) -> String {
    format!("[data-testid=\"{testid}\"]")
}

impl<'a> Kiosk<'a> {
    pub fn tap(self, testid: &str) -> Result<()> {
        self.0.find(&by(testid))?.tap().with_context(|| testid.to_owned())
    }

    pub fn shown(self, testid: &str) -> Result<Element<'a>> {
        self.0.find(&by(testid))
    }

    pub fn shows(self, testid: &str) -> Result<bool> {
        Ok(!self.0.find_all(&by(testid))?.is_empty())
    }

    /// Narrows the board to one trade, as one chip says.
    pub fn filter_trade(self, trade: &str) -> Result<()> {
        self.tap("filter-more")?;
        self.0
            .find_where(&by("any-trade"), |chip| Ok(chip.text()?.split_whitespace().next() == Some(trade)))?
            .tap()?;
        self.tap("filters-done")
    }

    /// Opens the first post whose card says so, turning pages until it comes.
    pub fn open_post(self, title: &str) -> Result<()> {
        self.shown("post-card")?;
        for _ in 0..TURNS_MAX {
            for card in self.0.find_all(&by("post-card"))? {
                if card.text()?.contains(title) {
                    card.tap()?;
                    return self.shown("post").map(drop);
                }
            }
            if self.shown("page-next")?.attribute("disabled")?.is_some() {
                break;
            }
            self.tap("page-next")?;
            sleep(SETTLE);
        }
        bail!("{title} is on no page of the board")
    }

    pub fn type_id_number(self, number: &str) -> Result<()> {
        for key in number.chars() {
            self.tap(&format!("key-{key}"))?;
        }
        self.tap("id-submit")
    }

    /// From an open post to the last question.
    pub fn want(self, id_number: &str) -> Result<()> {
        let mut button = "want";
        for other in ["want-standby", "want-elsewhere"] {
            if self.shows(other)? {
                button = other;
            }
        }
        self.tap(button)?;
        self.type_id_number(id_number)?;
        self.shown("confirm").map(drop)
    }

    /// Says yes, and reads the code on the ticket.
    pub fn confirm(self) -> Result<String> {
        sleep(SETTLE);
        self.tap("confirm")?;
        self.shown("ticket-code")?.text()
    }

    pub fn ticket_state(self) -> Result<String> {
        self.shown("ticket")?.attribute("data-state")?.context("a ticket in some state")
    }

    /// Goes away: the kiosk forgets the person.
    pub fn finish(self) -> Result<()> {
        self.tap("finish")?;
        self.shown("sign-in").map(drop)
    }
}
