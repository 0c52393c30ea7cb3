use super::*;
use axum::routing::get;
use std::net::SocketAddr;
use telemetry::metrics::Registry;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::JoinHandle,
};

const ASK: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

struct Stage {
    address: SocketAddr,
    metrics: HttpMetrics,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

async fn stage(bounds: Bounds) -> Stage {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let metrics = HttpMetrics::register(&Registry::new()).unwrap();
    let (stop, stopped) = watch::channel(false);
    let router = Router::new().route("/", get(async || "here"));
    let serving = tokio::spawn(serve(listener, router, bounds, metrics.clone(), stopped));
    Stage { address, metrics, stop, serving }
}

fn bounds(connections: usize) -> Bounds {
    Bounds { connections, head_patience: HEAD_PATIENCE }
}

impl Stage {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

/// The first line of what is answered; nothing: closed without an answer.
async fn ask(stream: &mut TcpStream, question: &[u8]) -> String {
    // Writing to a closed connection may fail; reading tells.
    let _ = stream.write_all(question).await;
    let mut answer = [0; 1024];
    let len = stream.read(&mut answer).await.unwrap_or_default();
    String::from_utf8_lossy(&answer[..len]).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn so_many_connect_one_more_is_closed_and_counted_and_who_leaves_makes_room() {
    let stage = stage(bounds(2)).await;
    let mut inside = [stage.connect().await, stage.connect().await];
    for stream in &mut inside {
        assert_eq!(ask(stream, ASK).await, "HTTP/1.1 200 OK");
    }
    assert_eq!(stage.metrics.connections.get(), 2);
    assert_eq!(ask(&mut stage.connect().await, ASK).await, "");
    assert_eq!(stage.metrics.refused_total.get(), 1);

    let [mut leaving, _staying] = inside;
    assert_eq!(
        ask(&mut leaving, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await,
        "HTTP/1.1 200 OK"
    );
    let mut rest = Vec::new();
    leaving.read_to_end(&mut rest).await.unwrap();
    while stage.metrics.connections.get() == 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(ask(&mut stage.connect().await, ASK).await, "HTTP/1.1 200 OK");
}

#[tokio::test]
async fn who_does_not_finish_a_head_or_asks_nothing_more_is_closed() {
    let bounds = Bounds { connections: 9, head_patience: Duration::from_millis(20) };
    let stage = stage(bounds).await;
    for question in ["", "GET / HTTP/1.1\r\nX: ", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"] {
        let mut stream = stage.connect().await;
        stream.write_all(question.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        // Ends only because the server closes.
        stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&rest).contains("200 OK"), question.ends_with("\r\n\r\n"));
    }
}

#[tokio::test]
async fn a_head_of_the_largest_size_is_answered_and_a_longer_one_refused() {
    let stage = stage(bounds(9)).await;
    let head = |bytes: usize| {
        let frame = "GET / HTTP/1.1\r\nX: \r\n\r\n";
        frame.replace("X: ", &format!("X: {}", "x".repeat(bytes - frame.len())))
    };
    for (bytes, status) in
        [(MAX_HEAD_BYTES, "200 OK"), (MAX_HEAD_BYTES + 1, "431 Request Header Fields Too Large")]
    {
        let answer = ask(&mut stage.connect().await, head(bytes).as_bytes()).await;
        assert_eq!(answer, format!("HTTP/1.1 {status}"), "{bytes}");
    }
}

#[tokio::test]
async fn stopping_closes_idle_connections_and_ends() {
    let stage = stage(bounds(9)).await;
    let mut idle = stage.connect().await;
    assert_eq!(ask(&mut idle, ASK).await, "HTTP/1.1 200 OK");
    stage.stop.send(true).unwrap();
    stage.serving.await.unwrap();
    assert!(TcpStream::connect(stage.address).await.is_err(), "nobody listens");
}

#[test]
fn files_that_are_no_connections_have_their_place() {
    let rows = [
        (Some(1024), 1024 - OTHER_FILES),
        (Some((MAX_CONNECTIONS + OTHER_FILES) as u64), MAX_CONNECTIONS),
        (Some((MAX_CONNECTIONS + OTHER_FILES + 1) as u64), MAX_CONNECTIONS),
        (Some(10), 1),
        (None, MAX_CONNECTIONS),
    ];
    for (files, expected) in rows {
        assert_eq!(connections(files), expected, "{files:?}");
    }
}
