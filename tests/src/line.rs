//! A line between two machines that a player can cut and mend: a relay on loopback, of which neither machine knows.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// See the module. Dropping it cuts it for good.
#[derive(Debug)]
pub struct Line {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    cut: bool,
    /// Both ends of every connection there was.
    ends: Vec<TcpStream>,
}

impl Line {
    /// Whoever connects to its address reaches `to`.
    pub fn to(to: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let line = Self { address: listener.local_addr()?, state: Arc::default() };
        let state = Arc::clone(&line.state);
        // It waits for callers until the program ends.
        std::thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                // Whom it cannot serve it hangs up on, as a cut line does.
                let _served = connect(&state, &caller, to);
            }
        });
        Ok(line)
    }

    /// Ends what is connected and lets nobody through.
    pub fn cut(&self) {
        let mut state = locked(&self.state);
        state.cut = true;
        for end in state.ends.drain(..) {
            // Its machine may have hung up before.
            let _gone_already = end.shutdown(Shutdown::Both);
        }
    }

    pub fn mend(&self) {
        locked(&self.state).cut = false;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.cut();
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Joins the two ends, unless the line is cut.
fn connect(state: &Mutex<State>, caller: &TcpStream, to: SocketAddr) -> io::Result<()> {
    let mut state = locked(state);
    if state.cut {
        return Ok(());
    }
    let called = TcpStream::connect(to)?;
    for (from, into) in [(caller, &called), (&called, caller)] {
        let (mut from, mut into) = (from.try_clone()?, into.try_clone()?);
        std::thread::spawn(move || {
            // An end without a word is an end, too.
            let _ended = io::copy(&mut from, &mut into);
            let _gone_already = into.shutdown(Shutdown::Both);
        });
    }
    state.ends.extend([caller.try_clone()?, called]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    /// One connection after another gets back what it says.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut caller in listener.incoming().flatten() {
                let mut back = caller.try_clone().unwrap();
                std::thread::spawn(move || io::copy(&mut caller, &mut back));
            }
        });
        address
    }

    fn say(stream: &mut TcpStream) -> io::Result<[u8; 2]> {
        let mut heard = [0; 2];
        stream.write_all(b"hi").and_then(|()| stream.read_exact(&mut heard)).map(|()| heard)
    }

    #[test]
    fn a_cut_line_carries_nothing_until_it_is_mended() {
        let line = Line::to(echo()).unwrap();
        let mut before = TcpStream::connect(line.address).unwrap();
        assert_eq!(&say(&mut before).unwrap(), b"hi");
        line.cut();
        assert!(say(&mut before).is_err(), "what was connected is so no more");
        assert!(say(&mut TcpStream::connect(line.address).unwrap()).is_err());
        line.mend();
        assert_eq!(&say(&mut TcpStream::connect(line.address).unwrap()).unwrap(), b"hi");
    }
}
