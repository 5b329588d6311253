//! The wall as the hall sees it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::webdriver::Session;

#[derive(Clone, Copy, Debug)]
pub struct Wall<'a>(pub &'a Session);

impl Wall<'_> {
    /// Waits until the page that is up has a post of that title; whether it is struck out.
    pub fn wait_for(self, title: &str, patience: Duration) -> Result<bool> {
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if let Some(full) = self.is_full(title)? {
                return Ok(full);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("{title} did not come up on the wall in {} s", patience.as_secs())
    }

    /// `None`: the page that is up does not have it.
    pub fn is_full(self, title: &str) -> Result<Option<bool>> {
        let script = "const row = [...document.querySelectorAll('[data-testid=\"wall-post\"]')]
              .find((row) => row.textContent.includes(arguments[0]));
            return row === undefined ? null : row.dataset.full === 'true';";
        let found = self.0.run(script, &[title.into()])?;
        Ok(found.as_bool())
    }

    /// Waits until the post is struck out; how long that took.
    pub fn wait_until_full(self, title: &str, patience: Duration) -> Result<Duration> {
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if self.is_full(title)? == Some(true) {
                return Ok(begun.elapsed());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("{title} was not struck out in {} s", patience.as_secs())
    }

    pub fn edition(self) -> Result<String> {
        self.0.find("[data-testid=\"edition\"]").and_then(|edition| edition.text()).context("an edition")
    }
}
