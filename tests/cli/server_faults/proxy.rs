//! A proxy in front of the server that reads the messages of the protocol, counts them, and cuts
//! the connection at one of them.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tempfile::TempDir;

/// The sender of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Client,
    Server,
}

/// The place of a cut: before its message, or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The message doesn't arrive.
    Before,
    /// The message arrives, and no answer to it does.
    After,
}

/// The state of the network after a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequel {
    /// Both ends learn that the connection is closed. The next connection is accepted.
    Closed,
    /// Both ends learn that the connection is closed, and so is every further one.
    Down,
    /// Neither end learns anything, and no message passes any more. The next connection is
    /// accepted.
    Silent,
}

/// A cut at the message with this number, from 1, among all messages of its sender; or at a message
/// of a COMMIT, whose number varies.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    pub side: Side,
    pub at: usize,
    pub of_commit: Option<OfCommit>,
    pub stage: Stage,
    pub sequel: Sequel,
}

/// A message that passed.
#[derive(Debug, Clone)]
pub struct Message {
    pub side: Side,
    /// Its number among the messages of its sender, from 1.
    pub at: usize,
    pub of_commit: Option<OfCommit>,
}

/// The place of a message in a COMMIT: the number of the COMMIT, from 1, and the number of the
/// message in the answer to it; 0 for the COMMIT itself.
pub type OfCommit = (usize, usize);

/// A running proxy. Its connections end when it is dropped.
pub struct Proxy {
    directory: TempDir,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    cut: Option<Cut>,
    is_cut: bool,
    is_over: bool,
    /// The last message of a COMMIT that passed.
    of_commit: OfCommit,
    passed: Vec<Message>,
    /// The sockets of the open connections, with those that are silent.
    sockets: Vec<UnixStream>,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap()
}

impl Proxy {
    /// Starts a proxy in front of the server whose socket is in the directory `server`.
    pub fn start(server: &Path, cut: Option<Cut>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join(SOCKET)).unwrap();
        let state = Arc::new(Mutex::new(State {
            cut,
            ..State::default()
        }));
        let (server, shared) = (server.join(SOCKET), Arc::clone(&state));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let mut state = lock(&shared);
                if state.is_over {
                    return;
                }
                if state.is_cut && state.cut.is_some_and(|cut| cut.sequel == Sequel::Down) {
                    continue;
                }
                let server = UnixStream::connect(&server).unwrap();
                let copies = [&client, &server].map(|socket| socket.try_clone().unwrap());
                state.sockets.extend(copies);
                drop(state);
                Relay::start(&shared, &client, &server);
            }
        });
        Self { directory, state }
    }

    /// Returns the directory of the socket.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Returns whether the cut is one that neither end notices.
    pub fn is_silent(&self) -> bool {
        let cut = lock(&self.state).cut;
        cut.is_some_and(|cut| cut.sequel == Sequel::Silent)
    }

    /// Returns whether the connection was cut.
    pub fn is_cut(&self) -> bool {
        lock(&self.state).is_cut
    }

    /// Returns the messages that passed.
    pub fn passed(&self) -> Vec<Message> {
        lock(&self.state).passed.clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        state.is_over = true;
        for socket in state.sockets.drain(..) {
            let _ = socket.shutdown(Shutdown::Both);
        }
        drop(state);
        // The thread waits for a connection.
        let _ = UnixStream::connect(self.directory.path().join(SOCKET));
    }
}

/// The name of a server's socket.
const SOCKET: &str = ".s.PGSQL.5432";

/// Passes the messages of one side of a connection.
struct Relay {
    side: Side,
    from: UnixStream,
    to: UnixStream,
    state: Arc<Mutex<State>>,
    connection: Arc<Connection>,
}

/// The state that both relays of a connection share.
#[derive(Default)]
struct Connection {
    /// Whether the last statement of the client is COMMIT.
    commits: AtomicBool,
    /// Whether no message passes any more.
    is_cut: AtomicBool,
}

/// The treatment of a message.
enum Fate {
    Passes,
    /// It passes, and no answer to it does.
    IsLast,
    IsLost,
}

impl Relay {
    /// Passes the messages of a connection in both directions, in threads.
    fn start(state: &Arc<Mutex<State>>, client: &UnixStream, server: &UnixStream) {
        let connection = Arc::new(Connection::default());
        let copy = |socket: &UnixStream| socket.try_clone().unwrap();
        for (side, from, to) in [
            (Side::Client, copy(client), copy(server)),
            (Side::Server, copy(server), copy(client)),
        ] {
            let mut relay = Self {
                side,
                from,
                to,
                state: Arc::clone(state),
                connection: Arc::clone(&connection),
            };
            std::thread::spawn(move || relay.pass_all());
        }
    }

    /// Passes messages until the connection ends.
    fn pass_all(&mut self) {
        // The first message of a client has no type.
        let mut has_type = self.side == Side::Server;
        while let Ok(message) = read(&mut self.from, has_type) {
            has_type = true;
            match (self.fate_of(&message), self.side) {
                (Fate::Passes, _) => {
                    if self.to.write_all(&message).is_err() {
                        break;
                    }
                }
                (Fate::IsLast, _) => {
                    if !self.is_silent() {
                        let _ = self.from.shutdown(Shutdown::Both);
                    }
                    let _ = self.to.write_all(&message);
                    break;
                }
                (Fate::IsLost, Side::Client) => break,
                // The relay still reads, so the server executes every statement that has reached
                // it: a server that can't send its answer ends without the next statement.
                (Fate::IsLost, Side::Server) => {
                    if !self.is_silent() {
                        let _ = self.to.shutdown(Shutdown::Both);
                    }
                }
            }
        }
        if !(self.is_silent() && self.connection.is_cut.load(Ordering::SeqCst)) {
            let _ = self.from.shutdown(Shutdown::Both);
            let _ = self.to.shutdown(match self.side {
                Side::Client => Shutdown::Write,
                Side::Server => Shutdown::Both,
            });
        }
    }

    fn is_silent(&self) -> bool {
        let cut = lock(&self.state).cut;
        cut.is_some_and(|cut| cut.sequel == Sequel::Silent)
    }

    /// Counts a message, and cuts the connection if it is time.
    fn fate_of(&self, message: &[u8]) -> Fate {
        let mut state = lock(&self.state);
        let Connection { commits, is_cut } = &*self.connection;
        if is_cut.load(Ordering::SeqCst) {
            return Fate::IsLost;
        }
        if self.side == Side::Client {
            let is_commit = message.ends_with(b"\0\0\0\x0bCOMMIT\0");
            commits.store(is_commit, Ordering::SeqCst);
            if is_commit {
                state.of_commit = (state.of_commit.0 + 1, 0);
            }
        } else if commits.load(Ordering::SeqCst) {
            state.of_commit.1 += 1;
        }
        let own = state.passed.iter().filter(|it| it.side == self.side);
        let at = own.count() + 1;
        let is_of_commit = commits.load(Ordering::SeqCst);
        let of_commit = is_of_commit.then_some(state.of_commit);
        state.passed.push(Message {
            side: self.side,
            at,
            of_commit,
        });
        let is_it = |cut: &Cut| match cut.of_commit {
            Some(_) => of_commit == cut.of_commit,
            None => cut.side == self.side && cut.at == at,
        };
        match state.cut {
            Some(cut) if !state.is_cut && is_it(&cut) => {
                state.is_cut = true;
                is_cut.store(true, Ordering::SeqCst);
                match cut.stage {
                    Stage::Before => Fate::IsLost,
                    Stage::After => Fate::IsLast,
                }
            }
            _ => Fate::Passes,
        }
    }
}

/// Reads a message with its type and length.
fn read(from: &mut UnixStream, has_type: bool) -> std::io::Result<Vec<u8>> {
    let head = if has_type { 5 } else { 4 };
    let mut message = vec![0; head];
    from.read_exact(&mut message)?;
    let length = u32::from_be_bytes(message[head - 4..].try_into().unwrap());
    message.resize(head - 4 + length as usize, 0);
    from.read_exact(&mut message[head..])?;
    Ok(message)
}
