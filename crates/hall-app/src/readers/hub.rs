//! The devices of this machine and the screens that hear of them. An event goes to the screen that the device stands
//! beside; how a device is, to the desk as well.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::assembly::Scan;
use super::{CardReaderSettings, ScannerSettings, card_reader, scanner};
use crate::api::readers::{Device, DeviceState, DeviceStatus, ReaderEvent, Seat};
use crate::hall::Hall;

/// What stands beside one screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attached {
    pub scanner: Option<ScannerSettings>,
    pub card_reader: Option<CardReaderSettings>,
}

type Tell = Box<dyn Fn(ReaderEvent) + Send>;

/// Scanners and card readers at work. Dropping it ends them.
#[derive(Debug)]
pub struct Readers {
    ears: Arc<Ears>,
    /// A device ends when its sender is dropped.
    _work: Vec<Sender<()>>,
}

struct Ears {
    hall: Arc<Hall>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    screens: BTreeMap<Seat, Tell>,
    states: BTreeMap<(Seat, Device), DeviceStatus>,
}

impl fmt::Debug for Ears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ears").finish_non_exhaustive()
    }
}

impl Readers {
    pub fn start(hall: Arc<Hall>, attached: impl IntoIterator<Item = (Seat, Attached)>) -> Self {
        let ears = Arc::new(Ears { hall, inner: Mutex::default() });
        let mut work = Vec::new();
        for (seat, Attached { scanner, card_reader }) in attached {
            if let Some(settings) = scanner {
                let (sender, stop) = mpsc::channel();
                let ears = Arc::clone(&ears);
                thread::spawn(move || scanner::run(&settings, &stop, |news| ears.scanner(seat, news)));
                work.push(sender);
            }
            if let Some(settings) = card_reader {
                let (sender, stop) = mpsc::channel();
                let ears = Arc::clone(&ears);
                thread::spawn(move || card_reader::run(settings, &stop, |news| ears.card_reader(seat, news)));
                work.push(sender);
            }
        }
        Self { ears, _work: work }
    }

    /// From now on `tell` hears what the screen may hear, how its devices are first of all; who heard it before does not
    /// any more.
    pub fn hear(&self, seat: Seat, tell: impl Fn(ReaderEvent) + Send + 'static) {
        let mut inner = self.ears.inner();
        for status in inner.states.values().filter(|status| concerns(seat, status)) {
            tell(ReaderEvent::Status(status.clone()));
        }
        inner.screens.insert(seat, Box::new(tell));
    }
}

fn concerns(seat: Seat, status: &DeviceStatus) -> bool {
    seat == Seat::Desk || seat == status.seat
}

impl Ears {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, seat: Seat, event: ReaderEvent) {
        if let Some(tell) = self.inner().screens.get(&seat) {
            tell(event);
        }
    }

    fn state(&self, status: DeviceStatus) {
        let mut inner = self.inner();
        for (_, tell) in inner.screens.iter().filter(|(seat, _)| concerns(**seat, &status)) {
            tell(ReaderEvent::Status(status.clone()));
        }
        inner.states.insert((status.seat, status.device), status);
    }

    fn scanner(&self, seat: Seat, news: scanner::News) {
        let state = |state, message| DeviceStatus { seat, device: Device::Scanner, state, message };
        match news {
            scanner::News::Scan(Scan::Whole(code)) => self.tell(seat, ReaderEvent::Scanned(code)),
            scanner::News::Scan(Scan::Flawed(flaw)) => {
                self.tell(seat, ReaderEvent::Misread(flaw.sentence(seat).to_owned()));
            }
            scanner::News::Ready => self.state(state(DeviceState::Ready, String::new())),
            scanner::News::Gone(message) => self.state(state(DeviceState::Trouble, message)),
        }
    }

    fn card_reader(&self, seat: Seat, news: card_reader::News) {
        match news {
            card_reader::News::Card(card) => match seat {
                Seat::Kiosk => self.tell(seat, ReaderEvent::Card(Box::new(card.number_only()))),
                // A locked desk is shown nobody.
                Seat::Desk if self.hall.desk_is_open(seat.label()) => {
                    self.tell(seat, ReaderEvent::Card(card));
                }
                Seat::Desk => {}
            },
            card_reader::News::State(state, message) => {
                self.state(DeviceStatus { seat, device: Device::CardReader, state, message });
            }
        }
    }
}
