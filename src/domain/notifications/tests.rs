//! Who is told of a message.
use super::*;
use model::Timestamp;

const ANN: UserId = UserId(1);
const BOB: UserId = UserId(2);
const CAT: UserId = UserId(3);
/// No member.
const DAN: UserId = UserId(4);
const CHANNEL: ChannelId = ChannelId(7);

fn members(muted: &[UserId]) -> Vec<(Member, Seat)> {
    let member = |user: UserId| {
        let member = Member { channel: CHANNEL, user, moderator: false, joined_time: Timestamp(0) };
        (member, Seat { muted: muted.contains(&user), ..Seat::default() })
    };
    [ANN, BOB, CAT].into_iter().map(member).collect()
}

/// Who is told, why, muted.
type Told = Vec<(UserId, NotificationKind, bool)>;

struct Case {
    author: Author,
    kind: ChannelKind,
    present: Vec<UserId>,
    muted: Vec<UserId>,
    parent: Option<UserId>,
    mentioned: Vec<UserId>,
    channels: Vec<(ChannelId, Vec<UserId>)>,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            author: Author::User(ANN),
            kind: ChannelKind::Private,
            present: Vec::new(),
            muted: Vec::new(),
            parent: None,
            mentioned: Vec::new(),
            channels: Vec::new(),
        }
    }
}

fn told(case: Case) -> Told {
    recipients(&Facts {
        author: case.author,
        kind: case.kind,
        members: &members(&case.muted),
        present: &case.present.into_iter().collect(),
        parent_author: case.parent,
        mentioned: &case.mentioned,
        mentioned_channels: &case.channels,
    })
}

#[test]
fn everybody_but_the_author_is_told_once_for_the_strongest_reason() {
    use NotificationKind::{MentionedChannel, MentionedUser, Replied, SystemSent, UserSent};
    let other = MentionedChannel(ChannelId(8));
    let rows: [(&str, Case, Told); 12] = [
        ("plain", Case::default(), vec![(BOB, UserSent, false), (CAT, UserSent, false)]),
        (
            "of the system",
            Case { author: Author::System, ..Case::default() },
            vec![(ANN, SystemSent, false), (BOB, SystemSent, false), (CAT, SystemSent, false)],
        ),
        (
            "who looks at the channel is not told",
            Case { present: vec![ANN, BOB], ..Case::default() },
            vec![(CAT, UserSent, false)],
        ),
        (
            "muted is told as muted",
            Case { muted: vec![BOB], ..Case::default() },
            vec![(BOB, UserSent, true), (CAT, UserSent, false)],
        ),
        (
            "the author of the parent is told even when looking",
            Case { parent: Some(BOB), present: vec![BOB, CAT], ..Case::default() },
            vec![(BOB, Replied, false)],
        ),
        (
            "nobody answers themselves",
            Case { parent: Some(ANN), present: vec![BOB, CAT], ..Case::default() },
            vec![],
        ),
        (
            "mentioned instead of sent",
            Case { mentioned: vec![CAT], ..Case::default() },
            vec![(CAT, MentionedUser, false), (BOB, UserSent, false)],
        ),
        (
            "mentioned twice, and oneself",
            Case { mentioned: vec![BOB, ANN, BOB], present: vec![BOB, CAT], ..Case::default() },
            vec![(BOB, MentionedUser, false)],
        ),
        (
            "an answer that mentions is an answer",
            Case { parent: Some(BOB), mentioned: vec![BOB], present: vec![CAT], ..Case::default() },
            vec![(BOB, Replied, false)],
        ),
        (
            "a stranger mentioned in a PRIVATE channel is not told",
            Case { mentioned: vec![DAN], present: vec![BOB, CAT], ..Case::default() },
            vec![],
        ),
        (
            "a stranger mentioned in a PUBLIC channel is",
            Case {
                kind: ChannelKind::Public,
                mentioned: vec![DAN],
                present: vec![BOB, CAT],
                ..Case::default()
            },
            vec![(DAN, MentionedUser, false)],
        ),
        (
            "members of a mentioned channel who can see this one",
            Case {
                channels: vec![(ChannelId(8), vec![ANN, BOB, DAN])],
                present: vec![BOB],
                ..Case::default()
            },
            vec![(BOB, other, false), (CAT, UserSent, false)],
        ),
    ];
    for (name, case, expected) in rows {
        assert_eq!(told(case), expected, "{name}");
    }
}

#[test]
fn only_so_many_are_told_and_the_named_come_first() {
    let crowd = (1..=limits::MAX_NOTIFIED as u64 + 10).map(|user| {
        let member =
            Member { channel: CHANNEL, user: UserId(user), moderator: false, joined_time: Timestamp(0) };
        (member, Seat::default())
    });
    let last = UserId(limits::MAX_NOTIFIED as u64 + 10);
    let told = recipients(&Facts {
        author: Author::User(ANN),
        kind: ChannelKind::Private,
        members: &crowd.collect::<Vec<_>>(),
        present: &BTreeSet::new(),
        parent_author: None,
        mentioned: &[last],
        mentioned_channels: &[],
    });
    assert_eq!(told.len(), limits::MAX_NOTIFIED);
    assert_eq!(told[0], (last, NotificationKind::MentionedUser, false));
}
