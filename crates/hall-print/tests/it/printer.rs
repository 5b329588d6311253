//! The simulated printer at the end of a real line: a TCP socket, or the far side of a pty.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use hall_print::Bitmap;
use hall_print::lines::Address;
use hall_print::slip::SlipWidth;
use hall_print::thermal::{Fault, Simulated};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// How it is connected. The kernel's device of a USB printer takes and gives bytes as a pty does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Tcp,
    Usb,
    Serial,
}

impl Line {
    pub(crate) const ALL: [Self; 3] = [Self::Tcp, Self::Usb, Self::Serial];
}

struct Inside {
    simulated: Simulated,
    /// Where it answers, while there is a line.
    answers: Option<Box<dyn Write + Send>>,
    /// Bytes that it takes before it takes no more, though the line stays.
    takes: usize,
    /// It has no buffer worth the name: it takes nothing while it stands still.
    small: bool,
}

/// The printer, and whoever waits for something to happen to it.
struct Shared {
    inside: Mutex<Inside>,
    happened: Condvar,
}

#[derive(Clone)]
pub(crate) struct Printer {
    shared: Arc<Shared>,
    pub(crate) address: Address,
}

impl Printer {
    pub(crate) fn at(line: Line) -> Self {
        let inside = Inside {
            simulated: Simulated::new(SlipWidth::Dots384),
            answers: None,
            takes: usize::MAX,
            small: false,
        };
        let shared = Arc::new(Shared { inside: Mutex::new(inside), happened: Condvar::new() });
        let address = match line {
            Line::Tcp => over_tcp(Arc::clone(&shared)),
            Line::Usb => Address::Usb(over_pty(Arc::clone(&shared))),
            Line::Serial => Address::Serial { path: over_pty(Arc::clone(&shared)), baud: 115_200 },
        };
        Self { shared, address }
    }

    /// Something happens to it; what it says then goes out.
    pub(crate) fn with(&self, happens: impl FnOnce(&mut Simulated) -> Vec<u8>) {
        let mut inside = self.inside();
        let said = happens(&mut inside.simulated);
        inside.say(&said);
        self.shared.happened.notify_all();
    }

    pub(crate) fn suffer(&self, fault: Fault) {
        self.with(|printer| printer.suffer(fault));
    }

    pub(crate) fn suffer_after(&self, rows: usize, fault: Fault) {
        self.inside().simulated.suffer_after(rows, fault);
    }

    pub(crate) fn hang_up_after(&self, bytes: usize) {
        self.inside().simulated.hang_up_after(bytes);
    }

    /// Whether nobody speaks with it; a pty is never let go.
    pub(crate) fn is_let_go(&self) -> bool {
        self.inside().answers.is_none()
    }

    pub(crate) fn take_no_more_after(&self, bytes: usize) {
        self.inside().takes = bytes;
    }

    pub(crate) fn papers(&self) -> Vec<Bitmap> {
        self.inside().simulated.take_papers()
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.inside().simulated.texts().to_vec()
    }

    pub(crate) fn take_nothing_while_it_stands_still(&self) {
        self.inside().small = true;
    }

    /// What comes out next, of a printer that nobody can ask.
    pub(crate) fn awaited_papers(&self) -> Vec<Bitmap> {
        let mut papers = Vec::new();
        let nothing = |inside: &mut Inside| {
            papers = inside.simulated.take_papers();
            papers.is_empty()
        };
        let long = Duration::from_mins(2);
        drop(self.shared.happened.wait_timeout_while(self.inside(), long, nothing).unwrap());
        papers
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.shared.inside.lock().unwrap()
    }
}

impl Inside {
    fn say(&mut self, said: &[u8]) {
        if let Some(line) = self.answers.as_mut().filter(|_| !said.is_empty()) {
            // Whoever has gone hears nothing.
            let _gone = line.write_all(said);
        }
    }
}

fn over_tcp(shared: Arc<Shared>) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        // One at a time, as the small ones do.
        for line in listener.incoming() {
            let line = line.unwrap();
            let answers: TcpStream = line.try_clone().unwrap();
            serve(&shared, line, answers);
        }
    });
    Address::Tcp { host: "127.0.0.1".into(), port }
}

/// The path of the near side.
fn over_pty(shared: Arc<Shared>) -> PathBuf {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let far = openpt(flags).unwrap();
    grantpt(&far).unwrap();
    unlockpt(&far).unwrap();
    let path = PathBuf::from(ptsname(&far, Vec::new()).unwrap().into_string().unwrap());
    let near = ioctl_tiocgptpeer(&far, flags).unwrap();
    let mut how = tcgetattr(&near).unwrap();
    how.make_raw();
    tcsetattr(&near, OptionalActions::Now, &how).unwrap();
    std::thread::spawn(move || {
        let far = File::from(far);
        let answers = far.try_clone().unwrap();
        serve(&shared, far, answers);
        // Open until here, so that the line stays when a conversation ends.
        drop(near);
    });
    path
}

/// Until the other end has gone, or the printer drops the line.
fn serve(shared: &Shared, mut line: impl Read + AsFd, answers: impl Write + Send + 'static) {
    let inside = || shared.inside.lock().unwrap();
    inside().answers = Some(Box::new(answers));
    let mut bytes = [0; 4096];
    loop {
        // Of a printer that takes nothing for ever, the test ends before.
        let full = |inside: &mut Inside| inside.takes == 0 || inside.small && inside.simulated.is_stopped();
        let takes = shared.happened.wait_while(inside(), full).unwrap().takes.min(bytes.len());
        // A slow one goes on while nothing comes, and hears what comes meanwhile.
        let mut came = [PollFd::new(&line, PollFlags::IN)];
        let goes_on = inside().simulated.is_busy().then_some(Timespec { tv_sec: 0, tv_nsec: 0 });
        let count = match poll(&mut came, goes_on.as_ref()).unwrap() {
            0 => 0,
            _ => match line.read(&mut bytes[..takes]) {
                Ok(count @ 1..) => count,
                _ => break,
            },
        };
        let mut inside = inside();
        inside.takes -= count;
        let said = inside.simulated.receive(&bytes[..count]);
        inside.say(&said);
        if inside.simulated.hangs_up() {
            break;
        }
        shared.happened.notify_all();
    }
    inside().answers = None;
}
