//! Plain HTTP/1.1, byte by byte: responses can be read while they are written, and broken off.
use crate::support::{PATIENCE, World};
use std::collections::HashMap;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

/// A response, read as it comes.
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: HashMap<String, String>,
    stream: BufReader<TcpStream>,
    /// Bytes of the body that are still to come, where the length is known.
    left: usize,
    unread: String,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The next line of the body without its end; `None` after the last.
    pub(crate) async fn line(&mut self) -> Option<String> {
        loop {
            if let Some((line, rest)) = self.unread.split_once('\n') {
                let (line, rest) = (line.trim_end_matches('\r').to_owned(), rest.to_owned());
                self.unread = rest;
                return Some(line);
            }
            let piece = timeout(PATIENCE, self.piece()).await.expect("a piece of the body")?;
            self.unread.push_str(&piece);
        }
    }

    /// All that is left of the body.
    pub(crate) async fn body(&mut self) -> String {
        let mut body = std::mem::take(&mut self.unread);
        while let Some(piece) = timeout(PATIENCE, self.piece()).await.expect("a piece of the body") {
            body.push_str(&piece);
        }
        body
    }

    async fn piece(&mut self) -> Option<String> {
        let is_chunked = self.header("transfer-encoding") == "chunked";
        if is_chunked {
            let size = read_line(&mut self.stream).await;
            self.left = usize::from_str_radix(&size, 16).unwrap_or_else(|_| panic!("chunk of {size:?}"));
        }
        let mut piece = vec![0; std::mem::take(&mut self.left)];
        self.stream.read_exact(&mut piece).await.expect("a whole piece");
        if is_chunked {
            read_line(&mut self.stream).await;
        }
        (!piece.is_empty()).then(|| String::from_utf8(piece).expect("text"))
    }
}

async fn read_line(stream: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    timeout(PATIENCE, stream.read_line(&mut line)).await.expect("a line").expect("readable");
    line.trim_end().to_owned()
}

/// Asks, and reads the head of the answer.
pub(crate) async fn ask(
    world: &World,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    let address = world.url("").replace("ws://", "");
    let stream = TcpStream::connect(&address).await.expect("open");
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let mut stream = BufReader::new(stream);
    // A server that refuses a large body does not read all of it.
    drop(stream.get_mut().write_all(request.as_bytes()).await);
    let status = read_line(&mut stream).await;
    let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
    let mut headers = HashMap::new();
    loop {
        let line = read_line(&mut stream).await;
        let Some((name, value)) = line.split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let left = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    Response { status: status.expect("a status"), headers, stream, left, unread: String::new() }
}
