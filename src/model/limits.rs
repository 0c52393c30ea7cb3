//! Every size and count that a peer can influence, in one place. Each has a test at the limit and one past it.
use std::time::Duration;

/// Largest STOMP frame a client may send, bytes. Whole resources and SDP travel in frames (protocol 1.5.10).
pub const MAX_FRAME_BYTES: usize = 1024 * 1024;
/// Most headers in one STOMP frame.
pub const MAX_FRAME_HEADERS: usize = 64;
/// Longest header line (name, colon, value), bytes.
pub const MAX_HEADER_BYTES: usize = 16 * 1024;
/// Subscriptions one session may hold at once (topics; relays hold none).
pub const MAX_SUBSCRIPTIONS: usize = 1024;
/// Longest client-chosen subscription or receipt id, bytes.
pub const MAX_CLIENT_ID_BYTES: usize = 128;

/// Largest SockJS payload of a client, bytes: a largest frame whose quotes are escaped once more, or many small ones.
pub const MAX_SOCKJS_PAYLOAD_BYTES: usize = 2 * MAX_FRAME_BYTES + 64 * 1024;
/// Messages in one SockJS payload of a client.
pub const MAX_SOCKJS_MESSAGES: usize = 4096;
/// SockJS sessions that are carried by plain HTTP requests.
pub const MAX_SOCKJS_SESSIONS: usize = 10_000;
/// Longest API key that such a session is found by, bytes. Ours are far shorter.
pub const MAX_API_KEY_BYTES: usize = 256;

/// Longest username, bytes.
pub const MAX_USERNAME_BYTES: usize = 256;
/// Longest display name or channel name, bytes.
pub const MAX_NAME_BYTES: usize = 256;
/// Longest free JSON object (`properties`), bytes.
pub const MAX_PROPERTIES_BYTES: usize = 64 * 1024;
/// Longest URL of a picture, bytes.
pub const MAX_URL_BYTES: usize = 2048;
/// Longest presence status word, bytes.
pub const MAX_STATUS_BYTES: usize = 64;
/// Users in a DIRECT channel, the creator included.
pub const MAX_DIRECT_MEMBERS: usize = 10;
/// Members that may be listed when a channel is created.
pub const MAX_INITIAL_MEMBERS: usize = 1000;

/// Page size when the client names none.
pub const DEFAULT_PAGE_SIZE: u32 = 25;
/// Largest page.
pub const MAX_PAGE_SIZE: u32 = 100;

/// Participants invited to one call.
pub const MAX_CALL_PARTICIPANTS: usize = 1000;
/// How long an unanswered call rings, unless configured.
pub const DEFAULT_RING: Duration = Duration::from_secs(60);
/// ICE candidates held back for one ordered pair of participants (protocol 7.5).
pub const MAX_BUFFERED_CANDIDATES: usize = 64;
/// Largest payload of one ICE candidate between two participants, bytes. With the limit above: what a pair can hold.
pub const MAX_CANDIDATE_BYTES: usize = 4096;
/// Payload bytes of held candidates that one participant may cause, over all its pairs.
pub const MAX_HELD_CANDIDATE_BYTES: usize = 1024 * 1024;
/// Largest signal payload (SDP), bytes.
pub const MAX_SIGNAL_BYTES: usize = 256 * 1024;
/// m-lines in one SDP offer.
pub const MAX_MEDIA_SECTIONS: usize = 256;
/// Sections one peer may publish with in an SFU call.
pub const MAX_PUBLISHED_TRACKS: usize = 16;
/// SDP offers that may wait for one media thread.
pub const MAX_QUEUED_OFFERS: usize = 1024;
/// Bytes of SDP that may wait for one media thread.
pub const MAX_QUEUED_OFFER_BYTES: usize = 16 * 1024 * 1024;
/// Media connections in one SFU call, several devices of a user included.
pub const MAX_CALL_PEERS: usize = 1000;
/// Free receive sections of each kind below which a peer is asked for more.
pub const MIN_SPARE_SECTIONS: u32 = 2;

/// A session without a socket may be resumed for this long, unless configured (design decision 7).
pub const DEFAULT_RESUME: Duration = Duration::from_secs(60);
/// A session without a socket counts as offline after this long, unless configured.
pub const DEFAULT_OFFLINE_GRACE: Duration = Duration::from_secs(15);
/// Bytes that may wait for one slow socket before it is closed.
pub const MAX_SEND_QUEUE_BYTES: usize = 1024 * 1024;
/// Bytes of unacknowledged events kept for replay to one session.
pub const MAX_REPLAY_BYTES: usize = 256 * 1024;

/// Longest text of a message, bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// Longest group tag, bytes.
pub const MAX_GROUP_TAG_BYTES: usize = 256;
/// Longest idempotency key of a send, bytes.
pub const MAX_IDEMPOTENCY_KEY_BYTES: usize = 256;
/// How long a repeated send with the same idempotency key returns the first message.
pub const IDEMPOTENCY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a deleted message can still be looked up: events that name it are on their way.
pub const TOMBSTONE: Duration = Duration::from_secs(5 * 60);
/// Mentions resolved in one text; further ones stay plain text.
pub const MAX_MENTIONS: usize = 50;
/// Links found in one text; further ones stay plain text.
pub const MAX_LINKS: usize = 20;
/// Deepest reply to a reply to a reply.
pub const MAX_NESTED_LEVEL: u32 = 100;
/// Longest name or content type of a file, bytes.
pub const MAX_FILE_NAME_BYTES: usize = 256;
/// Largest size an external file may claim, bytes: what JavaScript can hold.
pub const MAX_EXTERNAL_FILE_SIZE: u64 = (1 << 53) - 1;
/// Different emojis on one message.
pub const MAX_REACTION_EMOJIS: usize = 50;
/// Users listed in the summary of one emoji; the count is exact.
pub const MAX_REACTION_USERS: usize = 25;
/// Longest reason of a report, bytes.
pub const MAX_REPORT_REASON_BYTES: usize = 2048;
/// Read receipts one action makes at most. A channel counts as read as a whole all the same.
pub const MAX_RECEIPTS_AT_ONCE: usize = 1000;
/// Messages in one window of [`ReadBy`](crate::receipt::ReadBy).
pub const MAX_CONTEXT_MESSAGES: usize = 200;
/// Members notified of one message; whoever it answers or mentions comes first.
pub const MAX_NOTIFIED: usize = 1000;
/// Above this many members typing and read receipts are told in the chat only, not to every member.
pub const LARGE_CHANNEL_MEMBERS: usize = 200;
/// Longest `keys` of a keystrokes action, bytes.
pub const MAX_KEYSTROKES_BYTES: usize = 16 * 1024;
/// How long somebody is typing after the last keystrokes.
pub const TYPING: Duration = Duration::from_secs(5);
/// Keystrokes this soon after a message of the same user in the same thread belong to that message.
pub const TYPING_AFTER_MESSAGE: Duration = Duration::from_millis(300);
/// Longest type of a custom event, bytes.
pub const MAX_EVENT_TYPE_BYTES: usize = 256;
/// Receipts of one session whose results are remembered, so that a repeated SEND is not done twice.
pub const MAX_REMEMBERED_RECEIPTS: usize = 256;
/// Bytes of results remembered with the receipts of one session.
pub const MAX_REMEMBERED_BYTES: usize = 64 * 1024;
/// Errors kept for one session that cannot be told now.
pub const MAX_HELD_FAILURES: usize = 32;
