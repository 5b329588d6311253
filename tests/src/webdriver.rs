//! A small W3C WebDriver client for the real web view, driven by Debian's WebKitWebDriver.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::http;

/// How long a page may take to show what a step waits for. Generous: the machine may be building something else.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a program may take to end.
const ENDING: Duration = Duration::from_secs(5);
const BETWEEN_LOOKS: Duration = Duration::from_millis(40);
/// The name under which WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A running program under WebDriver. Dropping it ends the program and the driver.
#[derive(Debug)]
pub struct Session {
    driver: Child,
    port: u16,
    id: String,
}

impl Session {
    /// Starts the program with its arguments and takes control of its windows.
    pub fn start(program: &Path, args: &[&str]) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let driver = Command::new("WebKitWebDriver")
            .args([format!("--port={port}"), "--host=127.0.0.1".to_owned()])
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            // Without it every start waits for an accessibility bus that a test display does not have.
            .env("NO_AT_BRIDGE", "1")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("WebKitWebDriver does not start; `cargo xtask setup` installs it")?;
        let mut session = Self { driver, port, id: String::new() };
        until(|| Ok(session.call("GET", "/status", &Value::Null).ok()))
            .context("WebKitWebDriver stays silent")?;
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "webkitgtk:browserOptions": { "binary": program, "args": args },
        } } });
        let begun = session.call("POST", "/session", &wanted).context("the program did not start")?;
        begun["sessionId"].as_str().context("a session without an id")?.clone_into(&mut session.id);
        Ok(session)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = http::exchange(self.port, method, path, &body)?;
        let mut answered: Value = serde_json::from_slice(&answer.body)
            .with_context(|| format!("{method} {path}: an answer that is not JSON"))?;
        let value = answered["value"].take();
        if answer.status >= 400 {
            bail!("{method} {path}: {} {}", value["error"], value["message"]);
        }
        Ok(value)
    }

    fn get(&self, path: &str) -> Result<Value> {
        self.call("GET", &format!("/session/{}{path}", self.id), &Value::Null)
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.call("POST", &format!("/session/{}{path}", self.id), body)
    }

    pub fn windows(&self) -> Result<Vec<String>> {
        Ok(serde_json::from_value(self.get("/window/handles")?)?)
    }

    /// Everything after this is about the window with this handle.
    pub fn switch(&self, window: &str) -> Result<()> {
        self.post("/window", &json!({ "handle": window })).map(drop)
    }

    pub fn address(&self) -> Result<String> {
        Ok(serde_json::from_value(self.get("/url")?)?)
    }

    /// Asks the window's manager to close it, as a person would.
    pub fn close(&self) -> Result<()> {
        self.call("DELETE", &format!("/session/{}/window", self.id), &Value::Null).map(drop)
    }

    pub fn reload(&self) -> Result<()> {
        self.post("/refresh", &json!({})).map(drop)
    }

    pub fn run(&self, script: &str, args: &[Value]) -> Result<Value> {
        self.post("/execute/sync", &json!({ "script": script, "args": args }))
    }

    /// The script calls its last argument when it is done.
    pub fn run_async(&self, script: &str, args: &[Value]) -> Result<Value> {
        self.post("/execute/async", &json!({ "script": script, "args": args }))
    }

    /// PNG of the page as it has become, painted.
    pub fn picture(&self) -> Result<Vec<u8>> {
        let painted = "const done = arguments[0];
            requestAnimationFrame(() => requestAnimationFrame(() => done(true)));";
        self.run_async(painted, &[])?;
        decoded(&self.get("/screenshot")?)
    }

    pub fn find_all(&self, css: &str) -> Result<Vec<Element<'_>>> {
        let found = self.post("/elements", &json!({ "using": "css selector", "value": css }))?;
        let found = found.as_array().context("a list of elements")?;
        found.iter().map(|element| Element::of(self, element)).collect()
    }

    /// Waits until the page shows it.
    pub fn find(&self, css: &str) -> Result<Element<'_>> {
        self.find_where(css, |_| Ok(true))
    }

    /// Waits until the page shows one that the test accepts.
    pub fn find_where(
        &self,
        css: &str,
        accept: impl Fn(&Element<'_>) -> Result<bool>,
    ) -> Result<Element<'_>> {
        let look = || {
            for element in self.find_all(css)? {
                if element.shown()? && accept(&element)? {
                    return Ok(Some(element));
                }
            }
            Ok(None)
        };
        until(look).with_context(|| format!("the page never showed {css}\n{}", self.evidence()))
    }

    /// Waits until the page shows it no more.
    pub fn gone(&self, css: &str) -> Result<()> {
        let look = || {
            for element in self.find_all(css)? {
                if element.shown()? {
                    return Ok(None);
                }
            }
            Ok(Some(()))
        };
        until(look).with_context(|| format!("the page still shows {css}\n{}", self.evidence()))
    }

    /// The words on the page and, when `HALL_EVIDENCE` names a folder, a picture of it there.
    fn evidence(&self) -> String {
        let mut evidence = self.text().unwrap_or_default();
        if let Some(folder) = std::env::var_os("HALL_EVIDENCE") {
            let path = Path::new(&folder).join(format!("{}.png", self.id));
            let kept = self.picture().and_then(|picture| Ok(std::fs::write(&path, picture)?));
            let said = match kept {
                Ok(()) => path.display().to_string(),
                Err(error) => format!("no picture: {error}"),
            };
            evidence = [evidence, said].join("\n");
        }
        evidence
    }

    /// Waits until a picture on the page has been decoded and painted.
    pub fn drawn(&self, css: &str) -> Result<()> {
        self.find(css)?;
        let script = "const done = arguments[arguments.length - 1];
            document.querySelector(arguments[0]).decode().then(
              () => requestAnimationFrame(() => requestAnimationFrame(() => done(true))), () => done(false));";
        let drawn = self.run_async(script, &[json!(css)])?;
        ensure!(drawn == true, "{css} is no picture");
        Ok(())
    }

    /// All the words on the page.
    pub fn text(&self) -> Result<String> {
        Ok(serde_json::from_value(self.run("return document.body.innerText", &[])?)?)
    }

    /// Presses and releases one key, wherever the page has its focus.
    pub fn press(&self, key: &str) -> Result<()> {
        self.post(
            "/actions",
            &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": [
                { "type": "keyDown", "value": key }, { "type": "keyUp", "value": key },
            ] }] }),
        )
        .map(drop)
    }

    /// Puts a finger on the page at a point and holds it there.
    pub fn hold(&self, x: u32, y: u32, time: Duration) -> Result<()> {
        self.post(
            "/actions",
            &json!({ "actions": [{ "type": "pointer", "id": "finger", "parameters": { "pointerType": "mouse" },
                "actions": [
                    { "type": "pointerMove", "duration": 0, "x": x, "y": y },
                    { "type": "pointerDown", "button": 0 },
                    { "type": "pause", "duration": time.as_millis() as u64 },
                    { "type": "pointerUp", "button": 0 },
                ] }] }),
        )
        .map(drop)
    }
}

impl Session {
    /// Processes that the driver has started, as the kernel lists them.
    fn children(&self) -> Vec<String> {
        let driver = self.driver.id();
        let listed = std::fs::read_to_string(format!("/proc/{driver}/task/{driver}/children"));
        listed.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let program = self.children();
        if !self.id.is_empty() {
            // The driver may be gone with the program already; either way nothing is left to end.
            let _already_ended = self.call("DELETE", &format!("/session/{}", self.id), &Value::Null);
        }
        // The driver ends the program a moment after it has answered, and not at all when it is killed before.
        let begun = Instant::now();
        while self.children().iter().any(|child| program.contains(child)) && begun.elapsed() < ENDING {
            sleep(BETWEEN_LOOKS);
        }
        let _already_ended = self.driver.kill().and_then(|()| self.driver.wait());
    }
}

/// Something on the page.
#[derive(Debug)]
pub struct Element<'a> {
    session: &'a Session,
    id: String,
}

impl<'a> Element<'a> {
    fn of(session: &'a Session, found: &Value) -> Result<Self> {
        let id = found[ELEMENT].as_str().context("an element without an id")?.to_owned();
        Ok(Self { session, id })
    }

    fn path(&self, what: &str) -> String {
        format!("/element/{}{what}", self.id)
    }

    /// Whether it takes room on the page and is not hidden. (WebKitWebDriver's own answer is wrong inside of lists
    /// that scroll.)
    pub fn shown(&self) -> Result<bool> {
        let script = "const box = arguments[0].getBoundingClientRect();
            return box.width > 0 && box.height > 0 &&
              arguments[0].checkVisibility({ visibilityProperty: true, opacityProperty: true });";
        // An element that the page has replaced meanwhile is not shown any more.
        Ok(self.session.run(script, &[json!({ ELEMENT: self.id })]).is_ok_and(|shown| shown == true))
    }

    /// Its words, as the page lays them out. (WebKitWebDriver's own answer leaves out what it wrongly thinks hidden.)
    pub fn text(&self) -> Result<String> {
        let words = self.session.run("return arguments[0].innerText", &[json!({ ELEMENT: self.id })])?;
        Ok(serde_json::from_value(words)?)
    }

    pub fn attribute(&self, name: &str) -> Result<Option<String>> {
        Ok(serde_json::from_value(self.session.get(&self.path(&format!("/attribute/{name}")))?)?)
    }

    pub fn tap(&self) -> Result<()> {
        self.session.post(&self.path("/click"), &json!({})).map(drop)
    }

    /// Types after what is there.
    pub fn write(&self, text: &str) -> Result<()> {
        self.session.post(&self.path("/value"), &json!({ "text": text })).map(drop)
    }

    /// Types instead of what is there.
    pub fn fill(&self, text: &str) -> Result<()> {
        self.session.post(&self.path("/clear"), &json!({}))?;
        self.write(text)
    }

    pub fn picture(&self) -> Result<Vec<u8>> {
        decoded(&self.session.get(&self.path("/screenshot"))?)
    }
}

fn decoded(base64: &Value) -> Result<Vec<u8>> {
    Ok(STANDARD.decode(base64.as_str().context("a picture")?)?)
}

/// Looks again and again until there is something, or patience ends.
pub fn until<T>(look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    within(PATIENCE, look)
}

pub fn within<T>(patience: Duration, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let begun = Instant::now();
    loop {
        let last = match look() {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => anyhow!("waited {} s in vain", patience.as_secs()),
            Err(error) => error,
        };
        if begun.elapsed() > patience {
            return Err(last);
        }
        sleep(BETWEEN_LOOKS);
    }
}
