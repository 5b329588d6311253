//! The loop that drives a node: what comes in is told to it, what it says goes out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hall_core::Instant;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;

use super::client::{Line, LineError, base};
use super::hub::Asked;
use super::tls::{Expected, TlsError};
use crate::event::{Input, Outgoing, Stepped};
use crate::wire::{Answer, Signed};

/// The node is looked after at least so often, for what the clock alone brings: a new edition, a lease that ends.
const TICK: Duration = Duration::from_secs(15);
/// And not more often than this, whatever it asks for.
const BREATH: Duration = Duration::from_millis(20);
/// Answers that came and were not yet told to the node.
const INPUTS_MAX: usize = 64;

/// Tells the node what happened, at a time of the clock that only goes forward, and does on this machine what it
/// says. It may wait for the disk.
pub type Step = Arc<dyn Fn(Instant, Input) -> Stepped + Send + Sync>;

/// Somebody this node asks.
#[derive(Debug)]
pub struct Upstream {
    pub expected: Expected,
    /// Where he is, as far as is known now; the first one that answers is kept to.
    pub addresses: watch::Receiver<Vec<String>>,
}

/// Drives the node until whoever tells of its `changes` is gone. `upstreams` are in the node's own order.
pub async fn run(
    step: Step,
    upstreams: Vec<Upstream>,
    mut asked: mpsc::Receiver<Asked>,
    mut changes: watch::Receiver<u64>,
) -> Result<(), TlsError> {
    let (answers, mut inputs) = mpsc::channel(INPUTS_MAX);
    let mut lines = Vec::new();
    for upstream in upstreams {
        let line = Arc::new(Line::new(upstream.expected)?);
        lines.push(Asking { line, addresses: upstream.addresses, good: Arc::default(), task: None });
    }
    let start = tokio::time::Instant::now();
    let mut links: BTreeMap<u64, oneshot::Sender<Answer>> = BTreeMap::new();
    let mut last_link = 0;
    let mut wake = start;
    let mut listening = true;
    loop {
        let input = tokio::select! {
            came = asked.recv(), if listening => {
                let Some(Asked { message, answer }) = came else {
                    listening = false;
                    continue;
                };
                last_link += 1;
                links.insert(last_link, answer);
                Input::Request { link: last_link, message }
            }
            Some(input) = inputs.recv() => input,
            changed = changes.changed() => match changed {
                Ok(()) => Input::Changed,
                Err(_) => return Ok(()),
            },
            () = tokio::time::sleep_until(wake) => Input::Tick,
        };
        let (step, mono) = (Arc::clone(&step), Instant(start.elapsed().as_millis() as i64));
        let stepped = tokio::task::spawn_blocking(move || step(mono, input)).await.unwrap_or_default();
        for out in stepped.out {
            match out {
                Outgoing::Send { upstream, exchange, message } => {
                    if let Some(line) = lines.get_mut(upstream) {
                        line.ask(upstream, exchange, message, answers.clone());
                    }
                }
                Outgoing::Reply { link, response } => {
                    if let Some(answer) = links.remove(&link) {
                        // Whoever asked may have hung up.
                        let _nobody_listens = answer.send(response.map(|response| *response));
                    }
                }
            }
        }
        links.retain(|_, answer| !answer.is_closed());
        let now = start.elapsed();
        let asked_for =
            stepped.wake.map_or(TICK, |wake| Duration::from_millis(wake.0.max(0) as u64).saturating_sub(now));
        wake = start + now + asked_for.clamp(BREATH, TICK);
    }
}

/// A line to an upstream, with the request that is on its way.
struct Asking {
    line: Arc<Line>,
    addresses: watch::Receiver<Vec<String>>,
    /// The address that answered last.
    good: Arc<std::sync::Mutex<Option<String>>>,
    task: Option<AbortHandle>,
}

impl Asking {
    /// Sends a request; one that is still on its way is given up.
    fn ask(&mut self, upstream: usize, exchange: u64, message: Signed, answers: mpsc::Sender<Input>) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        let (line, addresses, good) =
            (Arc::clone(&self.line), self.addresses.borrow().clone(), Arc::clone(&self.good));
        let asking = async move {
            let input = match anywhere(&line, addresses, &good, &message).await {
                Ok(response) => Input::Response { upstream, exchange, response },
                Err(error) => {
                    tracing::debug!(upstream, error = causes(&error), "no answer");
                    Input::Failed { upstream, exchange, jitter: jitter() }
                }
            };
            // Without a loop to take it the program is ending.
            let _the_loop_ended = answers.send(input).await;
        };
        self.task = Some(tokio::spawn(asking).abort_handle());
    }
}

/// Tries the address that answered last, then the others.
async fn anywhere(
    line: &Line,
    mut addresses: Vec<String>,
    good: &std::sync::Mutex<Option<String>>,
    message: &Signed,
) -> Result<Answer, LineError> {
    let last = || good.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(known) = last().clone() {
        addresses.retain(|address| *address != known);
        addresses.insert(0, known);
    }
    let mut failed = LineError::NoAddress;
    for address in addresses {
        match line.exchange(&base(&address), message).await {
            Ok(answer) => {
                *last() = Some(address);
                return Ok(answer);
            }
            Err(error) => failed = error,
        }
    }
    *last() = None;
    Err(failed)
}

/// Spreads the machines of a hall that lost the line together.
fn jitter() -> u64 {
    let mut bytes = [0; 8];
    // Without random numbers they try again together: worse, and no harm.
    let _all_at_once = getrandom::fill(&mut bytes);
    u64::from_be_bytes(bytes)
}

/// An error with what caused it, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
