//! The hall's exchange on the network: what the shell and the operator's tool start beside the façade. No command
//! waits for any of it.

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;

use hall_core::vocab::DeviceRole;
pub use hall_sync::enrolment::Invitation;
use hall_sync::enrolment::{NotEnrolled, Pin};
use hall_sync::http::tls::TlsError;
use hall_sync::http::{self, Expected, HubError, Line, LineError, Upstream};
use tokio::sync::{mpsc, watch};

use crate::error::{AppError, Code};
use crate::hall::Hall;

/// Requests that wait for the node.
const ASKED_MAX: usize = 64;

/// Lines that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum LinesError {
    #[error("the hall's machines cannot reach this one")]
    Hub(#[from] HubError),
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
    #[error("the address cannot be listened on")]
    Io(#[from] std::io::Error),
}

/// Exchanges with the others until the program ends. A desk serves the other machines of its hall at `listen`.
pub async fn run(hall: Arc<Hall>, listen: Option<SocketAddr>) -> Result<(), LinesError> {
    let enrolment = hall.enrolment();
    let (asking, asked) = mpsc::channel(ASKED_MAX);
    let mut tasks = tokio::task::JoinSet::new();
    if let Some(listen) = listen.filter(|_| enrolment.role() == DeviceRole::Desk) {
        let listener = TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let at = listener.local_addr()?;
        hall.listens_at(own_addresses(at));
        let pin = Pin::of(hall.signing_key().verifying_key().as_bytes());
        let announced = http::announce(pin, at.port());
        if let Err(error) = &announced {
            // Machines that were told the address find it all the same.
            tracing::warn!(%error, "the hub cannot be found by itself");
        }
        let (key, enrolling) = (hall.signing_key().clone(), Arc::clone(&hall));
        tasks.spawn(async move {
            let _found_as_long_as_it_serves = announced;
            let enrol: http::Enrol = Arc::new(move |application| enrolling.enrol(application));
            http::serve(listener, &key, asking, enrol).await.map_err(LinesError::from)
        });
    }
    let upstreams = enrolment.hub.iter().chain(&enrolment.county).map(|asked| {
        let (known, addresses) = watch::channel(asked.addresses.clone());
        let expected = match &asked.key {
            Some(key) => Expected::Key(**key),
            None => Expected::Public,
        };
        if let Expected::Key(key) = expected {
            tasks.spawn(async move {
                if let Err(error) = http::find(Pin::of(&key), known).await {
                    tracing::warn!(%error, "the hub is looked for only where it was last");
                }
                Ok(())
            });
        }
        Upstream { expected, addresses }
    });
    let upstreams: Vec<Upstream> = upstreams.collect();
    let changes = hall.changes();
    let step: http::Step = Arc::new(move |mono, input| hall.step(mono, input));
    let driven = http::run(step, upstreams, asked, changes);
    tokio::pin!(driven);
    loop {
        tokio::select! {
            ended = &mut driven => return Ok(ended?),
            Some(ended) = tasks.join_next() => {
                if let Ok(Err(error)) = ended {
                    return Err(error);
                }
            }
        }
    }
}

/// Makes this machine one of the hall or county that gave out `invitation`. It has to start anew then.
pub async fn join(hall: &Hall, invitation: &Invitation) -> Result<(), AppError> {
    if invitation.addresses.iter().any(|address| http::is_in_the_clear(address)) {
        return Err(AppError::new(
            Code::BadInput,
            "这个地址不加密，路上谁都能看到工人的信息，所以不能用。请向县里要 https:// 开头的地址",
        ));
    }
    let expected = invitation.pin.map_or(Expected::Public, Expected::Pin);
    let line = Line::new(expected).map_err(|error| {
        tracing::error!(%error, "no line to apply by");
        AppError::new(Code::Internal, "本机的网络部分没有准备好，请重新打开程序再试").retryable()
    })?;
    let application = hall.application(invitation);
    let mut failed = LineError::NoAddress;
    for address in places(invitation).await {
        match line.enrol(&http::base(&address), &application).await {
            Ok(Ok(enrolled)) => return hall.join(&enrolled, invitation, &address),
            Ok(Err(refused)) => return Err(not_enrolled(refused)),
            Err(error) => failed = error,
        }
    }
    tracing::warn!(error = %failed, "nobody to apply to");
    Err(AppError::new(
        Code::NotFound,
        "连不上发邀请码的那台机器。请检查网线和电源；还不行，请在邀请码后面加上 @ 和它的地址，例如 @192.168.1.10:7443",
    )
    .retryable())
}

/// Where the invitation leads; without an address, what the network tells within a few seconds.
async fn places(invitation: &Invitation) -> Vec<String> {
    let Some(pin) = invitation.pin.filter(|_| invitation.addresses.is_empty()) else {
        return invitation.addresses.clone();
    };
    let (known, mut addresses) = watch::channel(Vec::new());
    let finding = tokio::spawn(http::find(pin, known));
    let found = addresses.wait_for(|addresses| !addresses.is_empty());
    let found = tokio::time::timeout(FIND, found).await;
    let found = found.ok().and_then(Result::ok).map(|addresses| addresses.clone());
    finding.abort();
    found.unwrap_or_default()
}

/// How long the network is listened to for a hub.
const FIND: std::time::Duration = std::time::Duration::from_secs(6);

fn not_enrolled(refused: NotEnrolled) -> AppError {
    let (code, message) = match refused {
        NotEnrolled::Code => (Code::CodeMistyped, "邀请码不对，或已经用过、过期了。请在服务台重新生成一个"),
        NotEnrolled::Revoked => (Code::NotAllowed, "这台机器已被停用，不能再加入。请联系主管或县里"),
        NotEnrolled::OtherHall => {
            (Code::NotAllowed, "这台机器属于别的大厅，不能加入。请先在那边停用，再用新的密钥")
        }
        NotEnrolled::Number => {
            (Code::Internal, "这台机器的编号和别的机器撞了，请清空数据和密钥文件夹后再加入")
        }
        NotEnrolled::Role => (
            Code::NotAllowed,
            "这台机器做过服务台，不能用原来的密钥改作别的用途。请先停用它，清空数据和密钥文件夹后再加入",
        ),
        NotEnrolled::Malformed => (Code::BadInput, "对方看不懂本机的申请，请把两边升级到同一版本"),
        NotEnrolled::Busy | NotEnrolled::Unavailable => (Code::Storage, "对方正忙，请过一会儿再试"),
    };
    let error = AppError::new(code, message);
    if matches!(refused, NotEnrolled::Busy | NotEnrolled::Unavailable) { error.retryable() } else { error }
}

/// At which addresses the others of the hall can reach a listener.
fn own_addresses(at: SocketAddr) -> Vec<String> {
    if !at.ip().is_unspecified() {
        return vec![at.to_string()];
    }
    // No packet is sent: the system only says from which address it would go out.
    let outward = UdpSocket::bind((IpAddr::from([0, 0, 0, 0]), 0)).and_then(|socket| {
        socket.connect(("192.0.2.1", 9))?;
        socket.local_addr()
    });
    outward.map(|from| vec![SocketAddr::from((from.ip(), at.port())).to_string()]).unwrap_or_default()
}
