//! How a hall's machines find the hub: by mDNS, under the pin of its key. A liar on the network only costs a
//! connection that fails: the key at the other end is checked.

use std::net::SocketAddr;

use mdns_sd::{ServiceDaemon, ServiceEvent, ServiceInfo};
use tokio::sync::watch;

use crate::enrolment::Pin;

const SERVICE: &str = "_linggong-hall._tcp.local.";
const PIN: &str = "pin";
/// Addresses of one hub that are remembered.
const ADDRESSES_MAX: usize = 8;

/// The hub can be found as long as this lives.
pub struct Announced(ServiceDaemon);

impl std::fmt::Debug for Announced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Announced")
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // The others forget the hub by themselves after a while.
        let _unsaid = self.0.shutdown();
    }
}

/// Lets the hall's network know where the hub with `pin` listens.
pub fn announce(pin: Pin, port: u16) -> Result<Announced, mdns_sd::Error> {
    let daemon = ServiceDaemon::new()?;
    let name = format!("linggong-{pin}");
    let properties = [(PIN, pin.to_string())];
    let service = ServiceInfo::new(SERVICE, &name, &format!("{name}.local."), "", port, &properties[..])?;
    daemon.register(service.enable_addr_auto())?;
    Ok(Announced(daemon))
}

/// Puts the addresses at which the hub with `pin` says it is before the others in `known`, as long as somebody
/// listens for them.
pub async fn find(pin: Pin, known: watch::Sender<Vec<String>>) -> Result<(), mdns_sd::Error> {
    let daemon = ServiceDaemon::new()?;
    let events = daemon.browse(SERVICE)?;
    let wanted = pin.to_string();
    loop {
        let event = tokio::select! {
            event = events.recv_async() => event,
            () = known.closed() => break,
        };
        let Ok(event) = event else { break };
        let ServiceEvent::ServiceResolved(found) = event else { continue };
        if found.get_property_val_str(PIN) != Some(&wanted) {
            continue;
        }
        let port = found.get_port();
        // Of the two kinds, the old one needs no interface to be named.
        let four = found.get_addresses_v4().into_iter().map(|ip| SocketAddr::from((ip, port)).to_string());
        let four: Vec<String> = four.collect();
        known.send_if_modified(|addresses| {
            let before = addresses.clone();
            addresses.retain(|address| !four.contains(address));
            addresses.splice(..0, four.iter().cloned());
            addresses.truncate(ADDRESSES_MAX);
            *addresses != before
        });
    }
    // It ends with the program in any case.
    let _ended_already = daemon.shutdown();
    Ok(())
}
