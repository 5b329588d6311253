//! The lines between machines, to be cut and healed: a cable from each machine to one switch, in network namespaces;
//! where those are forbidden, a proxy on the loopback for each who asks.
//!
//! A pulled cable is silence, a proxy that lets go is a connection that breaks: real halls know both.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// Makes a namespace with a switch and one for each machine, the n-th of which is 10.77.0.n; obeys lines of its input.
/// The end of input is the end of all of them, however the test ended. Delay and loss as on a bad wireless line, where
/// the kernel has them.
const KEEPER: &str = r#"
set -eu
prefix=$1
shift
trap 'for name in switch "$@"; do ip netns del "$prefix-$name" || true; done 2>/dev/null' EXIT
trap '' INT TERM
switch() { ip -n "$prefix-switch" "$@"; }
ip netns add "$prefix-switch"
switch link add name bridge type bridge
switch link set dev bridge up
n=0
for name in "$@"; do
    n=$((n + 1))
    own="$prefix-$name"
    ip netns add "$own"
    switch link add name "$name" type veth peer name cable netns "$own"
    switch link set dev "$name" master bridge up
    ip -n "$own" addr add "10.77.0.$n/24" dev cable
    ip -n "$own" link set dev cable up
    ip -n "$own" link set dev lo up
    ip netns exec "$own" true
    ip netns exec "$own" tc qdisc add dev cable root netem delay 15ms 10ms loss 1% || true
done
echo made
while read -r name state; do
    switch link set dev "$name" "$state"
    echo "$state"
done
"#;

/// The lines between some machines, each of which is known by its name.
pub(crate) enum Lines {
    Cables { keeper: Mutex<Keeper>, prefix: String },
    Proxies(Arc<Mutex<Board>>),
}

pub(crate) struct Keeper {
    _child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What proxies know.
#[derive(Default)]
pub(crate) struct Board {
    cut: BTreeSet<&'static str>,
    /// Both ends of each connection, and the machines that it joins.
    open: Vec<([&'static str; 2], [TcpStream; 2])>,
}

impl Lines {
    /// Cables, or proxies where the system allows no namespaces.
    pub(crate) fn between(machines: &[&'static str]) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let prefix = format!("hall-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper", &prefix]).args(machines).stderr(Stdio::null());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let orders = child.stdin.take().unwrap();
        let mut keeper =
            Keeper { orders, answers: BufReader::new(child.stdout.take().unwrap()), _child: child };
        if keeper.answer() == "made" {
            return Self::Cables { keeper: Mutex::new(keeper), prefix };
        }
        Self::proxies()
    }

    pub(crate) fn proxies() -> Self {
        Self::Proxies(Arc::default())
    }

    /// The network that the programs of a machine are on, when it is not the test's own.
    pub(crate) fn namespace(&self, machine: &str) -> Option<String> {
        match self {
            Self::Cables { prefix, .. } => Some(format!("{prefix}-{machine}")),
            Self::Proxies(_) => None,
        }
    }

    /// Where the n-th machine, from 1, listens. Not at 127.0.0.1: there a machine that announces itself would be found
    /// behind its proxy.
    pub(crate) fn listen(&self, n: u8) -> String {
        match self {
            Self::Cables { .. } => format!("10.77.0.{n}:0"),
            Self::Proxies(_) => format!("127.77.0.{n}:0"),
        }
    }

    /// The address at which `from` reaches `to`, who listens at `address`.
    pub(crate) fn route(&self, from: &'static str, to: &'static str, address: &str) -> String {
        let Self::Proxies(board) = self else { return address.to_owned() };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap().to_string();
        let (board, address) = (Arc::clone(board), address.to_owned());
        // It ends with the process.
        std::thread::spawn(move || {
            for came in listener.incoming().map_while(Result::ok) {
                join([from, to], came, &address, &board);
            }
        });
        at
    }

    /// Pulls the cable of a machine.
    pub(crate) fn cut(&self, machine: &'static str) {
        match self {
            Self::Cables { keeper, .. } => keeper.lock().unwrap().set(machine, "down"),
            Self::Proxies(board) => {
                let mut board = board.lock().unwrap();
                board.cut.insert(machine);
                board.open.retain(|(ends, streams)| {
                    let stays = !ends.contains(&machine);
                    if !stays {
                        streams.iter().for_each(close);
                    }
                    stays
                });
            }
        }
    }

    pub(crate) fn heal(&self, machine: &'static str) {
        match self {
            Self::Cables { keeper, .. } => keeper.lock().unwrap().set(machine, "up"),
            Self::Proxies(board) => {
                board.lock().unwrap().cut.remove(machine);
            }
        }
    }
}

impl Keeper {
    fn answer(&mut self) -> String {
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim_end().to_owned()
    }

    fn set(&mut self, machine: &str, state: &str) {
        writeln!(self.orders, "{machine} {state}").unwrap();
        assert_eq!(self.answer(), state);
    }
}

/// Carries a connection on to `address`, unless a cable is pulled or nobody listens.
fn join(ends: [&'static str; 2], came: TcpStream, address: &str, board: &Mutex<Board>) {
    let mut board: MutexGuard<'_, Board> = board.lock().unwrap();
    if ends.iter().any(|end| board.cut.contains(end)) {
        return;
    }
    let Ok(on) = TcpStream::connect(address) else { return };
    for (from, to) in [(&came, &on), (&on, &came)] {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        std::thread::spawn(move || {
            // However it ends, it ends for both.
            let _ended = std::io::copy(&mut from, &mut to);
            close(&from);
            close(&to);
        });
    }
    board.open.push((ends, [came, on]));
}

fn close(stream: &TcpStream) {
    // The other side may have closed it already.
    let _closed_already = stream.shutdown(Shutdown::Both);
}
