//! What a printer's state and its reasons mean to whoever stands before it.

use hall_core::vocab::PaperTrouble;

use super::answer::Answer;

const STOPPED: i32 = 5;

/// How a printer says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    stopped: bool,
    accepts: bool,
    reasons: Vec<String>,
}

/// How much a reason weighs; none of the three words is as much as an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    Report,
    Warning,
    Error,
}

impl State {
    /// `None` for an answer that is about no printer.
    pub(super) fn of(answer: &Answer) -> Option<Self> {
        let printer = answer.printer();
        let state = printer.number("printer-state")?;
        Some(Self {
            stopped: state == STOPPED,
            accepts: printer.flag("printer-is-accepting-jobs").unwrap_or(true),
            reasons: printer.texts("printer-state-reasons").collect(),
        })
    }

    /// What has to be mended before it prints; of several, what is mended first.
    pub(super) fn trouble(&self) -> Option<PaperTrouble> {
        let weighed = self.weighed().filter(|(_, weight)| *weight == Weight::Error);
        let worst = weighed.filter_map(|(word, _)| named(word)).min_by_key(|trouble| order(*trouble));
        worst.or_else(|| (self.stopped || !self.accepts).then_some(PaperTrouble::Paused)).or_else(|| {
            // A word that nobody here knows, but by its own account an error.
            self.reasons.iter().any(|word| is_unknown_error(word)).then_some(PaperTrouble::Offline)
        })
    }

    /// The same of a printer that has a paper: whether it takes a next one is of no interest, and a queue whose printer
    /// does not answer says so in words that it otherwise keeps from the last time.
    pub(super) fn trouble_with_paper(&self) -> Option<PaperTrouble> {
        let gone = |word: &String| matches!(split(word).0, "offline" | "connecting-to-device");
        let here = Self { accepts: true, ..self.clone() };
        here.trouble().or_else(|| self.reasons.iter().any(gone).then_some(PaperTrouble::Offline))
    }

    /// Paper or toner will soon be empty, or is in one of several trays.
    pub(super) fn is_low(&self) -> bool {
        self.weighed().any(|(word, weight)| match word {
            "media-low" | "toner-low" | "marker-supply-low" | "developer-low" | "opc-near-eol" => {
                weight != Weight::Report
            }
            "media-empty" | "media-needed" | "toner-empty" | "marker-supply-empty" => {
                weight == Weight::Warning
            }
            _ => false,
        })
    }

    fn weighed(&self) -> impl Iterator<Item = (&str, Weight)> {
        self.reasons.iter().map(|word| split(word))
    }
}

fn split(reason: &str) -> (&str, Weight) {
    let suffixes = [("-report", Weight::Report), ("-warning", Weight::Warning), ("-error", Weight::Error)];
    let found =
        suffixes.into_iter().find_map(|(suffix, weight)| Some((reason.strip_suffix(suffix)?, weight)));
    found.unwrap_or((reason, Weight::Error))
}

fn named(word: &str) -> Option<PaperTrouble> {
    Some(match word {
        "cover-open" | "door-open" | "interlock-open" => PaperTrouble::CoverOpen,
        "media-jam" => PaperTrouble::Jam,
        "media-empty" | "media-needed" | "input-tray-missing" => PaperTrouble::PaperOut,
        "toner-empty"
        | "marker-supply-empty"
        | "developer-empty"
        | "marker-supply-missing"
        | "opc-life-over" => PaperTrouble::InkOut,
        "marker-waste-full" | "output-tray-missing" | "output-area-full" => PaperTrouble::Broken,
        "fuser-over-temp" | "fuser-under-temp" => PaperTrouble::Resting,
        "shutdown" | "offline" | "timed-out" => PaperTrouble::Offline,
        "paused" | "moving-to-paused" => PaperTrouble::Paused,
        _ => return None,
    })
}

/// What stands in the way of the rest is mended first.
fn order(trouble: PaperTrouble) -> usize {
    let first = [
        PaperTrouble::CoverOpen,
        PaperTrouble::Jam,
        PaperTrouble::PaperOut,
        PaperTrouble::InkOut,
        PaperTrouble::Broken,
        PaperTrouble::Resting,
        PaperTrouble::Offline,
    ];
    first.iter().position(|one| *one == trouble).unwrap_or(first.len())
}

fn is_unknown_error(reason: &str) -> bool {
    let known_to_be_none = ["none", "media-low", "toner-low", "marker-supply-low", "developer-low"];
    reason
        .strip_suffix("-error")
        .is_some_and(|word| named(word).is_none() && !known_to_be_none.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle(reasons: &[&str]) -> State {
        let reasons = reasons.iter().map(|word| (*word).to_owned()).collect();
        State { stopped: false, accepts: true, reasons }
    }

    #[test]
    fn the_suffix_says_how_much_a_reason_weighs() {
        for (reasons, trouble, low) in [
            (&["none"][..], None, false),
            (&["media-empty"], Some(PaperTrouble::PaperOut), false),
            (&["media-empty-error"], Some(PaperTrouble::PaperOut), false),
            (&["media-empty-warning"], None, true),
            (&["media-empty-report"], None, false),
            (&["media-jam-warning"], None, false),
            (&["toner-low"], None, true),
            (&["toner-low-warning", "media-low-report"], None, true),
            (&["toner-low-error"], None, true),
            (&["toner-low-report"], None, false),
            (&["cups-waiting-for-job-completed"], None, false),
            (&["com.maker.drum-error"], Some(PaperTrouble::Offline), false),
            (&["media-empty-error", "cover-open-error"], Some(PaperTrouble::CoverOpen), false),
            (&["paused", "media-jam"], Some(PaperTrouble::Jam), false),
        ] {
            let state = idle(reasons);
            assert_eq!((state.trouble(), state.is_low()), (trouble, low), "{reasons:?}");
        }
    }

    #[test]
    fn one_that_stands_still_is_paused_unless_it_says_why() {
        let stopped = State { stopped: true, ..idle(&[]) };
        assert_eq!(stopped.trouble(), Some(PaperTrouble::Paused));
        let empty = State { stopped: true, ..idle(&["media-empty-report"]) };
        assert_eq!(empty.trouble(), Some(PaperTrouble::Paused));
        let refusing = State { accepts: false, ..idle(&["none"]) };
        assert_eq!((refusing.trouble(), refusing.trouble_with_paper()), (Some(PaperTrouble::Paused), None));
    }

    #[test]
    fn a_queue_that_cannot_reach_its_printer_says_so_only_about_a_paper_that_it_has() {
        let state = idle(&["offline-report"]);
        assert_eq!((state.trouble(), state.trouble_with_paper()), (None, Some(PaperTrouble::Offline)));
    }
}
