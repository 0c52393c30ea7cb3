//! Entry points for fuzzers: each takes arbitrary bytes and panics when an invariant is broken.
use crate::{
    Decoder, Frame, Headers, Limits, Request, Session, Subscription, Subscriptions, Violation, encode,
    sockjs::{self, ServerFrame},
};

/// Small enough for a fuzzer to reach.
const LIMITS: Limits = Limits { frame_bytes: 4096, headers: 16, header_bytes: 256 };
const MAX_ID_BYTES: usize = 32;
const MAX_SUBSCRIPTIONS: usize = 4;

/// Escaping makes text longer, so what we write ourselves is read without a limit on bytes.
const WRITTEN: sockjs::Limits = sockjs::Limits { payload_bytes: usize::MAX, messages: SOCKJS.messages };
const SOCKJS: sockjs::Limits = sockjs::Limits { payload_bytes: 4096, messages: 16 };

/// Frames of a connection, and the violation that ended it.
type Decoded = (Vec<Frame>, Option<Violation>);

/// Bytes of a connection: any split gives the same frames, no frame exceeds the limits, and every frame that can be
/// written as text is read back as it was.
///
/// The first byte chooses the split; the rest is the connection.
///
/// # Panics
/// When that is not so.
pub fn decode(data: &[u8]) {
    let Some((&seed, bytes)) = data.split_first() else {
        return;
    };
    let whole = decode_pieces([bytes]);
    let size = usize::from(seed) + 1;
    assert_eq!(decode_pieces(bytes.chunks(size)), whole, "pieces of {size}");
    let (first, second) = bytes.split_at(size.min(bytes.len()));
    assert_eq!(decode_pieces([first, second]), whole, "cut at {size}");
    for frame in &whole.0 {
        check_limits(frame);
        check_round_trip(frame);
    }
    messages(bytes, size);
}

/// The same bytes as WebSocket messages that may lack the NUL at their end: no panic, limits hold.
fn messages(bytes: &[u8], size: usize) {
    let mut decoder = Decoder::new(LIMITS);
    for mut piece in bytes.chunks(size) {
        while let Ok(Some(frame)) = decoder.decode(&mut piece) {
            check_limits(&frame);
        }
        if let Some(frame) = decoder.end_of_message() {
            check_limits(&frame);
        }
    }
}

/// Frames of a client to a session, and subscriptions held as a gateway would.
///
/// # Panics
/// When something comes before CONNECT or after DISCONNECT, or a bound is exceeded.
pub fn session(data: &[u8]) {
    let (frames, _) = decode_pieces([data]);
    let mut session = Session::new(MAX_ID_BYTES);
    let mut table = Subscriptions::new(MAX_SUBSCRIPTIONS);
    let (mut is_open, mut is_over) = (false, false);
    for frame in &frames {
        let Ok(incoming) = session.handle_frame(frame) else {
            continue;
        };
        assert!(!is_over, "nothing is legal after DISCONNECT");
        assert!(incoming.receipt.is_none_or(|id| id.len() <= MAX_ID_BYTES));
        match incoming.request {
            Request::Connect { .. } => assert!(!std::mem::replace(&mut is_open, true), "CONNECT comes once"),
            _ => assert!(is_open, "CONNECT comes first"),
        }
        match incoming.request {
            Request::Subscribe { id, ack, destination, .. } => {
                let known = table.get(id).is_some();
                let inserted = table.insert(id, Subscription { ack, subject: destination });
                assert_eq!(inserted.is_ok_and(|before| before.is_some()), known);
            }
            Request::Unsubscribe { id } => drop(table.remove(id)),
            Request::Disconnect => is_over = true,
            _ => {}
        }
        assert!(table.len() <= MAX_SUBSCRIPTIONS);
        answer(&incoming);
    }
}

/// What a server writes about a request can be read, and says what was meant.
fn answer(incoming: &crate::Incoming<'_>) {
    if let Some(id) = incoming.receipt {
        assert_eq!(read(&encode::receipt(id)).headers.get("receipt-id"), Some(id));
    }
    let Request::Subscribe { id, destination, .. } = incoming.request else {
        return;
    };
    let delivery = encode::Delivery {
        subscription: id,
        message_id: 7,
        is_acknowledged: true,
        receipt_id: incoming.receipt,
        subscription_id: Some(id),
        destination: None,
    };
    let alone = encode::message(destination, encode::JSON, destination, &delivery);
    let mut shared = String::new();
    let message = encode::SharedMessage::new(destination, encode::JSON, destination);
    encode::write_message(&mut shared, &message, &delivery);
    assert_eq!(alone, shared);
    let frame = read(&alone);
    let headers = &frame.headers;
    assert_eq!(headers.get("subscription"), Some(id));
    assert_eq!(headers.get("subscription-id"), Some(id));
    assert_eq!(headers.get("receipt-id"), incoming.receipt);
    assert_eq!(headers.get("destination"), Some(destination));
    assert_eq!(frame.body, destination.as_bytes());
}

/// A payload of a SockJS client, and a frame of a SockJS server: limits hold, and what was read is read again as it was
/// when it is written. Any text is a message that survives the way.
///
/// # Panics
/// When that is not so.
pub fn sockjs(data: &[u8]) {
    if let Ok(messages) = sockjs::decode(data, SOCKJS) {
        check_messages(&messages);
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    check_messages(&[text.to_owned(), String::new()]);
    match ServerFrame::parse(text, SOCKJS) {
        Ok(ServerFrame::Messages(messages)) => check_messages(&messages),
        Ok(ServerFrame::Close { code, reason }) => {
            let again = ServerFrame::parse(&sockjs::close(code, &reason), WRITTEN);
            assert_eq!(again, Ok(ServerFrame::Close { code, reason }));
        }
        Ok(ServerFrame::Open | ServerFrame::Heartbeat) => assert_eq!(text.len(), 1),
        Err(_) => {}
    }
}

fn check_messages(messages: &[String]) {
    assert!(messages.len() <= SOCKJS.messages);
    let payload = sockjs::encode(messages.iter().map(String::as_str));
    assert_eq!(sockjs::decode(payload.as_bytes(), WRITTEN).as_deref(), Ok(messages));
    let mut frame = String::new();
    messages.iter().for_each(|message| sockjs::add_message(&mut frame, message));
    if !messages.is_empty() {
        assert_eq!(ServerFrame::parse(&frame, WRITTEN), Ok(ServerFrame::Messages(messages.to_vec())));
    }
}

fn read(text: &str) -> Frame {
    // Escaping at most doubles what was below the limits.
    let limits = Limits { frame_bytes: 16 * 1024, headers: 32, header_bytes: 1024 };
    let mut decoder = Decoder::new(limits);
    let mut input = text.as_bytes();
    let frame = decoder.decode(&mut input).ok().flatten().expect("invariant: what we write is a frame");
    assert!(input.is_empty(), "one frame, not two");
    frame
}

fn decode_pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Decoded {
    let mut decoder = Decoder::new(LIMITS);
    let mut frames = Vec::new();
    for mut piece in pieces {
        loop {
            match decoder.decode(&mut piece) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(violation) => return (frames, Some(violation)),
            }
        }
        assert!(piece.is_empty(), "all input is read before more is asked for");
    }
    (frames, None)
}

fn check_limits(frame: &Frame) {
    assert!(frame.headers.len() <= LIMITS.headers);
    assert!(frame.headers.iter().all(|(name, value)| name.len() + value.len() < LIMITS.header_bytes));
    assert!(frame.body.len() < LIMITS.frame_bytes);
}

fn check_round_trip(frame: &Frame) {
    let Ok(body) = std::str::from_utf8(&frame.body) else {
        return;
    };
    let mut text = String::new();
    encode::write_frame(&mut text, frame.command, frame.headers.iter(), body);
    let again = read(&text);
    assert_eq!((again.command, &again.body), (frame.command, &frame.body));
    assert_eq!(without_length(&again.headers), without_length(&frame.headers));
}

/// `content-length` is written anew.
fn without_length(headers: &Headers) -> Vec<(&str, &str)> {
    headers.iter().filter(|(name, _)| *name != "content-length").collect()
}
