//! The staff desk as a clerk uses it.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use crate::webdriver::Session;

#[derive(Clone, Copy, Debug)]
pub struct Desk<'a>(pub &'a Session);

/// What a clerk types of an employer.
#[derive(Clone, Debug)]
pub struct Employer<'a> {
    pub name: &'a str,
    pub code: &'a str,
    pub address: &'a str,
    pub phone: &'a str,
    pub legal_head: &'a str,
    pub papers: &'a str,
}

/// Field of the post form and what the clerk types there.
pub type Fields<'a> = &'a [(&'a str, &'a str)];

/// What a clerk types of a walk-in.
#[derive(Clone, Debug)]
pub struct WalkIn<'a> {
    pub name: &'a str,
    pub id_number: &'a str,
    pub phone: &'a str,
    pub trades: &'a [&'a str],
}

fn by(testid: &str) -> String {
    format!("[data-testid=\"{testid}\"]")
}

impl Desk<'_> {
    fn tap(self, testid: &str) -> Result<()> {
        self.0.find(&by(testid))?.tap().with_context(|| testid.to_owned())
    }

    fn fill(self, testid: &str, text: &str) -> Result<()> {
        self.0.find(&by(testid))?.fill(text).with_context(|| testid.to_owned())
    }

    pub fn shown(self, testid: &str) -> Result<String> {
        self.0.find(&by(testid))?.text()
    }

    /// First start of a hall.
    pub fn set_up(self, hall: &str, county: &str, supervisor: &str, pin: &str) -> Result<()> {
        self.fill("setup-hall-name", hall)?;
        self.fill("setup-county", county)?;
        self.fill("setup-staff-name", supervisor)?;
        self.fill("setup-pin", pin)?;
        self.fill("setup-pin-again", pin)?;
        self.tap("setup-submit")?;
        self.0.gone(&by("setup"))
    }

    pub fn log_in(self, pin: &str) -> Result<()> {
        self.fill("login-pin", pin)?;
        self.tap("login-submit")?;
        self.0.find(&by("page-dispatch")).map(drop)
    }

    pub fn go(self, page: &str) -> Result<()> {
        self.tap(&format!("nav-{page}"))?;
        self.0.find(&by(&format!("page-{page}"))).map(drop)
    }

    pub fn register_employer(self, employer: &Employer<'_>) -> Result<()> {
        self.go("employers")?;
        self.tap("employer-add")?;
        self.tap("employer-kind-organisation")?;
        self.fill("employer-name", employer.name)?;
        self.fill("employer-code", employer.code)?;
        self.fill("employer-address", employer.address)?;
        self.fill("employer-phone", employer.phone)?;
        self.fill("employer-legal-head", employer.legal_head)?;
        self.fill("employer-papers", employer.papers)?;
        self.tap("employer-submit")?;
        self.0.gone(&by("employer-form"))
    }

    /// Opens the form, fills it and leaves it open: the rules have their say before it is published.
    pub fn draft_post(self, employer: &str, fields: Fields<'_>, choices: Fields<'_>) -> Result<()> {
        self.go("dispatch")?;
        self.tap("act-publish")?;
        self.fill("post-employer", employer)?;
        self.0.find_where(&by("post-employer-option"), |row| Ok(row.text()?.contains(employer)))?.tap()?;
        self.0.find(&by("post-employer-chosen"))?;
        for (field, text) in fields {
            self.fill(&format!("post-{field}"), text)?;
        }
        for (field, value) in choices {
            self.choose(&format!("post-{field}"), value)?;
        }
        Ok(())
    }

    /// WebKitWebDriver opens no list of a select; the page hears of the choice as it would from a person.
    fn choose(self, testid: &str, value: &str) -> Result<()> {
        self.0.find(&by(testid))?;
        let script = "const select = document.querySelector(arguments[0]);
            select.value = arguments[1];
            select.dispatchEvent(new Event('change', { bubbles: true }));
            return select.value;";
        let chosen = self.0.run(script, &[json!(by(testid)), json!(value)])?;
        anyhow::ensure!(chosen == value, "{testid} offers no {value}");
        Ok(())
    }

    /// Codes of the findings beside the form.
    pub fn findings(self) -> Result<Vec<String>> {
        let mut codes = Vec::new();
        for finding in self.0.find_all(&by("finding"))? {
            codes.extend(finding.attribute("data-code")?);
        }
        Ok(codes)
    }

    pub fn publish(self) -> Result<()> {
        self.tap("post-publish")?;
        self.0.gone(&by("page-post-form"))
    }

    pub fn register_and_sign_in(self, worker: &WalkIn<'_>) -> Result<()> {
        // Afresh: the page of the one before still stands there.
        self.go("dispatch")?;
        self.go("register")?;
        self.fill("worker-name", worker.name)?;
        self.fill("worker-id-number", worker.id_number)?;
        self.fill("worker-phone", worker.phone)?;
        for trade in worker.trades {
            self.fill("worker-trades", trade)?;
            self.0.find_where(&by("trade-option"), |option| Ok(option.text()? == *trade))?.tap()?;
        }
        self.tap("worker-submit")?;
        self.0.gone(&by("worker-submit"))
    }

    /// Types or scans something into the search and presses Enter.
    pub fn search(self, text: &str) -> Result<()> {
        let search = self.0.find(&by("search"))?;
        search.fill(text)?;
        search.write("\u{e007}")
    }

    /// A hand scanner types like a very fast person, Enter included.
    pub fn scan(self, text: &str) -> Result<()> {
        self.0.find(&by("search"))?.write(&format!("{text}\u{e007}"))
    }

    /// Adds a kiosk to the hall; its invitation, which is left open, with the address that it leads to.
    pub fn invite_kiosk(self, name: &str) -> Result<(String, SocketAddr)> {
        self.go("devices")?;
        self.tap("device-add")?;
        self.fill("device-name", name)?;
        self.tap("device-add-yes")?;
        let text = self.shown("invitation-text")?.split_whitespace().collect();
        let address = self.0.find(".address")?.text()?;
        Ok((text, address.trim_start_matches('@').parse().context("no address in the invitation")?))
    }

    pub fn close_invitation(self) -> Result<()> {
        self.tap("invitation-done")?;
        self.0.gone(&by("invitation"))
    }

    /// Waits until the list of machines says that one of that name can be reached.
    pub fn reaches(self, name: &str) -> Result<()> {
        self.go("devices")?;
        let reached = "[data-testid=\"device-row\"]:has([data-testid=\"device-contact\"][data-tone=\"go\"])";
        self.0.find_where(reached, |row| Ok(row.text()?.contains(name))).map(drop)
    }

    /// How many ops of the machine of that name are here, by the list of machines.
    pub fn ops_of(self, name: &str) -> Result<u64> {
        let row = self.0.find_where(&by("device-row"), |row| Ok(row.text()?.contains(name)))?.text()?;
        let ops = row.split(['\n', '\t']).find_map(|cell| cell.trim().strip_suffix(" 条"));
        ops.context("no number of ops")?.parse().context("a number of ops")
    }

    /// Writes a stick on the open page of machines; the path of the file.
    pub fn write_stick(self, reader: &str) -> Result<String> {
        self.tap("stick-write")?;
        self.choose("stick-reader", reader)?;
        self.tap("stick-write-yes")?;
        let place = self.shown("stick-place")?;
        self.tap("stick-write-done")?;
        self.0.gone(&by("stick-write-dialog"))?;
        Ok(place)
    }

    pub fn begin_to_read_sticks(self) -> Result<()> {
        self.tap("stick-read")?;
        self.0.find(&by("stick-read-dialog")).map(drop)
    }

    /// Chooses a file in the open dialog; what the desk then says of the stick.
    pub fn read_stick(self, path: &Path) -> Result<String> {
        self.choose_stick(path)?;
        self.shown("stick-done")
    }

    /// Chooses a file that is no stick; what the desk says instead.
    pub fn read_no_stick(self, path: &Path) -> Result<String> {
        self.choose_stick(path)?;
        self.shown("stick-read-problem")
    }

    pub fn close_sticks(self) -> Result<()> {
        self.tap("stick-read-close")?;
        self.0.gone(&by("stick-read-dialog"))
    }

    fn choose_stick(self, path: &Path) -> Result<()> {
        self.0.find(&by("stick-file"))?.write(path.to_str().context("a name that is text")?)?;
        let name = path.file_name().and_then(|name| name.to_str()).context("a file's name")?;
        // A file of another name than the one before, so that nothing that is shown is of that one.
        self.0.find_where(&by("stick-name"), |shown| Ok(shown.text()? == name)).map(drop)
    }

    /// Waits until the county has all that this machine wrote.
    pub fn is_at_county(self) -> Result<()> {
        self.0.find("[data-testid=\"stored-county\"][data-tone=\"go\"]").map(drop)
    }

    /// Opens the details of a post, with whatever tickets it has; how many those are.
    pub fn open_post(self, title: &str) -> Result<usize> {
        self.go("dispatch")?;
        self.fill("filter-posts", title)?;
        self.0.find_where(&by("row-posts"), |row| Ok(row.text()?.contains(title)))?.tap()?;
        self.tap("act-detail")?;
        self.0.find(&by("post-detail"))?;
        self.0.find(&by("custody"))?;
        Ok(self.0.find_all(&by("post-ticket"))?.len())
    }

    pub fn close_post(self) -> Result<()> {
        self.0.press("\u{e00c}")?;
        self.0.gone(&by("post-detail"))
    }

    /// Finds a ticket by what is on the slip.
    pub fn open_ticket(self, code: &str) -> Result<()> {
        self.search(code)?;
        self.0.find(&by("page-ticket"))?;
        self.0.find(&by("ticket-verdict")).map(drop)
    }

    /// Makes the paper of the open ticket; the path of the file.
    pub fn make_agreement(self) -> Result<String> {
        self.tap("agreement-identities")?;
        if !self.0.find_all(&by("ask-post-type"))?.is_empty() {
            self.tap("post-type-50")?;
        }
        self.tap("agreement-make")?;
        // The pages are read before they are made.
        self.0.find(&by("preview-page"))?;
        self.tap("preview-make")?;
        self.0.find(&by("agreement-made"))?;
        self.shown("agreement-path")
    }

    /// Records what became of the open ticket.
    pub fn outcome(self, outcome: &str) -> Result<()> {
        self.tap("ticket-outcome")?;
        self.tap(&format!("outcome-{outcome}"))?;
        self.tap("outcome-submit")?;
        self.0.gone(&by("outcome-dialog"))
    }
}
