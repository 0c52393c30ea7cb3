//! A WebSocket whose outgoing text does not pass through the library's write buffer.
//!
//! The library keeps a buffer as large as the largest message it ever wrote: 4 KB for each session that has read its own
//! user once. Text frames of a server are a short header and the text, so they are written here, into a buffer that lives
//! only while something is unwritten. Everything else (reading, pings, the closing handshake) is the library's.
//!
//! Invariant: the library writes nothing while `unwritten` holds the middle of a frame, and nothing is written here while
//! the library's buffer does.
use bytes::{Buf, Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::error;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

/// Small, because idle connections are many: the default of 128 KiB is zeroed on every read (design decision 4).
const READ_BUFFER_BYTES: usize = 1024;

/// The socket failed or the client closed it.
#[derive(Debug)]
pub(crate) struct Lost;

/// What came in.
#[derive(Debug)]
pub(crate) enum Received {
    /// A text or binary message: no difference is made (protocol 1.5.3).
    Message(Bytes),
    /// A ping, which is answered, or a pong.
    SignOfLife,
    /// Too large, or not what the protocol wants. Nothing more can be read.
    Broken(Box<dyn error::Error + Send + Sync>),
}

/// The server's end of a WebSocket.
pub(crate) struct Socket {
    library: WebSocketStream<TokioIo<Upgraded>>,
    unwritten: BytesMut,
}

impl Socket {
    /// `max_message_bytes`: larger ones break the socket.
    pub(crate) async fn new(upgraded: Upgraded, max_message_bytes: usize) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_message_size(Some(max_message_bytes))
            .max_frame_size(Some(max_message_bytes));
        let io = TokioIo::new(upgraded);
        let library = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await;
        Self { library, unwritten: BytesMut::new() }
    }

    /// Adds a text message to what [`Socket::write`] writes.
    pub(crate) fn queue_text(&mut self, text: &str) {
        put_text_frame(&mut self.unwritten, text);
    }

    /// Writes what is queued. May be dropped and called again: it goes on where it was.
    pub(crate) async fn write(&mut self) -> Result<(), Lost> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        // An answer to a ping may be under way.
        SinkExt::<Message>::flush(&mut self.library).await.map_err(|_| Lost)?;
        let io = self.library.get_mut();
        while !self.unwritten.is_empty() {
            let written = io.write(&self.unwritten).await.map_err(|_| Lost)?;
            if written == 0 {
                return Err(Lost);
            }
            self.unwritten.advance(written);
        }
        self.unwritten = BytesMut::new();
        io.flush().await.map_err(|_| Lost)
    }

    /// The next thing that comes in. May be dropped and called again. Only while nothing is unwritten.
    pub(crate) async fn read(&mut self) -> Result<Received, Lost> {
        match self.library.next().await {
            Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                Ok(Received::Message(message.into_data()))
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(Received::SignOfLife),
            Some(Ok(Message::Close(_))) => {
                // The answer to the close goes out with the next read.
                drop(self.library.next().await);
                Err(Lost)
            }
            Some(Err(problem @ (Error::Capacity(_) | Error::Protocol(_) | Error::Utf8(_)))) => {
                Ok(Received::Broken(problem.into()))
            }
            Some(Err(_)) | None => Err(Lost),
        }
    }

    /// Asks for a sign of life.
    pub(crate) async fn ping(&mut self) -> Result<(), Lost> {
        self.library.send(Message::Ping(Bytes::new())).await.map_err(|_| Lost)
    }

    /// Writes what is unwritten, closes, and waits for the client's answer: without it, closing could overtake what was
    /// written. `reason`: at most 123 bytes.
    pub(crate) async fn close(&mut self, code: u16, reason: &'static str) -> Result<(), Lost> {
        self.write().await?;
        let close = CloseFrame { code: CloseCode::from(code), reason: reason.into() };
        self.library.send(Message::Close(Some(close))).await.map_err(|_| Lost)?;
        while let Some(Ok(_)) = self.library.next().await {}
        Ok(())
    }
}

/// A whole, final, unmasked text frame (RFC 6455, section 5.2).
fn put_text_frame(out: &mut BytesMut, text: &str) {
    const FINAL_TEXT: u8 = 0x81;
    let length = text.len();
    out.reserve(10 + length);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..126), _) => out.extend_from_slice(&[FINAL_TEXT, short]),
        (_, Ok(medium)) => {
            out.extend_from_slice(&[FINAL_TEXT, 126]);
            out.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            out.extend_from_slice(&[FINAL_TEXT, 127]);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_tungstenite::tungstenite::{WebSocket, protocol::Role};

    #[test]
    fn frames_of_every_length_are_read_back_by_the_library() {
        let lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000];
        let mut out = BytesMut::new();
        for length in lengths {
            put_text_frame(&mut out, &"x".repeat(length));
        }
        let mut client = WebSocket::from_raw_socket(std::io::Cursor::new(out.to_vec()), Role::Client, None);
        for length in lengths {
            assert_eq!(client.read().unwrap().into_text().unwrap().len(), length);
        }
    }
}
