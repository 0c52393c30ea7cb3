//! Users and channels named in a text: `<@username>` and `<#channelName>`. Pure.
//!
//! A tag ends at the first `>`; names may contain anything else, spaces included. What is not a whole tag is text.
use model::limits;

/// A tag in a text, before it is known whether anybody is called that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag<'t> {
    /// Who or what.
    pub name: Name<'t>,
    /// As written, with brackets.
    pub text: &'t str,
    /// First UTF-16 unit.
    pub start: u32,
    /// After the last UTF-16 unit.
    pub end: u32,
}

/// What a tag says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name<'t> {
    /// `<@username>`
    User(&'t str),
    /// `<#channelName>`
    Channel(&'t str),
}

/// The tags of a text in order, at most [`limits::MAX_MENTIONS`].
pub fn parse(body: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut rest = body;
    // UTF-16 units before `rest`.
    let mut units = 0;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        units += utf16_len(before);
        let Some((name, text)) = tag_at_start(from) else {
            // Just a bracket.
            units += 1;
            rest = from.strip_prefix('<').unwrap_or_default();
            continue;
        };
        let end = units + utf16_len(text);
        tags.push(Tag { name, text, start: units, end });
        if tags.len() == limits::MAX_MENTIONS {
            break;
        }
        units = end;
        rest = from.get(text.len()..).unwrap_or_default();
    }
    tags
}

/// A tag that `text` begins with.
fn tag_at_start(text: &str) -> Option<(Name<'_>, &str)> {
    let inner = text.strip_prefix('<')?;
    // `<@a <@b>` is text and a tag, not one tag with a strange name.
    let (inner, _) =
        inner.split_at_checked(inner.find(['<', '>'])?).filter(|(_, rest)| rest.starts_with('>'))?;
    if inner.contains(char::is_control) {
        return None;
    }
    let name = match (inner.strip_prefix('@'), inner.strip_prefix('#')) {
        (Some(name), _) => Name::User(name),
        (None, Some(name)) => Name::Channel(name),
        (None, None) => return None,
    };
    let (Name::User(plain) | Name::Channel(plain)) = name;
    if plain.is_empty() || plain.len() > limits::MAX_USERNAME_BYTES.max(limits::MAX_NAME_BYTES) {
        return None;
    }
    Some((name, text.get(..inner.len() + 2)?))
}

/// Length in UTF-16 units, as JavaScript counts.
pub(crate) fn utf16_len(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name and its positions.
    type Found<'t> = (Name<'t>, u32, u32);

    #[test]
    fn tags_are_found_with_their_utf_16_positions() {
        let rows: [(&str, &[Found<'_>]); 16] = [
            ("", &[]),
            ("hello", &[]),
            ("<@ann>", &[(Name::User("ann"), 0, 6)]),
            ("hi <@ann>!", &[(Name::User("ann"), 3, 9)]),
            ("<#general>", &[(Name::Channel("general"), 0, 10)]),
            ("<@a><#b>", &[(Name::User("a"), 0, 4), (Name::Channel("b"), 4, 8)]),
            ("😀<@ann>", &[(Name::User("ann"), 2, 8)]),
            ("é<@ünï>", &[(Name::User("ünï"), 1, 7)]),
            ("<@Ann Lee>", &[(Name::User("Ann Lee"), 0, 10)]),
            ("<@ann", &[]),
            ("<@>", &[]),
            ("<ann>", &[]),
            ("<<@ann>", &[(Name::User("ann"), 1, 7)]),
            ("<@a <@b>", &[(Name::User("b"), 4, 8)]),
            ("a < b > c <@d>", &[(Name::User("d"), 10, 14)]),
            ("<@a\nb>", &[]),
        ];
        for (body, expected) in rows {
            let found: Vec<_> = parse(body).into_iter().map(|tag| (tag.name, tag.start, tag.end)).collect();
            assert_eq!(found, expected, "{body:?}");
        }
    }

    #[test]
    fn positions_cut_the_tag_out_of_the_text_as_javascript_sees_it() {
        let body = "👩‍👩‍👧 hej <@åsa>, see <#naïve café> 😀<@bob>";
        let units: Vec<u16> = body.encode_utf16().collect();
        let tags = parse(body);
        assert_eq!(tags.len(), 3);
        for tag in tags {
            let cut = &units[tag.start as usize..tag.end as usize];
            assert_eq!(String::from_utf16(cut).unwrap(), tag.text);
        }
    }

    #[test]
    fn only_so_many_tags_are_looked_up() {
        let body = "<@a>".repeat(limits::MAX_MENTIONS + 1);
        assert_eq!(parse(&body).len(), limits::MAX_MENTIONS);
    }

    #[test]
    fn a_text_of_brackets_is_read_in_one_go() {
        assert_eq!(parse(&"<".repeat(limits::MAX_BODY_BYTES)), []);
    }
}
