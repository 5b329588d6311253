//! A line of bytes to a printer: TCP, the kernel's printer device, a serial port. Each is opened, given bytes and
//! listened to without ever waiting beyond a bound; nothing here knows what the bytes mean.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use hall_core::vocab::PaperTrouble;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Address, Bounds};

/// What the kernel holds for a printer at most. With more, all of a slip would be taken at once, and nobody would see
/// that the printer takes nothing.
const HELD: usize = 16 * 1024;

#[derive(Debug)]
pub(super) struct Wire {
    end: End,
    farewell: Duration,
}

#[derive(Debug)]
enum End {
    Tcp(TcpStream),
    #[cfg(unix)]
    Device(std::fs::File),
}

impl Wire {
    pub(super) fn open(address: &Address, bounds: &Bounds) -> Result<Self, PaperTrouble> {
        let end = match address {
            Address::Tcp { host, port } => {
                End::Tcp(tcp(host, *port, bounds.connect).map_err(|_| PaperTrouble::Unreachable)?)
            }
            #[cfg(unix)]
            Address::Usb(path) => End::Device(device::open(path)?),
            #[cfg(unix)]
            Address::Serial { path, baud } => {
                let port = device::open(path)?;
                device::set_up(&port, *baud).map_err(|_| PaperTrouble::NotAPrinter)?;
                End::Device(port)
            }
            _ => return Err(PaperTrouble::Unsupported),
        };
        Ok(Self { end, farewell: bounds.farewell })
    }

    /// Gives it what it takes within `wait`; how many bytes that were, perhaps none.
    pub(super) fn send(&mut self, bytes: &[u8], wait: Duration) -> io::Result<usize> {
        if self.wait(PollFlags::OUT, wait)?.is_empty() {
            return Ok(0);
        }
        let sent = match &mut self.end {
            End::Tcp(line) => line.write(bytes),
            #[cfg(unix)]
            End::Device(line) => line.write(bytes),
        };
        nothing_yet(sent)
    }

    /// What comes within `wait`; how many bytes that were, perhaps none. The end of the line is an error.
    pub(super) fn hear(&mut self, into: &mut [u8], wait: Duration) -> io::Result<usize> {
        let found = self.wait(PollFlags::IN, wait)?;
        if found.is_empty() {
            return Ok(0);
        }
        let ended = || Err(io::ErrorKind::UnexpectedEof.into());
        match &mut self.end {
            End::Tcp(line) => match nothing_yet_or_end(line.read(into))? {
                Some(0) => ended(),
                heard => Ok(heard.unwrap_or(0)),
            },
            // A printer on USB may well send a packet of nothing: only a line that hung up is at its end.
            #[cfg(unix)]
            End::Device(line) => match nothing_yet(line.read(into))? {
                0 if found.contains(PollFlags::HUP) => ended(),
                heard => Ok(heard),
            },
        }
    }

    /// Whether all that was sent has left this machine within `wait`, as far as that can be known: what a printer on USB
    /// has not fetched is lost when the device is closed.
    pub(super) fn is_through(&self, wait: Duration) -> io::Result<bool> {
        match &self.end {
            End::Tcp(_) => Ok(true),
            #[cfg(unix)]
            End::Device(_) => Ok(self.wait(PollFlags::OUT, wait)?.contains(PollFlags::OUT)),
        }
    }

    /// What of this has come about within `wait`.
    fn wait(&self, events: PollFlags, wait: Duration) -> io::Result<PollFlags> {
        // Longer than any bound is no wait that anybody means.
        let wait = Timespec { tv_sec: wait.as_secs().min(3600) as i64, tv_nsec: wait.subsec_nanos().into() };
        let mut looked_at = match &self.end {
            End::Tcp(line) => [PollFd::new(line, events)],
            #[cfg(unix)]
            End::Device(line) => [PollFd::new(line, events)],
        };
        match poll(&mut looked_at, Some(&wait)) {
            Ok(_) => Ok(looked_at[0].revents()),
            Err(rustix::io::Errno::INTR) => Ok(PollFlags::empty()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Closed so that nothing on its way is lost, and so that the printer, which may speak to one only, is free.
impl Drop for Wire {
    fn drop(&mut self) {
        let until = Instant::now() + self.farewell;
        let broken = match &self.end {
            End::Tcp(line) => line.shutdown(Shutdown::Write).is_err(),
            #[cfg(unix)]
            End::Device(_) => return,
        };
        // Words that nobody has read would turn the close into a reset.
        let mut rest = [0; 512];
        while !broken && self.hear(&mut rest, until.saturating_duration_since(Instant::now())).is_ok() {
            if Instant::now() >= until {
                return;
            }
        }
    }
}

fn nothing_yet(done: io::Result<usize>) -> io::Result<usize> {
    Ok(nothing_yet_or_end(done)?.unwrap_or(0))
}

/// `None` for nothing yet.
fn nothing_yet_or_end(done: io::Result<usize>) -> io::Result<Option<usize>> {
    match done {
        Ok(count) => Ok(Some(count)),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn tcp(host: &str, port: u16, within: Duration) -> io::Result<TcpStream> {
    let until = Instant::now() + within;
    let mut why = io::ErrorKind::TimedOut.into();
    for address in look_up(host, port, within)? {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(&address, left) {
            Ok(line) => {
                line.set_nodelay(true)?;
                line.set_nonblocking(true)?;
                rustix::net::sockopt::set_socket_send_buffer_size(&line, HELD)?;
                return Ok(line);
            }
            Err(error) => why = error,
        }
    }
    Err(why)
}

/// The addresses of a host. The system's own look-up knows no bound, so one that takes too long is left to itself.
fn look_up(host: &str, port: u16, within: Duration) -> io::Result<Vec<SocketAddr>> {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let (found, finding) = mpsc::sync_channel(1);
    std::thread::Builder::new().name("look-up".into()).spawn(move || {
        let addresses = (host.as_str(), port).to_socket_addrs().map(Iterator::collect);
        let _nobody_waits_any_more = found.send(addresses);
    })?;
    finding.recv_timeout(within).map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

#[cfg(unix)]
mod device {
    use std::fs::{File, OpenOptions};
    use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
    use std::path::Path;

    use hall_core::vocab::PaperTrouble;
    use rustix::fs::OFlags;
    use rustix::termios::{ControlModes, InputModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// Anything but a device would take the bytes of a slip for its own: a file would be overwritten.
    pub(super) fn open(path: &Path) -> Result<File, PaperTrouble> {
        let about = std::fs::metadata(path).map_err(|_| PaperTrouble::Unreachable)?;
        if !about.file_type().is_char_device() {
            return Err(PaperTrouble::NotAPrinter);
        }
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags.bits() as i32)
            .open(path)
            .map_err(|_| PaperTrouble::Unreachable)
    }

    /// Eight bits, no parity, no lines of a modem. A printer that has too much may say XOFF: no answer looks like it.
    /// The wires for that are not used, for many cables lack them and the line would stand still.
    pub(super) fn set_up(port: &File, baud: u32) -> rustix::io::Result<()> {
        let mut how: Termios = tcgetattr(port)?;
        how.make_raw();
        how.control_modes.remove(ControlModes::CRTSCTS | ControlModes::PARENB | ControlModes::CSTOPB);
        how.control_modes.insert(ControlModes::CLOCAL | ControlModes::CREAD);
        how.input_modes.insert(InputModes::IXON);
        how.set_speed(baud)?;
        tcsetattr(port, OptionalActions::Now, &how)
    }
}
