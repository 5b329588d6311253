//! What errors and logs must never say: an identity number, a phone, a name. Every text of every command is
//! tried with an identity number in the wrong field.

use std::io::Write;
use std::sync::{Arc, Mutex};

use hall_app::Code;
use hall_app::api::shared::AgreementForm;
use hall_app::api::{DeskCommand, DeskReply, KioskCommand, examples};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

use crate::reply;
use crate::support::{Market, PIN, assert_no_number, id_number, worker_form};

/// Keeps what is logged.
#[derive(Clone, Default)]
pub(crate) struct Kept(pub(crate) Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Ids that are there, for the example's that is not.
struct Ids {
    employer: String,
    post: String,
    worker: String,
    ticket: String,
    staff: String,
}

impl Ids {
    fn put_in(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    let id = match name.as_str() {
                        "employer" => &self.employer,
                        "post" => &self.post,
                        "worker" => &self.worker,
                        "ticket" => &self.ticket,
                        "staff" | "supervisor" => &self.staff,
                        _ => {
                            self.put_in(field);
                            continue;
                        }
                    };
                    *field = Value::String(id.clone());
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.put_in(item)),
            _ => {}
        }
    }
}

/// Paths to every text of a value.
fn texts(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(path.to_owned()),
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| texts(field, &format!("{path}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, item)| texts(item, &format!("{path}/{n}"), found));
        }
        _ => {}
    }
}

/// Every command with `number` in the place of each of its texts, as far as that is still a command.
fn mistaken<C: Serialize + DeserializeOwned>(commands: &[C], ids: &Ids, number: &str) -> Vec<C> {
    let mut wrong = Vec::new();
    for command in commands {
        let mut value = serde_json::to_value(command).unwrap();
        ids.put_in(&mut value);
        let mut paths = Vec::new();
        texts(&value, "", &mut paths);
        for path in paths {
            let mut value = value.clone();
            *value.pointer_mut(&path).unwrap() = Value::String(number.to_owned());
            wrong.extend(serde_json::from_value(value).ok());
        }
    }
    wrong
}

fn scenario(market: &Market) {
    let post = market.publish(1);
    let ticket = market.take(1, &post);
    market.take(2, &post);
    market.act(DeskCommand::IssueCard { worker: ticket.worker.clone() });
    let form = AgreementForm { identities_checked: true, ..AgreementForm::default() };
    market.act(DeskCommand::MakeAgreement { ticket: ticket.id.clone(), form, overriding: None });
    market.ask_kiosk(KioskCommand::SignOut).unwrap();
    let ids = Ids {
        employer: market.employer(),
        post: market
            .publish_form(hall_app::api::shared::PostForm { title: "抹灰".into(), ..market.form() }),
        worker: ticket.worker,
        ticket: ticket.id,
        staff: market.supervisor.clone(),
    };
    let number = id_number(77);
    let mut asked = 0;
    for command in mistaken(&examples::desk(), &ids, &number) {
        // These would end the session or change who may act.
        if matches!(command, DeskCommand::Lock | DeskCommand::SetPin { .. } | DeskCommand::RetireStaff { .. })
        {
            continue;
        }
        asked += 1;
        let shown = format!("{command:?}");
        if let Err(error) = market.ask(command) {
            assert_ne!(error.code, Code::Internal, "{shown}");
            assert_no_number(&error.message);
            for finding in &error.findings {
                assert_no_number(&finding.message);
            }
        }
    }
    for command in mistaken(&examples::kiosk(), &ids, &number) {
        asked += 1;
        if let Err(error) = market.ask_kiosk(command) {
            assert_ne!(error.code, Code::Internal);
            assert_no_number(&error.message);
        }
    }
    assert!(asked > 120, "{asked}");
}

#[test]
fn no_error_and_no_log_line_names_anybody() {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(kept.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let mut market = Market::new();
        scenario(&market);
        // What goes wrong underneath is logged.
        let mut options = market.site.options();
        options.free_floor_bytes = Some(u64::MAX);
        market.reopen_with(options);
        market.log_in(crate::support::DESK, &market.supervisor, PIN).unwrap();
        let register = DeskCommand::RegisterWorker { form: worker_form(5), sign_in: true };
        assert_eq!(market.ask(register).unwrap_err().code, Code::DiskFull);
        assert!(matches!(market.act(DeskCommand::View), DeskReply::View(_)));
        let view = reply!(market.act(DeskCommand::View), DeskReply::View);
        assert!(view.session.is_some());
    });
    let logged = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("the act was not saved"), "{logged}");
    assert_no_number(&logged);
    for n in [1, 2, 5] {
        let person = worker_form(n);
        for secret in [&person.name, &person.id_number, &person.phone, &person.address] {
            assert!(!logged.contains(secret.as_str()), "{secret} is in the log");
        }
    }
    assert!(!logged.contains(PIN) && !logged.contains("argon2"));
}
