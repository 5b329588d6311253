//! The archive without a database: the store of a hub in a folder, for a trial or for a single county.
//!
//! One process holds the folder. The log is in the store, what the log says of devices is derived from it, and what it
//! does not say is in the [book]. Bytes that go to the disk are waited for on the spot: there is one disk.

mod book;
mod devices;
mod log;
mod posts;
mod visit;

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ed25519_dalek::SigningKey;
use hall_core::fact::{DeviceRevoked, Fact};
use hall_core::vocab::DeviceRole;
use hall_core::{EntityId, Instant, OpId};
use hall_log::{Certificate, Chain, base32};
use hall_store::{Draft, Store, StoreConfig, StoreKeys};
use hall_sync::trust::HALL_NUMBERS;
use hall_sync::wire::Request;
use tokio::sync::Notify;
use tokio::task::block_in_place;

use crate::archive::{Archive, ArchiveError, Device, Grant, Listed, Revoked};
use crate::county::{County, DEVICE, now};
use crate::enrol::{self, Applicant, CODE_HOURS, Decision, EnrolError, Enrolled, decide};
use book::{Book, Contents};
use devices::Devices;
use log::{HallLog, LeftOut};
use visit::Visit;

/// See the module.
#[derive(Clone, Debug)]
pub struct Embedded {
    store: Arc<Store>,
    county: County,
    kept: Arc<Mutex<Kept>>,
    /// Held by whoever acts on the county's posts.
    acting: Arc<tokio::sync::Mutex<()>>,
    /// Told when the store must be opened again.
    broken: Arc<Notify>,
    left_out: Arc<LeftOut>,
}

/// What is kept beside the log. Where both are written, this lock is held and the store's taken behind it.
#[derive(Debug)]
struct Kept {
    book: Book,
    devices: Devices,
}

impl Embedded {
    /// Opens the archive in `folder` or makes it, and the county whose it is. `restored` says that the folder came
    /// back from a backup: what the county wrote since is out there under the old epoch, and so are the numbers that
    /// it gave to halls and devices.
    pub fn open(folder: &Path, restored: bool) -> Result<(Self, County), ArchiveError> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let keys = StoreKeys::load_or_create(&folder.join("keys"))?;
        let key = SigningKey::from_bytes(&keys.device);
        let mut config = StoreConfig::new(folder.join("data"), keys, DEVICE);
        config.role = DeviceRole::County;
        config.new_epoch = restored.then_some(0);
        let (store, report) = Store::open(&config, now())?;
        if !report.is_quiet() {
            tracing::warn!(?report, "the store was repaired");
        }
        let mut book = Book::open(folder)?;
        if restored {
            book.change(Contents::leave_out)?;
        }
        let county = County::new(key, store.identity().epoch);
        let devices = Devices::read(&store, &county, book.contents().certificates())?;
        let kept = Arc::new(Mutex::new(Kept { book, devices }));
        let archive = Self {
            store: Arc::new(store),
            county: county.clone(),
            kept,
            acting: Arc::default(),
            broken: Arc::default(),
            left_out: Arc::default(),
        };
        Ok((archive, county))
    }

    /// Waits until the store must be opened again, which a new process does best.
    pub async fn broken(&self) {
        self.broken.notified().await;
    }

    fn is_whole(&self) -> Result<(), ArchiveError> {
        self.store.head().inspect_err(|_| self.broken.notify_one())?;
        Ok(())
    }

    /// A panic while the lock was held left nothing half done: the book changes as a whole, the devices are derived.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a fact into the county's own series, about a device that has its entity or gets it now.
    fn record(
        &self,
        kept: &mut Kept,
        now: Instant,
        subject: Option<EntityId>,
        fact: Fact,
    ) -> Result<EntityId, ArchiveError> {
        let draft = match subject {
            Some(entity) => Draft::about(entity, None, fact),
            None => Draft::new(None, fact),
        };
        let ops = self.store.commit(now, vec![draft])?;
        let entity = subject.or(ops.first().map(|op| op.id)).ok_or(ArchiveError::Row("ops"))?;
        kept.devices.refresh(&self.store, &self.county, entity)?;
        Ok(entity)
    }

    /// Tells every hall of the machines of `hall` that its desks vouched for.
    fn tell(&self, hall: u32, now: Instant) -> Result<(), ArchiveError> {
        let mut kept = self.kept();
        let untold = kept.devices.untold(hall);
        let about = |(entity, facts): &(EntityId, Vec<Fact>)| {
            let entity = *entity;
            facts.iter().map(move |fact| Draft::about(entity, None, fact.clone())).collect::<Vec<_>>()
        };
        let drafts: Vec<Draft> = untold.iter().flat_map(about).collect();
        if drafts.is_empty() {
            return Ok(());
        }
        self.store.commit(now, drafts)?;
        for (entity, _) in untold {
            kept.devices.refresh(&self.store, &self.county, entity)?;
        }
        Ok(())
    }

    fn enrol_now(&self, applicant: &Applicant, now: Instant) -> Result<Enrolled, EnrolError> {
        let mut kept = self.kept();
        let kept = &mut *kept;
        let (digest, key) = (base32::encode(&applicant.digest), base32::encode(applicant.key.as_bytes()));
        let code = kept.book.contents().codes.get(&digest).filter(|code| code.expires > now.0);
        let code = code.filter(|code| code.key.as_ref().is_none_or(|used| *used == key));
        let code = code.ok_or(EnrolError::Code)?;
        let grant = Grant { hall: code.hall, role: code.role, name: code.name.clone() };
        let again = code.key.is_some();
        let taken = applicant.device.is_some_and(|number| {
            let other = |device: &Device| device.certificate.bearer.key != applicant.key.to_bytes();
            kept.devices.numbered(number).any(|(_, row)| other(&row.device))
        });
        let decision = decide(&grant, again, applicant, kept.devices.known(&applicant.key), taken)?;
        let (number, entity) = match decision {
            Decision::Again(certificate) => return Ok(enrol::answer(&self.county, grant, &certificate)),
            Decision::Certify { number, entity } => (number, entity),
        };
        let free = kept.first_free_number();
        if number.is_none() && free >= HALL_NUMBERS {
            return Err(ArchiveError::Row("numbers").into());
        }
        // The code is used up before it is answered for: after a cut in between the same device asks again.
        kept.book
            .change(|book| {
                if let Some(code) = book.codes.get_mut(&digest) {
                    code.key = Some(key);
                }
                if number.is_none() {
                    book.next_device = free + 1;
                }
            })
            .map_err(ArchiveError::from)?;
        let certificate =
            self.county.certify(grant.hall, number.unwrap_or(free), grant.role, &applicant.key, now);
        self.record(kept, now, entity, enrol::fact(&grant, &certificate))?;
        Ok(enrol::answer(&self.county, grant, &certificate))
    }

    fn revoke_now(
        &self,
        (device, hall): (u32, Option<u32>),
        reason: &str,
        now: Instant,
    ) -> Result<Revoked, ArchiveError> {
        let mut kept = self.kept();
        let meant = |(its, _): &(u32, &devices::Row)| hall.is_none_or(|hall| hall == *its);
        let found: Vec<devices::Row> =
            kept.devices.numbered(device).filter(meant).map(|(_, row)| row.clone()).collect();
        match &found[..] {
            [] => Ok(Revoked::NoSuchDevice),
            [row] if row.device.revoked => Ok(Revoked::Done),
            [row] => {
                let entity = match row.entity {
                    Some(entity) => entity,
                    None => self.record(&mut kept, now, None, enrol::named(&row.device.certificate))?,
                };
                let fact = Fact::DeviceRevoked(DeviceRevoked { reason: reason.to_owned() });
                self.record(&mut kept, now, Some(entity), fact)?;
                Ok(Revoked::Done)
            }
            _ => Ok(Revoked::Ambiguous),
        }
    }
}

impl Kept {
    /// One that was never given, even where the book was lost.
    fn first_free_number(&self) -> u32 {
        let given =
            self.devices.all().map(|((_, number), _)| *number).filter(|number| *number < HALL_NUMBERS);
        given.max().map_or(0, |number| number + 1).max(self.book.contents().next_device)
    }

    fn first_free_hall(&self) -> u32 {
        let known = self.devices.all().map(|((hall, _), _)| *hall);
        known.max().map_or(0, |hall| hall.saturating_add(1)).max(self.book.contents().next_hall)
    }

    fn has_hall(&self, hall: u32) -> bool {
        self.book.contents().halls.contains_key(&hall) || self.devices.of(hall).next().is_some()
    }

    /// Keeps certificates, durably.
    fn keep(&mut self, certificates: &[Certificate]) -> Result<(), ArchiveError> {
        let mut news = certificates.to_vec();
        news.retain(|certificate| self.devices.keep(certificate));
        self.write_down(&news)
    }

    fn write_down(&mut self, certificates: &[Certificate]) -> Result<(), ArchiveError> {
        self.book.change(|book| {
            for certificate in certificates {
                book.keep(certificate);
            }
        })?;
        Ok(())
    }
}

impl Archive for Embedded {
    type Visit = Visit;

    async fn devices(&self, hall: u32) -> Result<Vec<Device>, ArchiveError> {
        Ok(self.kept().devices.of(hall).map(|row| row.device.clone()).collect())
    }

    async fn visit(
        &self,
        _county: &County,
        hall: u32,
        _request: &Request,
        now: Instant,
    ) -> Result<Visit, ArchiveError> {
        self.is_whole()?;
        let kept = self.kept();
        let devices: Vec<Device> = kept.devices.of(hall).map(|row| row.device.clone()).collect();
        let desks = devices.iter().map(|device| device.number).filter(|n| kept.devices.is_desk(hall, *n));
        let log = HallLog {
            store: Arc::clone(&self.store),
            devices: devices.iter().map(|device| device.number).collect(),
            desks: desks.collect(),
            ended: kept.devices.ended(hall),
            left_out: Arc::clone(&self.left_out),
        };
        Ok(Visit { archive: self.clone(), hall, now, devices, log })
    }

    async fn enrol(
        &self,
        _county: &County,
        applicant: &Applicant,
        now: Instant,
    ) -> Result<Enrolled, EnrolError> {
        self.is_whole()?;
        block_in_place(|| self.enrol_now(applicant, now))
    }

    async fn add_hall(&self, name: &str) -> Result<u32, ArchiveError> {
        block_in_place(|| {
            let mut kept = self.kept();
            let hall = kept.first_free_hall();
            kept.book.change(|book| {
                book.next_hall = hall + 1;
                book.halls.insert(hall, name.to_owned());
            })?;
            Ok(hall)
        })
    }

    async fn add_code(&self, digest: [u8; 32], grant: &Grant, now: Instant) -> Result<bool, ArchiveError> {
        block_in_place(|| {
            let mut kept = self.kept();
            let expires = now.plus_ms(i64::from(CODE_HOURS) * 3_600_000);
            if kept.has_hall(grant.hall) {
                kept.book.change(|book| book.add_code(digest, grant, now, expires))?;
                return Ok(true);
            }
            Ok(false)
        })
    }

    async fn revoke(
        &self,
        _county: &County,
        device: u32,
        hall: Option<u32>,
        reason: &str,
        now: Instant,
    ) -> Result<Revoked, ArchiveError> {
        block_in_place(|| self.revoke_now((device, hall), reason, now))
    }

    async fn list(&self, county: &County) -> Result<Vec<Listed>, ArchiveError> {
        let heads = hall_log::Ledger::heads(&*self.store)?;
        let of = |number: u32| -> Vec<(OpId, Chain)> {
            let heads = heads.iter().filter(|(series, _)| series.device == number);
            heads.map(|(series, head)| (OpId::new(number, series.epoch, head.seq), head.chain)).collect()
        };
        let kept = self.kept();
        let listed = kept
            .devices
            .all()
            .map(|((_, number), row)| Listed::new(county, row.name.clone(), &row.device, &of(*number)));
        Ok(listed.collect())
    }

    async fn is_reached(&self) -> bool {
        self.is_whole().is_ok()
    }

    fn connections(&self) -> (u32, usize) {
        (0, 0)
    }
}
