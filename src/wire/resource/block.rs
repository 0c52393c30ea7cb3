//! Entries of block lists: a user's own, and a channel's (protocol 4.7).
use super::{Links, Renderer, Text, User, time};
use crate::destination::Action;
use model::{
    Timestamp,
    block::{ChannelBlock, UserBlock},
};
use serde::Serialize;

/// Who is blocked, since when, and how to take it back.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockRecord<'a> {
    user: User<'a>,
    created_time: Text<Timestamp>,
    #[serde(rename = "_actions")]
    actions: Links<Action, 1>,
}

impl Renderer {
    /// An item of a user's block list.
    pub fn user_block<'a>(&'a self, block: &'a UserBlock) -> BlockRecord<'a> {
        BlockRecord {
            user: self.user(&block.user),
            created_time: time(block.created_time),
            actions: Links([("delete", Some(Action::UnblockUser(block.user.user.id)))]),
        }
    }

    /// A record of a user who is kept out of a channel.
    pub fn channel_block<'a>(&'a self, block: &'a ChannelBlock) -> BlockRecord<'a> {
        BlockRecord {
            user: self.user(&block.user),
            created_time: time(block.created_time),
            actions: Links([("delete", Some(Action::UnblockChannelUser(block.channel, block.user.user.id)))]),
        }
    }
}
