//! Threads that answer as a server could.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection, SupportedProtocolVersion};

use super::certificates::Pair;

/// Returns a message of a server: its tag, its length and `content`.
pub(super) fn message(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 4).unwrap().to_be_bytes();
    [&[tag], &length[..], content].concat()
}

/// Returns the message of an error.
pub(super) fn error(code: &str, text: &str) -> Vec<u8> {
    let content = format!("SFATAL\0VFATAL\0C{code}\0M{text}\0\0");
    message(b'E', content.as_bytes())
}

/// Starts a server that gives `answer` to each connection, then is silent. Returns its port.
pub(super) fn silent_after(answer: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.write_all(&answer).unwrap();
            kept.push(stream);
        }
    });
    port
}

/// Starts a server that gives `answer` to its first connection. Returns its port, and the thread,
/// which returns all that the server received.
pub(super) fn server(answer: Vec<u8>) -> (u16, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // A client could send before it has the answer, so this ends only its own side, and reads
        // until the client closes.
        stream.write_all(&answer).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut received = Vec::new();
        // A client that resets the connection has sent all before.
        let _ = stream.read_to_end(&mut received);
        received
    });
    (port, thread)
}

/// A certificate with a key that may be another's.
#[derive(Debug)]
struct Presented(Arc<CertifiedKey>);

impl ResolvesServerCert for Presented {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// Starts a server that presents the certificate `certificate` and signs with the key of `pair`.
/// Returns its port.
pub(super) fn with_tls(
    certificate: &str,
    pair: &Pair,
    version: &'static SupportedProtocolVersion,
) -> u16 {
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    let key = ring::sign::any_supported_type(&key).unwrap();
    let presented = Presented(Arc::new(CertifiedKey::new(vec![certificate], key)));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(presented));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 8];
        stream.read_exact(&mut request).unwrap();
        stream.write_all(b"S").unwrap();
        let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
        let _ = connection.complete_io(&mut stream);
        let refusal = error("57P03", "TLS is established");
        let _ = rustls::Stream::new(&mut connection, &mut stream).write_all(&refusal);
        // Unread bytes would reset the connection, and the client might lose the refusal.
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    port
}
