//! What clients may ask for and this server does not have: messages, threads, read state, blocks.
//!
//! Reads are answered with the truth: no message exists, so none is unread, and lists are empty. Actions are refused.
//! Everything about it is in this file, so that it can go in one piece.
use crate::requests::Problem;
use model::page::Page;
use std::collections::BTreeMap;
use stomp::Headers;
use wire::{
    destination::{Dialect, Relay, RelayRequest, parameter},
    error::{self, Public},
    resource::{Answer, ChannelContext, Count, Exists, PageResource},
};

/// The answer to an action that the server does not do.
pub(crate) fn action() -> Public {
    Public::new(501, error::VALIDATION, "this server does not support this action")
}

/// The answer to a read of the user's own.
pub(crate) fn of_user(request: &RelayRequest) -> Result<Vec<u8>, Problem> {
    match request.relay {
        Relay::UnreadChannels => Ok(no_items(request, "channels")),
        Relay::UserMessages => Ok(no_items(request, "messages")),
        Relay::UserBlockListItems | Relay::UserBlockedRecords => Ok(no_items(request, "items")),
        _ => Ok(Answer::encode(Count { count: 0 })),
    }
}

/// The answer to a read of a channel that the viewer may see.
pub(crate) fn of_channel(
    request: &RelayRequest,
    headers: &Headers,
    dialect: Dialect,
) -> Result<Vec<u8>, Problem> {
    match request.relay {
        Relay::ChannelMessages(_) => Ok(no_items(request, "messages")),
        Relay::Threads(_) => Ok(no_items(request, "threads")),
        Relay::BlockRecords(_) => Ok(no_items(request, "records")),
        Relay::ChannelUnread(_) => Ok(Answer::encode(Exists { exists: false })),
        // `@chatkitty/core` 2 hangs on an answer without resource (protocol 8.1).
        Relay::LastReadMessage(_) if dialect != Dialect::Core2 => Ok(br#"{"resource":null}"#.to_vec()),
        Relay::LastReadMessage(_) | Relay::LastReceivedMessage(_) => {
            Err(Public::new(404, error::NOT_FOUND, "message not found").into())
        }
        Relay::ChannelContext(_) => {
            let cursor = |name| parameter(headers.get(name)).unwrap_or_default();
            Ok(Answer::encode(ChannelContext {
                start_cursor: cursor("startCursor"),
                end_cursor: cursor("endCursor"),
                read_by: BTreeMap::new(),
            }))
        }
        _ => Ok(Answer::encode(Count { count: 0 })),
    }
}

fn no_items(request: &RelayRequest, content: &'static str) -> Vec<u8> {
    let page: Page<()> = Page { items: Vec::new(), request: request.page.request(), total: 0 };
    Answer::encode(PageResource::new(request.relay, &request.page, content, page))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ChannelId;

    fn answer(relay: Relay, dialect: Dialect) -> String {
        let request = Relay::parse(&relay.to_string()).expect("a relay");
        match of_channel(&request, &Headers::new(), dialect) {
            Ok(json) => String::from_utf8(json).unwrap(),
            Err(Problem::Public(public)) => public.name.to_owned(),
            Err(problem) => panic!("{problem:?}"),
        }
    }

    #[test]
    fn what_does_not_exist_is_not_counted_not_unread_and_not_listed() {
        let channel = ChannelId(5);
        let rows = [
            (Relay::MessagesCount(channel), r#"{"resource":{"count":0}}"#),
            (Relay::ChannelUnread(channel), r#"{"resource":{"exists":false}}"#),
            (Relay::LastReadMessage(channel), r#"{"resource":null}"#),
            (Relay::LastReceivedMessage(channel), "NotFoundError"),
            (Relay::ChannelContext(channel), r#"{"resource":{"startCursor":"","endCursor":"","readBy":{}}}"#),
        ];
        for (relay, expected) in rows {
            assert_eq!(answer(relay, Dialect::V1), expected);
        }
        assert_eq!(answer(Relay::LastReadMessage(channel), Dialect::Core2), "NotFoundError");
        for (relay, content) in [
            (Relay::ChannelMessages(channel), "messages"),
            (Relay::Threads(channel), "threads"),
            (Relay::BlockRecords(channel), "records"),
        ] {
            let json = answer(relay, Dialect::V1);
            assert!(json.contains(&format!(r#""_embedded":{{"{content}":[]}}"#)), "{json}");
            assert!(
                json.contains(r#""totalElements":0"#) && json.contains(r#""_relays":{"self":"#),
                "{json}"
            );
        }
    }
}
