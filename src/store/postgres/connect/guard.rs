//! Keeps a password from being sent in a form that a false server or a listener could use.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsStream};

/// A stream from a server that fails as soon as the server asks for a password that may not be
/// sent.
///
/// tokio-postgres answers every request of a server, so the request must not reach it.
pub(super) struct Guard<S> {
    stream: S,
    /// None once the server has authenticated the client, or if every request is permitted.
    watch: Option<Watch>,
}

impl<S> Guard<S> {
    /// Guards a stream that begins with the server's first message or, if `is_tls_requested`, with
    /// the byte that accepts or refuses TLS. Permits every request if `is_permitted`.
    pub(super) fn new(stream: S, is_permitted: bool, is_tls_requested: bool) -> Self {
        let watch = Watch {
            skip: usize::from(is_tls_requested),
            ..Watch::default()
        };
        Self {
            stream,
            watch: (!is_permitted).then_some(watch),
        }
    }

    /// Returns the stream without the guard.
    pub(super) fn into_inner(self) -> S {
        self.stream
    }
}

/// A request of the server that must not be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefusedRequest {
    /// The password itself.
    Cleartext,
    /// The MD5 hash of the password, which is as good as the password.
    Md5,
}

impl fmt::Display for RefusedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cleartext => "the server asks for the password in cleartext",
            Self::Md5 => "the server asks for the password as an MD5 hash",
        })
    }
}

impl std::error::Error for RefusedRequest {}

/// Follows the server's messages until the client is authenticated.
///
/// A message is a tag of one byte, its length of four bytes, which counts itself, and its content.
/// The content of the tag `R` begins with a number of four bytes, the request.
#[derive(Debug, Default)]
struct Watch {
    /// The number of bytes until the next message.
    skip: usize,
    /// The first bytes of the message, in the first `filled` of them.
    header: [u8; 9],
    filled: usize,
}

impl Watch {
    const TAG_AND_LENGTH: usize = 5;

    /// Follows the next bytes. Returns whether the client is authenticated.
    fn follow(&mut self, mut bytes: &[u8]) -> Result<bool, RefusedRequest> {
        loop {
            let skipped = self.skip.min(bytes.len());
            bytes = &bytes[skipped..];
            self.skip -= skipped;
            let Some((&next, rest)) = bytes.split_first() else {
                return Ok(false);
            };
            bytes = rest;
            self.header[self.filled] = next;
            self.filled += 1;
            let [tag, a, b, c, d, request @ ..] = self.header;
            let length = u32::from_be_bytes([a, b, c, d]) as usize;
            let is_request = tag == b'R';
            if self.filled == self.header.len() {
                match u32::from_be_bytes(request) {
                    0 => return Ok(true),
                    3 => return Err(RefusedRequest::Cleartext),
                    5 => return Err(RefusedRequest::Md5),
                    _ => {}
                }
            } else if self.filled < Self::TAG_AND_LENGTH || is_request {
                continue;
            }
            self.skip = (1 + length).saturating_sub(self.filled);
            self.filled = 0;
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if let Some(watch) = &mut self.watch {
            let read = &buffer.filled()[before..];
            if watch.follow(read).map_err(io::Error::other)? {
                self.watch = None;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: TlsStream + Unpin> TlsStream for Guard<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.stream.channel_binding()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len() + 4).unwrap().to_be_bytes();
        [&[tag], &length[..], content].concat()
    }

    fn request(code: u32, rest: &[u8]) -> Vec<u8> {
        message(b'R', &[&code.to_be_bytes(), rest].concat())
    }

    /// Follows `bytes` in pieces of `size` bytes, up to the end or the first other answer.
    fn follow(skip: usize, bytes: &[u8], size: usize) -> Result<bool, RefusedRequest> {
        let mut watch = Watch {
            skip,
            ..Watch::default()
        };
        let mut answers = bytes.chunks(size).map(|piece| watch.follow(piece));
        answers
            .find(|answer| *answer != Ok(false))
            .unwrap_or(Ok(false))
    }

    #[test]
    fn a_refused_request_is_found_wherever_the_stream_is_cut() {
        let notice = message(b'N', b"R\0\0\0\x0c\0\0\0\x03");
        let sasl = request(10, b"SCRAM-SHA-256\0\0");
        let cases = [
            (request(3, b""), Err(RefusedRequest::Cleartext)),
            (request(5, b"salt"), Err(RefusedRequest::Md5)),
            (request(0, b""), Ok(true)),
            (sasl.clone(), Ok(false)),
            (message(b'R', b""), Ok(false)),
            (
                [sasl, request(12, b"v=x"), request(0, b"")].concat(),
                Ok(true),
            ),
        ];
        for (requests, expected) in cases {
            for skip in [0, 1] {
                let bytes = [&b"N"[..skip], &notice, &requests].concat();
                for size in 1..=bytes.len() {
                    assert_eq!(follow(skip, &bytes, size), expected, "{bytes:?} by {size}");
                }
            }
        }
    }
}
