//! Looks up the addresses of a host name.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::thread;

use tokio::sync::oneshot;

use crate::process::BlockedSignals;

/// Looks up the addresses of the host `name`, in the order in which to try them.
///
/// The C library can't be interrupted, so another thread waits for it. If the result is dropped,
/// that thread continues and doesn't keep the process from ending.
///
/// # Errors
/// If the name is unknown, no name server answers, or no thread can be started.
pub(super) async fn addresses(name: &str) -> io::Result<Vec<IpAddr>> {
    if let Ok(address) = name.parse() {
        return Ok(vec![address]);
    }
    let (sender, receiver) = oneshot::channel();
    let name = name.to_owned();
    let look_up = move || {
        let found = (name, 0).to_socket_addrs();
        let found = found.map(|found| found.map(|address| address.ip()).collect());
        // The receiver is dropped once the time is over.
        let _ = sender.send(found);
    };
    {
        // The thread inherits the mask, so the signals go to threads that know what to do.
        let _blocked_signals = (BlockedSignals::that_stop(), BlockedSignals::that_end());
        thread::Builder::new().spawn(look_up)?;
    }
    receiver.await.map_err(io::Error::other)?
}
