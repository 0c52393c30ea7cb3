//! Who may do what in a channel. Pure: every rule is here once.
//!
//! | | sees it | sends, reads, reacts | edits | deletes | changes the channel | moderates |
//! | --- | --- | --- | --- | --- | --- | --- |
//! | stranger, `PUBLIC` | yes | no | – | – | no | no |
//! | stranger, other kinds | no: looks absent | no | – | – | no | no |
//! | kept out | as a stranger, but not what is said | no | – | – | no | no |
//! | member | yes | yes | own messages | own messages | `DIRECT` only | no |
//! | moderator or creator | yes | yes | own messages | every message | yes | yes, not in `DIRECT` |
//!
//! In a DIRECT channel nobody can send whom another member has on their block list.
use crate::{
    Error,
    ports::{Chat, Result},
};
use model::{
    UserId,
    channel::{Channel, ChannelKind, Member},
    message::Author,
};

/// Somebody in front of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) kind: ChannelKind,
    pub(crate) is_member: bool,
    /// A moderator, or the creator while a member.
    pub(crate) is_moderator: bool,
    pub(crate) is_banned: bool,
    pub(crate) is_blocked: bool,
}

impl Standing {
    /// Of a member, or of a stranger of whom nothing else is known.
    pub(crate) fn of(channel: &Channel, membership: Option<&Member>) -> Self {
        let is_creator = membership.is_some_and(|member| channel.creator == Some(member.user));
        Self {
            kind: channel.kind,
            is_member: membership.is_some(),
            is_moderator: is_creator || membership.is_some_and(|member| member.moderator),
            is_banned: false,
            is_blocked: false,
        }
    }

    /// Of the actor a chat was read for.
    pub(crate) fn in_chat(chat: &Chat) -> Self {
        let member = chat.seat.as_ref().map(|(member, _)| member);
        Self { is_banned: chat.is_banned, is_blocked: chat.is_blocked, ..Self::of(&chat.channel, member) }
    }
}

/// Is the channel there for them? Hidden and absent look the same.
pub(crate) fn may_see(standing: Standing) -> Result<()> {
    match standing.is_member || standing.kind == ChannelKind::Public {
        true => Ok(()),
        false => Err(Error::NotFound { what: "channel" }),
    }
}

/// May they see what is said in it?
pub(crate) fn may_read(standing: Standing) -> Result<()> {
    may_see(standing)?;
    match standing.is_banned {
        true => Err(Error::Denied { reason: "moderators keep you out of this channel" }),
        false => Ok(()),
    }
}

/// May they take part: read, react, open threads, trigger events?
pub(crate) fn may_take_part(standing: Standing) -> Result<()> {
    may_read(standing)?;
    match standing.is_member {
        true => Ok(()),
        false => Err(Error::Denied { reason: "only members of the channel may do this" }),
    }
}

/// May they send a message, or be seen typing one?
pub(crate) fn may_send(standing: Standing) -> Result<()> {
    may_take_part(standing)?;
    match standing.is_blocked {
        true => Err(Error::Denied { reason: "a member of this DIRECT channel has blocked you" }),
        false => Ok(()),
    }
}

/// May they change the text or the properties of a message?
pub(crate) fn may_edit(user: UserId, author: Author) -> Result<()> {
    match author == Author::User(user) {
        true => Ok(()),
        false => Err(Error::Denied { reason: "only its author may change a message" }),
    }
}

/// May they delete a message for everybody?
pub(crate) fn may_delete(standing: Standing, user: UserId, author: Author) -> Result<()> {
    may_take_part(standing)?;
    match author == Author::User(user) || (standing.is_moderator && standing.kind != ChannelKind::Direct) {
        true => Ok(()),
        false => Err(Error::Denied { reason: "only its author or a moderator may delete a message" }),
    }
}

/// May they change names and properties of the channel?
pub(crate) fn may_change_channel(standing: Standing) -> Result<()> {
    may_take_part(standing)?;
    match standing.is_moderator || standing.kind == ChannelKind::Direct {
        true => Ok(()),
        false => Err(Error::Denied { reason: "only moderators may change the channel" }),
    }
}

/// May they delete the channel with everything in it?
pub(crate) fn may_delete_channel(standing: Standing) -> Result<()> {
    may_take_part(standing)?;
    match standing.is_moderator {
        true => Ok(()),
        false => Err(Error::Denied { reason: "only moderators and the creator may delete the channel" }),
    }
}

/// May they appoint moderators, remove members, keep users out?
pub(crate) fn may_moderate(standing: Standing) -> Result<()> {
    may_take_part(standing)?;
    match (standing.kind, standing.is_moderator) {
        (ChannelKind::Direct, _) => Err(Error::Denied { reason: "nobody moderates a DIRECT channel" }),
        (_, true) => Ok(()),
        (_, false) => Err(Error::Denied { reason: "only moderators may do this" }),
    }
}

/// May they take the channel out of their lists?
pub(crate) fn may_hide(standing: Standing) -> Result<()> {
    may_take_part(standing)?;
    match standing.kind {
        ChannelKind::Direct => Ok(()),
        _ => Err(Error::Denied { reason: "only DIRECT channels can be hidden: leave this one instead" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: UserId = UserId(1);

    /// What each rule says, by the first letter of its verdict: `y`es, `d`enied, `a`bsent.
    fn verdicts(standing: Standing) -> String {
        let results = [
            may_see(standing),
            may_read(standing),
            may_take_part(standing),
            may_send(standing),
            may_delete(standing, ME, Author::User(ME)),
            may_delete(standing, ME, Author::User(UserId(2))),
            may_delete(standing, ME, Author::System),
            may_change_channel(standing),
            may_delete_channel(standing),
            may_moderate(standing),
            may_hide(standing),
        ];
        let letter = |result: &Result<()>| match result {
            Ok(()) => 'y',
            Err(Error::Denied { .. }) => 'd',
            Err(Error::NotFound { .. }) => 'a',
            Err(error) => panic!("{error}"),
        };
        results.iter().map(letter).collect()
    }

    #[test]
    fn the_table_of_who_may_do_what() {
        use ChannelKind::{Direct, Private, Public};
        // Columns: see, read, take part, send, delete own, delete other's, delete the system's, change, delete the
        // channel, moderate, hide.
        let rows = [
            (Public, "stranger", "yyddddddddd"),
            (Public, "banned", "ydddddddddd"),
            (Public, "member", "yyyyydddddd"),
            (Public, "moderator", "yyyyyyyyyyd"),
            (Private, "stranger", "aaaaaaaaaaa"),
            (Private, "banned", "aaaaaaaaaaa"),
            (Private, "member", "yyyyydddddd"),
            (Private, "moderator", "yyyyyyyyyyd"),
            (Direct, "stranger", "aaaaaaaaaaa"),
            (Direct, "member", "yyyyyddyddy"),
            (Direct, "moderator", "yyyyyddyydy"),
            (Direct, "blocked", "yyydyddyddy"),
        ];
        for (kind, who, expected) in rows {
            let standing = Standing {
                kind,
                is_member: ["member", "moderator", "blocked"].contains(&who),
                is_moderator: who == "moderator",
                is_banned: who == "banned",
                is_blocked: who == "blocked",
            };
            assert_eq!(verdicts(standing), expected, "{who} of a {} channel", kind.as_str());
        }
    }

    #[test]
    fn only_authors_edit() {
        assert!(may_edit(ME, Author::User(ME)).is_ok());
        assert!(may_edit(ME, Author::User(UserId(2))).is_err());
        assert!(may_edit(ME, Author::System).is_err());
    }
}
