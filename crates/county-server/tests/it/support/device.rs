//! A device: the node that devices run, over a log in memory, with a line to the county.

use std::collections::VecDeque;

use county_server::enrol::{Application, Enrolled};
use county_server::postgres::extract::Extract;
use ed25519_dalek::{SigningKey, VerifyingKey};
use hall_core::fact::{Fact, Holder, Scope};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant};
use hall_log::{Certificate, Draft, Head, Ledger as _, Op, Seal, Series, Subject, base32};
use hall_sync::node::Identity;
use hall_sync::run::pack;
use hall_sync::stick::{Export, Import, Part, Parts};
use hall_sync::trust::Reader;
use hall_sync::wire::{
    self, Answer, Ask, Have, LIMITS, Payload, Refused, Request, Response, Signed, VERSION, Verdict,
};
use hall_sync::{Input, Node, Now, Output, Trust};

use crate::support::http::{Line, Reply};
use crate::support::site::Host;

pub(crate) struct Device {
    pub(crate) me: Holder,
    pub(crate) hall: u32,
    pub(crate) key: SigningKey,
    pub(crate) certificate: Certificate,
    pub(crate) ledger: Extract,
    /// It learned that its epoch is over.
    pub(crate) fenced: bool,
    series: Series,
    node: Node,
    now: Now,
    /// The node's last message, as long as it is not sent.
    outbox: Option<(u64, Signed)>,
}

pub(crate) fn wall() -> Instant {
    county_server::county::now()
}

pub(crate) fn new_key() -> SigningKey {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    SigningKey::from_bytes(&seed)
}

/// Applies with `code`; the reply as it came.
pub(crate) fn apply(address: &str, code: &str, key: &SigningKey) -> Reply {
    apply_as(address, code, key, None)
}

/// Applies with a number that it has already.
pub(crate) fn apply_as(address: &str, code: &str, key: &SigningKey, device: Option<u32>) -> Reply {
    let key = base32::encode(key.verifying_key().as_bytes());
    let body = serde_json::to_vec(&Application { code: code.to_owned(), key, device }).unwrap();
    Line::open(address).ask("POST", "/v1/enrol", &body)
}

pub(crate) fn enrolled(reply: &Reply) -> (Enrolled, Certificate) {
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    let enrolled: Enrolled = serde_json::from_slice(&reply.body).unwrap();
    let certificate = Certificate::decode(&base32::decode(&enrolled.certificate).unwrap()).unwrap();
    (enrolled, certificate)
}

/// Status and name of a refusal.
pub(crate) fn error(reply: &Reply) -> (u16, String) {
    let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    (reply.status, body["error"].as_str().unwrap().to_owned())
}

/// What came back for one message.
pub(crate) fn post(address: &str, message: &[u8]) -> (u16, Answer) {
    let reply = Line::open(address).ask("POST", "/v1/sync", message);
    assert_eq!(reply.kind, "application/cbor");
    (reply.status, minicbor::decode(&reply.body).unwrap())
}

/// A new hall with a kiosk and a desk.
pub(crate) fn opened(site: &impl Host) -> (u32, Device, Device) {
    let hall = site.add_hall();
    let kiosk = Device::enrol(site, hall, DeviceRole::Kiosk);
    (hall, kiosk, Device::enrol(site, hall, DeviceRole::Desk))
}

/// A kiosk and its copy, which the county has met.
pub(crate) struct Copied {
    pub(crate) hall: u32,
    pub(crate) original: Device,
    pub(crate) copy: Device,
    /// What the copy wrote in the place of what the original had written.
    pub(crate) forked: Vec<Op>,
}

pub(crate) fn copied(site: &impl Host) -> Copied {
    let hall = site.add_hall();
    let mut original = Device::enrol(site, hall, DeviceRole::Kiosk);
    let mut copy = Device::new(site, original.key.clone(), original.certificate.clone());
    original.write_said(5, "original");
    original.sync(&site.address());
    let forked = copy.write_said(8, "copy");
    let response = copy.ask(&site.address(), &copy.request(&forked)).unwrap();
    assert_eq!(response.refused, [(forked[0].envelope.id, Verdict::Fork)]);
    Copied { hall, original, copy, forked }
}

/// Every op of `series` that a device holds, as text.
pub(crate) fn told(device: &Device, series: Holder) -> Vec<String> {
    let ops = device.ledger.ops_after(series, 0, usize::MAX).unwrap();
    ops.iter().map(|op| format!("{op:?} {:?}", op.payload)).collect()
}

impl Device {
    /// A device that was enrolled over the line.
    pub(crate) fn enrol(site: &impl Host, hall: u32, role: DeviceRole) -> Self {
        let key = new_key();
        let (enrolled, certificate) = enrolled(&apply(&site.address(), &site.code(hall, role), &key));
        assert_eq!((enrolled.hall, enrolled.device, enrolled.role), (hall, certificate.bearer.device, role));
        Self::new(site, key, certificate)
    }

    pub(crate) fn new(site: &impl Host, key: SigningKey, certificate: Certificate) -> Self {
        Self::knowing(site, key, certificate, &[])
    }

    /// A device that knows others from before it first speaks.
    pub(crate) fn knowing(
        site: &impl Host,
        key: SigningKey,
        certificate: Certificate,
        others: &[Certificate],
    ) -> Self {
        let mut device = Self::of(site.county().verifying_key(), key, certificate);
        for other in others {
            device.believe(other);
        }
        device
    }

    /// A device that believes whomever `root` vouched for.
    pub(crate) fn of(root: VerifyingKey, key: SigningKey, certificate: Certificate) -> Self {
        let bearer = certificate.bearer;
        let me = Holder { device: bearer.device, epoch: 1 };
        let identity = Identity { me, certificate: certificate.clone(), key: key.clone() };
        let trust = Trust::new([root]);
        let now = Now { wall: wall(), mono: Instant(0) };
        let upstream = Reader { hall: 0, role: DeviceRole::County };
        Self {
            me,
            hall: bearer.hall,
            node: Node::new(identity, trust, vec![upstream], now),
            key,
            certificate,
            ledger: Extract::default(),
            fenced: false,
            series: Series::new(me.device, me.epoch),
            now,
            outbox: None,
        }
    }

    /// Writes `count` ops about nothing in particular.
    pub(crate) fn write(&mut self, count: usize) -> Vec<Op> {
        self.write_said(count, "act")
    }

    /// Writes `count` ops whose payloads say `word`.
    pub(crate) fn write_said(&mut self, count: usize, word: &str) -> Vec<Op> {
        let from = self.series.head().seq;
        let draft = |n: u64| Draft {
            subject: Subject::New,
            by: None,
            kind: 40,
            schema: 1,
            scope: Scope::Hall,
            payload: format!("{word} {}", from + n).into_bytes(),
        };
        self.append((0..count as u64).map(draft).collect())
    }

    /// Writes `count` ops of `bytes` bytes each that nothing compresses.
    pub(crate) fn write_noise(&mut self, count: usize, bytes: usize) -> Vec<Op> {
        let draft = || {
            let mut payload = vec![0; bytes];
            getrandom::fill(&mut payload).unwrap();
            Draft { subject: Subject::New, by: None, kind: 40, schema: 1, scope: Scope::Hall, payload }
        };
        self.append((0..count).map(|_| draft()).collect())
    }

    /// Writes `count` ops that only desks and the county may read.
    pub(crate) fn write_for_desks(&mut self, count: usize) -> Vec<Op> {
        let draft = |n: usize| Draft {
            subject: Subject::New,
            by: None,
            kind: 32,
            schema: 1,
            scope: Scope::Desk,
            payload: format!("for desks {n}").into_bytes(),
        };
        self.append((0..count).map(draft).collect())
    }

    /// Writes one fact about `subject`.
    pub(crate) fn state(&mut self, subject: Subject, fact: &Fact) -> Vec<Op> {
        self.append(vec![Draft {
            subject,
            by: None,
            kind: fact.kind(),
            schema: Fact::schema(),
            scope: fact.scope(),
            payload: fact.encode(),
        }])
    }

    /// Registers a worker; that the payload is only a name is nobody's business here.
    pub(crate) fn register_worker(&mut self, name: &str) -> Vec<Op> {
        self.about_worker(Subject::New, 30, name)
    }

    pub(crate) fn change_worker(&mut self, worker: EntityId, name: &str) -> Vec<Op> {
        self.about_worker(Subject::Entity(worker), 31, name)
    }

    fn about_worker(&mut self, subject: Subject, kind: u16, name: &str) -> Vec<Op> {
        let payload = name.as_bytes().to_vec();
        self.append(vec![Draft { subject, by: None, kind, schema: 1, scope: Scope::Hall, payload }])
    }

    fn append(&mut self, drafts: Vec<Draft>) -> Vec<Op> {
        let ops = self.series.append(wall(), drafts).unwrap();
        for op in &ops {
            self.ledger
                .set_head(self.me, Head { seq: op.envelope.id.seq, chain: op.chain, hlc: op.envelope.hlc });
            self.ledger.add_op(op.clone());
        }
        ops
    }

    /// Asks for places from now on.
    pub(crate) fn wish(&mut self, asks: Vec<Ask>) {
        self.step(Input::Asks { asks, hands_on: true });
    }

    /// How far `series` is here.
    pub(crate) fn has(&self, series: Holder) -> u64 {
        self.ledger.head(series).unwrap().seq
    }

    /// Exchanges until neither side has anything more to say; the answers.
    pub(crate) fn sync(&mut self, address: &str) -> Vec<Response> {
        let mut line = Line::open(address);
        let mut answers = Vec::new();
        loop {
            let Some((exchange, message)) = self.sent() else {
                assert!(self.fenced, "a node with a line always has something to send");
                return answers;
            };
            let request = message.request().unwrap();
            let brought = !request.push.is_empty() || !request.payloads.is_empty();
            let reply = line.ask("POST", "/v1/sync", &wire::encode(&message));
            let answer: Answer = minicbor::decode(&reply.body).unwrap();
            let response = answer.clone().unwrap();
            self.step(Input::Response { upstream: 0, exchange, response: answer });
            let first = answers.is_empty();
            let quiet = !first && !brought && response.pull.is_empty() && !response.more;
            answers.push(response);
            if quiet || self.fenced {
                return answers;
            }
        }
    }

    /// The node's next message; time passes as it wishes.
    fn sent(&mut self) -> Option<(u64, Signed)> {
        self.now.mono = self.now.mono.max(self.node.wake().unwrap_or(self.now.mono));
        self.step(Input::Changed);
        self.outbox.take()
    }

    fn step(&mut self, input: Input) {
        let mut todo: VecDeque<Output> = self.node.step(self.now, input, &self.ledger).unwrap().into();
        while let Some(output) = todo.pop_front() {
            let next = match output {
                Output::Import { job, judged, payloads } => {
                    self.ledger.apply(judged);
                    for Payload { op, bytes } in payloads {
                        let op = self.ledger.op(op).unwrap().unwrap();
                        self.ledger.complete(Op { payload: Some(bytes), ..op });
                    }
                    Input::Imported { job, stored: true }
                }
                Output::Serve { job, .. } => Input::Served { job },
                Output::Send { exchange, message, .. } => {
                    self.outbox = Some((exchange, message));
                    continue;
                }
                Output::Fenced { .. } => {
                    self.fenced = true;
                    continue;
                }
                _ => continue,
            };
            todo.extend(self.node.step(self.now, next, &self.ledger).unwrap());
        }
    }

    /// A request that pushes `ops` of this device's own series, sealed at their end.
    pub(crate) fn request(&self, ops: &[Op]) -> Request {
        let seal = |op: &Op| Seal::sign(self.me, op.envelope.id.seq, op.chain, op.envelope.hlc, &self.key);
        Request {
            version: VERSION,
            from: self.me,
            certificate: self.certificate.clone(),
            have: ops.last().map(|op| Have::new(self.me, op.envelope.id.seq, op.chain)).into_iter().collect(),
            push: pack(ops, |_| true).into_iter().collect(),
            seals: ops.last().map(seal).into_iter().collect(),
            certificates: Vec::new(),
            asks: Vec::new(),
            wants: Vec::new(),
            payloads: Vec::new(),
            wait_ms: 0,
            limits: LIMITS,
        }
    }

    /// A request that asks for nothing and says that everything is here that the device has.
    pub(crate) fn at_rest(&self) -> Request {
        let heads = self.ledger.heads().unwrap();
        let have = heads.into_iter().map(|(series, head)| Have::new(series, head.seq, head.chain)).collect();
        Request { have, ..self.request(&[]) }
    }

    /// A request in which this device passes on what `author` wrote, as far as this device may read it.
    pub(crate) fn relaying(&self, author: &Self, ops: &[Op]) -> Request {
        let reader = Reader { hall: self.hall, role: self.certificate.bearer.role };
        Request {
            from: self.me,
            certificate: self.certificate.clone(),
            have: Vec::new(),
            push: pack(ops, |scope| reader.may_read(scope, author.hall)).into_iter().collect(),
            certificates: vec![author.certificate.clone()],
            ..author.request(ops)
        }
    }

    /// A stick with everything that a reader of that role may have.
    pub(crate) fn export(&self, role: DeviceRole) -> Vec<u8> {
        let key = self.key.clone();
        let identity = Identity { me: self.me, certificate: self.certificate.clone(), key };
        let reader = Reader { hall: self.hall, role };
        let mut export = Export::begin(identity, &self.node.trust, reader, wall()).unwrap();
        std::iter::from_fn(|| export.next(&self.ledger).unwrap()).flatten().collect()
    }

    /// Takes a stick that is good from its beginning to its end.
    pub(crate) fn import(&mut self, mut stick: &[u8]) {
        let (mut parts, mut import) = (Parts::default(), None);
        while let wanted @ 1.. = parts.wants() {
            let (piece, rest) = stick.split_at(wanted);
            stick = rest;
            match parts.take(piece).unwrap() {
                Some(Part::Header(header)) => {
                    let me = Reader { hall: self.hall, role: self.certificate.bearer.role };
                    import = Some(Import::begin(me, &self.node.trust, &header, wall()).unwrap());
                }
                Some(Part::Batch(batch)) => {
                    let taken = import.as_mut().unwrap().batch(&batch, &self.ledger).unwrap();
                    assert_eq!(taken.judged.refused, []);
                    for certificate in &taken.learned {
                        self.believe(certificate);
                    }
                    self.ledger.apply(taken.judged);
                }
                Some(Part::End(_)) | None => {}
            }
        }
    }

    /// Knows another device from now on.
    pub(crate) fn believe(&mut self, certificate: &Certificate) {
        assert!(self.node.trust.learn(certificate, wall()).is_ok());
    }

    /// What the county answers to a request that this device signs.
    pub(crate) fn ask(&self, address: &str, request: &Request) -> Result<Response, Refused> {
        post(address, &wire::encode(&Signed::by(request, &self.key))).1
    }
}
