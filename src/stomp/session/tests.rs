//! What each frame leads to in each phase.
use super::*;

const MAX_ID_BYTES: usize = 8;

/// `COMMAND name:value name:value|body`
fn frame(text: &str) -> Frame {
    let (head, body) = text.split_once('|').unwrap_or((text, ""));
    let mut words = head.split(' ');
    let command = Command::parse(words.next().unwrap().as_bytes()).unwrap();
    let mut headers = Headers::new();
    for (name, value) in words.map(|word| word.split_once(':').unwrap()) {
        headers.push(name, value);
    }
    Frame { command, headers, body: body.into() }
}

/// What the last of these frames leads to, after the others were legal.
fn last(frames: &[&str]) -> Result<String, Violation> {
    let mut session = Session::new(MAX_ID_BYTES);
    let (last, before) = frames.split_last().unwrap();
    for text in before {
        session.handle_frame(&frame(text)).unwrap_or_else(|violation| panic!("{text}: {violation}"));
    }
    session.handle_frame(&frame(last)).map(|incoming| format!("{incoming:?}"))
}

/// What a frame leads to in an open session.
fn open(text: &str) -> Result<String, Violation> {
    last(&[CONNECT, text])
}

const CONNECT: &str = "CONNECT accept-version:1.2";

fn incoming(request: Request<'_>, receipt: Option<&str>) -> Result<String, Violation> {
    Ok(format!("{:?}", Incoming { request, receipt }))
}

#[test]
fn an_open_session_takes_these_requests() {
    let subscribe = |text: &str, id, destination, ack| {
        let frame = frame(text);
        incoming(
            Request::Subscribe { id, destination, ack, headers: &frame.headers },
            frame.headers.get("receipt"),
        )
    };
    let rows = [
        (
            "SEND destination:/a receipt:r|hi",
            incoming(Request::Send { destination: "/a", body: b"hi" }, Some("r")),
        ),
        ("SEND destination:/a", incoming(Request::Send { destination: "/a", body: b"" }, None)),
        ("SEND", incoming(Request::Send { destination: "", body: b"" }, None)),
        ("UNSUBSCRIBE id:unknown", incoming(Request::Unsubscribe { id: "unknown" }, None)),
        ("ACK id:7 subscription:s", incoming(Request::Ack { id: "7" }, None)),
        ("NACK id:7", incoming(Request::Nack { id: "7" }, None)),
        ("DISCONNECT receipt:close-1", incoming(Request::Disconnect, Some("close-1"))),
    ];
    for (text, expected) in rows {
        assert_eq!(open(text), expected, "{text}");
    }
    for (text, id, destination, ack) in [
        (
            "SUBSCRIBE id:s destination:/t receipt:r ack:client-individual",
            "s",
            "/t",
            AckMode::ClientIndividual,
        ),
        ("SUBSCRIBE id:s destination:/t ack:client", "s", "/t", AckMode::Client),
        ("SUBSCRIBE id:s destination:/t ack:auto", "s", "/t", AckMode::Auto),
        ("SUBSCRIBE online:true id:s destination:/t", "s", "/t", AckMode::Auto),
        ("SUBSCRIBE id:s", "s", "", AckMode::Auto),
    ] {
        assert_eq!(open(text), subscribe(text, id, destination, ack), "{text}");
    }
}

#[test]
fn an_open_session_refuses_these_frames_and_names_the_header() {
    use Command::{Ack, Begin, Disconnect, Message, Send, Subscribe, Unsubscribe};
    let id_too_long = |command, header| Violation::IdTooLong { command, header, limit: MAX_ID_BYTES };
    let rows = [
        ("CONNECT accept-version:1.2", Violation::AlreadyConnected),
        ("STOMP accept-version:1.2", Violation::AlreadyConnected),
        ("SUBSCRIBE destination:/t", Violation::MissingHeader(Subscribe, "id")),
        ("SUBSCRIBE id:s destination:/t ack:never", Violation::BadHeader(Subscribe, "ack")),
        ("SUBSCRIBE id:123456789 destination:/t", id_too_long(Subscribe, "id")),
        ("SEND destination:/a receipt:123456789", id_too_long(Send, "receipt")),
        ("UNSUBSCRIBE", Violation::MissingHeader(Unsubscribe, "id")),
        ("ACK", Violation::MissingHeader(Ack, "id")),
        ("BEGIN transaction:t", Violation::Transaction(Begin)),
        ("BEGIN", Violation::Transaction(Begin)),
        ("SEND destination:/a transaction:t", Violation::Transaction(Send)),
        ("DISCONNECT receipt:123456789", id_too_long(Disconnect, "receipt")),
        ("MESSAGE id:1", Violation::ServerCommand(Message)),
    ];
    for (text, violation) in rows {
        assert_eq!(open(text), Err(violation), "{text}");
        let word = text.split(' ').next().unwrap();
        assert!(violation.to_string().contains(word) || word == "STOMP", "{violation} does not name {word}");
    }
    assert_eq!(id_too_long(Send, "receipt").to_string(), "SEND: the header receipt may have at most 8 bytes");
    for at_the_limit in ["SEND receipt:12345678", "SUBSCRIBE id:12345678"] {
        assert!(open(at_the_limit).is_ok(), "{at_the_limit}");
    }
}

#[test]
fn connect_comes_first_and_once_and_nothing_follows_disconnect() {
    for command in Command::ALL {
        let text = format!("{command} id:s accept-version:1.2 heart-beat:1,2");
        let is_connect = matches!(command, Command::Connect | Command::Stomp);
        let before = if is_connect { None } else { Some(Violation::NotConnected(*command)) };
        assert_eq!(last(&[&text]).err(), before, "{text} before CONNECT");
        let after = Violation::AfterDisconnect(*command);
        assert_eq!(last(&[CONNECT, "DISCONNECT", &text]), Err(after), "{text} after DISCONNECT");
    }
}

#[test]
fn a_refused_connect_or_disconnect_changes_nothing() {
    let mut session = Session::new(MAX_ID_BYTES);
    assert!(session.handle_frame(&frame("CONNECT accept-version:1.1")).is_err());
    assert!(session.handle_frame(&frame("SEND")).is_err());
    assert!(session.handle_frame(&frame(CONNECT)).is_ok());
    assert!(session.handle_frame(&frame("DISCONNECT receipt:123456789")).is_err());
    assert!(session.handle_frame(&frame("SEND")).is_ok());
}

#[test]
fn connect_agrees_on_version_and_heartbeat() {
    let connect = |text: &str| {
        let frame = frame(text);
        let incoming = Session::new(MAX_ID_BYTES).handle_frame(&frame)?;
        match incoming.request {
            Request::Connect { rhythm, headers } => {
                assert_eq!(headers, &frame.headers);
                Ok((rhythm.sends_every, rhythm.wants_every))
            }
            other => panic!("{other:?}"),
        }
    };
    let rows = [
        ("CONNECT accept-version:1.2 heart-beat:60000,10000", Ok((60_000, 10_000))),
        ("STOMP accept-version:1.0,1.1,1.2", Ok((0, 0))),
        ("CONNECT accept-version:1.2 receipt:ignored", Ok((0, 0))),
        ("CONNECT accept-version:1.0,1.1", Err(Violation::UnsupportedVersion)),
        ("CONNECT accept-version:11.2", Err(Violation::UnsupportedVersion)),
        ("CONNECT", Err(Violation::UnsupportedVersion)),
        (
            "CONNECT accept-version:1.2 heart-beat:often",
            Err(Violation::BadHeader(Command::Connect, "heart-beat")),
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(connect(text), expected, "{text}");
    }
}
