//! Policies of accident insurance: written down as they were shown, corrected, printed, and never promised.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hall_app::Code;
use hall_app::api::desk::{InsuranceView, TicketCheck};
use hall_app::api::shared::{AgreementForm, InsuranceForm, TicketView};
use hall_app::api::{DeskCommand, DeskReply};
use hall_core::fact::Fact;
use hall_core::vocab::InsurancePayer;

use crate::papers::squeezed;
use crate::reply;
use crate::support::{CLERK_PIN, DESK, Market, ask_program, refused};

pub(crate) fn policy() -> InsuranceForm {
    InsuranceForm {
        insurer: "示范财险".into(),
        number: "P20261120".into(),
        days: 1,
        sum: 500_000,
        payer: InsurancePayer::Employer,
        claim_phone: "95519".into(),
    }
}

/// A market with one ticket on a place.
struct Insured {
    market: Market,
    ticket: TicketView,
}

impl Insured {
    fn new() -> Self {
        let market = Market::new();
        let ticket = market.take(1, &market.publish(1));
        Self { market, ticket }
    }

    fn command(&self, form: InsuranceForm) -> DeskCommand {
        DeskCommand::RecordInsurance { ticket: self.ticket.id.clone(), form }
    }

    fn record(&self, form: InsuranceForm) -> InsuranceView {
        reply!(self.market.act(self.command(form)), DeskReply::Insurance)
    }

    fn making(&self, insurance: Option<InsuranceForm>) -> DeskCommand {
        let form = AgreementForm { identities_checked: true, insurance, ..AgreementForm::default() };
        DeskCommand::MakeAgreement { ticket: self.ticket.id.clone(), form, overriding: None }
    }

    /// The words of an agreement that is made with that policy.
    fn paper(&self, insurance: Option<InsuranceForm>) -> String {
        let made = reply!(self.market.act(self.making(insurance)), DeskReply::Agreement);
        let pdf = BASE64.decode(&made.file.data).unwrap();
        squeezed(&ask_program("pdftotext", "poppler-utils", &["FILE", "-"], &pdf))
    }

    fn shown(&self) -> Option<InsuranceView> {
        let found = self.market.act(DeskCommand::FindTicket { text: self.ticket.code.clone() });
        let check: Box<TicketCheck> = reply!(found, DeskReply::TicketCheck);
        check.insurance
    }

    /// Every policy that the log tells of the ticket, in order.
    fn history(&self) -> Vec<String> {
        let ops = self.market.store().ops_of(self.ticket.id.parse().unwrap()).unwrap();
        let numbers = ops.into_iter().filter_map(|op| match op.fact {
            Fact::InsuranceRecorded(recorded) => Some(recorded.number),
            _ => None,
        });
        numbers.collect()
    }
}

#[test]
fn a_policy_is_recorded_with_the_agreement_that_prints_it() {
    let insured = Insured::new();
    assert_eq!(insured.shown(), None);
    assert!(!insured.paper(None).contains("保险单"), "nothing was shown, so nothing is said");
    let text = insured.paper(Some(policy()));
    let expected = "意外伤害保险（以保险单为准）：示范财险，保单号P20261120，保1天，保额50万元，\
                    保费由甲方付，理赔电话95519。此项不代替工伤保险。";
    assert!(text.contains(expected), "{text}");
    let shown = insured.shown().unwrap();
    assert_eq!((shown.policy, shown.by.as_str(), shown.at.as_str()), (policy(), "王主管", "05:00"));
    // The same policy on another copy is no news.
    insured.paper(Some(policy()));
    assert_eq!(insured.history(), ["P20261120"]);
    insured.market.verify();
}

#[test]
fn a_policy_that_comes_later_is_recorded_and_corrected_and_every_word_is_kept() {
    let mut insured = Insured::new();
    insured.paper(None);
    insured.market.set("05:40");
    assert_eq!(insured.record(policy()).at, "05:40");
    let staff = insured.market.clerk();
    insured.market.log_in(DESK, &staff, CLERK_PIN).unwrap();
    let corrected = InsuranceForm {
        number: "P20261121".into(),
        sum: 105_000,
        payer: InsurancePayer::Subsidy,
        claim_phone: "400-810-1234".into(),
        ..policy()
    };
    insured.market.pass(60_000);
    let view = insured.record(corrected);
    assert_eq!((view.by.as_str(), view.at.as_str()), ("李敏", "05:41"));
    assert_eq!((view.policy.sum, view.policy.claim_phone.as_str()), (105_000, "4008101234"));
    assert_eq!(insured.record(view.policy.clone()), view, "said twice, it is written once");
    assert_eq!(insured.history(), ["P20261120", "P20261121"]);
    insured.market.reopen();
    assert_eq!(insured.shown(), Some(view.clone()));
    let text = insured.paper(Some(view.policy));
    assert!(text.contains("保额105000元，保费由政府补贴，理赔电话4008101234"), "{text}");
}

#[test]
fn every_payer_has_words_of_his_own_on_the_paper() {
    let insured = Insured::new();
    let words = ["甲方付", "乙方付", "奎文示范零工客栈付", "政府补贴", "其他人付"];
    assert_eq!(InsurancePayer::ALL.len(), words.len());
    for (payer, words) in InsurancePayer::ALL.iter().zip(words) {
        let text = insured.paper(Some(InsuranceForm { payer: *payer, ..policy() }));
        assert!(text.contains(&format!("保费由{words}，")), "{payer:?}: {text}");
    }
}

#[test]
fn a_policy_that_cannot_be_one_is_refused_whole() {
    let insured = Insured::new();
    for bad in [
        InsuranceForm { insurer: String::new(), ..policy() },
        InsuranceForm { insurer: "保".repeat(61), ..policy() },
        InsuranceForm { number: " ".into(), ..policy() },
        InsuranceForm { days: 0, ..policy() },
        InsuranceForm { days: 3_661, ..policy() },
        InsuranceForm { sum: 0, ..policy() },
        InsuranceForm { sum: 100_000_001, ..policy() },
        InsuranceForm { claim_phone: "1".into(), ..policy() },
        InsuranceForm { claim_phone: "9551a".into(), ..policy() },
        InsuranceForm { claim_phone: String::new(), ..policy() },
    ] {
        refused(insured.market.ask(insured.making(Some(bad.clone()))), Code::BadInput);
        refused(insured.market.ask(insured.command(bad)), Code::BadInput);
    }
    assert_eq!((insured.shown(), insured.market.ticket(&insured.ticket).agreement), (None, None));
}

#[test]
fn policies_are_recorded_by_staff_and_for_places() {
    let insured = Insured::new();
    let post = insured.ticket.post.id.clone();
    let standby = insured.market.take(2, &post);
    assert_eq!(standby.place, None);
    let record = DeskCommand::RecordInsurance { ticket: standby.id, form: policy() };
    refused(insured.market.ask(record), Code::TooLate);
    let unknown = DeskCommand::RecordInsurance { ticket: "1.1.9999".into(), form: policy() };
    refused(insured.market.ask(unknown), Code::NotFound);
    insured.market.act(DeskCommand::Lock);
    refused(insured.market.ask(insured.command(policy())), Code::Locked);
}
