//! How long a printer and the people at it are waited for.

use std::time::Duration;

/// The bounds of a conversation with a thermal printer. Nothing here waits longer, whatever the other end does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Until a line comes about, a name looked up included.
    pub connect: Duration,
    /// How long a line must say nothing before the first question: what an earlier conversation left behind is no answer.
    pub quiet: Duration,
    /// Until the answer to the first questions, which a printer answers at once.
    pub answer: Duration,
    /// Until the answer to the queued question of a printer that has nothing to do; without one it does not know it.
    pub ordered: Duration,
    /// Until the answer to a question in the middle of a paper, which may lie behind what is still printed.
    pub silent: Duration,
    /// Until the line takes a byte more.
    pub stuck: Duration,
    /// Until people have mended what the printer told of.
    pub people: Duration,
    /// Between two questions while it is waited for something.
    pub again: Duration,
    /// Rows that the slowest printer prints within a second.
    pub slowest: u32,
    /// Until a printer has let go of a line that is closed.
    pub farewell: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            quiet: Duration::from_millis(20),
            answer: Duration::from_secs(2),
            ordered: Duration::from_secs(1),
            silent: Duration::from_secs(10),
            stuck: Duration::from_secs(10),
            people: Duration::from_mins(10),
            again: Duration::from_millis(300),
            // 20 mm a second; the slowest that are sold for receipts do 40.
            slowest: 160,
            farewell: Duration::from_millis(500),
        }
    }
}

/// Rows that are fed until the paper's end is at the knife, with something to spare for the cut.
const TO_THE_KNIFE: u32 = 320;

impl Bounds {
    /// As long as a paper of so many rows takes at the most, cut off.
    pub(super) fn for_rows(&self, rows: u32) -> Duration {
        Duration::from_secs(rows.saturating_add(TO_THE_KNIFE).into()) / self.slowest.max(1)
    }
}
