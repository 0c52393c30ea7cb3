//! The contract with operators: settings, first start, health, metrics, shutdown, restart on the same data.
use support::{Server, connect};

#[test]
fn every_problem_with_the_settings_is_reported_before_anything_starts() {
    let data = tempfile::tempdir().expect("a folder");
    let folder = data.path().join("data");
    let settings = [
        ("WHISKER_DATA_DIR", folder.to_str().expect("UTF-8")),
        ("WHISKER_LISTEN", "nowhere"),
        ("WHISKER_CALLS__RING_SECONDS", "60"),
    ];
    let (status, output) = Server::run_to_end(&["serve"], &settings);
    assert_eq!(status.code(), Some(78), "{output}");
    assert!(output.contains("WHISKER_LISTEN"), "{output}");
    assert!(output.contains("did you mean WHISKER_CALLS__RING_SECS?"), "{output}");
    assert!(!folder.exists(), "nothing was created");
}

#[test]
fn a_port_that_is_taken_is_an_error_that_names_it() {
    let server = Server::start(&[]);
    let data = tempfile::tempdir().expect("a folder");
    let listen = format!("127.0.0.1:{}", server.port());
    let settings =
        [("WHISKER_LISTEN", listen.as_str()), ("WHISKER_DATA_DIR", data.path().to_str().expect("UTF-8"))];
    let (status, output) = Server::run_to_end(&["serve"], &settings);
    assert!(!status.success());
    assert!(output.contains(&listen), "{output}");
}

#[test]
fn a_data_folder_belongs_to_one_server() {
    let server = Server::start(&[]);
    let folder = server.data("");
    let folder = folder.to_str().expect("UTF-8");
    let settings = [("WHISKER_LISTEN", "127.0.0.1:0"), ("WHISKER_DATA_DIR", folder)];
    let (status, output) = Server::run_to_end(&["serve"], &settings);
    assert!(!status.success());
    assert!(output.contains("in use by another server"), "{output}");
    assert_eq!(server.get("/readyz").status, 200);
}

#[test]
fn the_first_start_prints_where_everything_is_and_secrets_only_once() {
    let mut server = Server::start(&[]);
    let first = server.output();
    for expected in ["/demo", "/rtm", "/healthz", Server::API_KEY, "startSession", "API secret", "Admin"] {
        assert!(first.contains(expected), "{expected} in {first}");
    }
    assert!(server.stop_and_restart().success(), "SIGTERM ends the process in order");
    let second = server.output().split_off(first.len());
    assert!(second.contains(Server::API_KEY), "{second}");
    assert!(!second.contains("API secret"), "secrets are printed once: {second}");
}

#[test]
fn health_readiness_and_metrics_answer() {
    let server = Server::start(&[]);
    assert_eq!(server.get("/healthz").status, 200);
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 200, "{}", ready.body);
    for part in ["store", "bus", "media"] {
        assert!(ready.body.contains(part), "{}", ready.body);
    }
    let metrics = server.get("/metrics");
    assert_eq!(metrics.status, 200);
    assert!(metrics.head.to_lowercase().contains("text/plain; version=0.0.4"), "{}", metrics.head);
    assert_eq!(server.get("/nothing-here").status, 404);
    let (status, _) =
        Server::run_to_end(&["health"], &[("WHISKER_LISTEN", &format!("127.0.0.1:{}", server.port()))]);
    assert!(status.success());
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart_and_after_kill_9() {
    let mut server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    let channel = support::private_channel(&mut ann, "plans", &[]).await;
    let update = loadtest::client::destination(&ann.user, "_actions", "update");
    let mut changed = ann.user.clone();
    changed["displayName"] = "Ann of Whisker".into();
    ann.request(&update, &changed).await.expect("updated");
    server.kill_and_restart();
    for _ in 0..2 {
        let mut ann = connect(&server, "ann").await;
        assert_eq!(ann.user["displayName"], "Ann of Whisker");
        let path = format!("/application/v1/channels/{}.relay", channel["id"]);
        assert_eq!(ann.relay(&path, &[]).await.expect("the channel")["name"], "plans");
        drop(ann);
        assert!(server.stop_and_restart().success());
    }
}

#[tokio::test]
async fn clients_are_told_to_come_back_when_the_server_stops() {
    let mut server = Server::start(&[]);
    let mut ann = connect(&server, "ann").await;
    // The WebSocket keeps its place among the connections; the other one asks.
    assert!(server.metric("http_connections") >= 2.0);
    assert!(server.terminate().success());
    let closed = loop {
        if let Err(error) = ann.read().await {
            break error.to_string();
        }
    };
    assert!(
        closed.contains("Restart") || closed.contains("1012"),
        "a close code that means come back: {closed}"
    );
}
