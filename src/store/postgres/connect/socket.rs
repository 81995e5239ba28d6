//! Connects a socket.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// A connected socket.
pub(super) type Socket = Box<dyn Stream>;

/// A stream in both directions.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// The address of a socket.
#[derive(Debug)]
pub(super) enum Endpoint {
    /// The path of a unix socket.
    Unix(PathBuf),
    /// An address and a port.
    Tcp(SocketAddr),
}

impl Endpoint {
    /// Connects a socket.
    ///
    /// # Errors
    /// If nothing listens there, or it can't be reached.
    pub(super) async fn connect(&self) -> io::Result<Socket> {
        Ok(match self {
            Self::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Self::Tcp(address) => {
                let socket = TcpStream::connect(address).await?;
                set_up(&socket)?;
                Box::new(socket)
            }
        })
    }
}

/// Sends every message at once, and notices a lost connection even if nothing is sent.
fn set_up(socket: &TcpStream) -> io::Result<()> {
    /// The time without a message after which the kernel asks whether the peer still exists.
    const IDLE: Duration = Duration::from_secs(30);
    /// The time between its further questions.
    const INTERVAL: Duration = Duration::from_secs(10);
    socket.set_nodelay(true)?;
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, IDLE)?;
    sockopt::set_tcp_keepintvl(socket, INTERVAL)?;
    Ok(())
}
