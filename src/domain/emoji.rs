//! Emojis: what clients write for one, and what is known about it.
use model::reaction::Emoji;

/// What the resource of an emoji shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmojiData {
    /// The emoji itself.
    pub character: String,
    /// Its Unicode name.
    pub description: String,
    /// Short names, without colons.
    pub aliases: Vec<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
}

/// The emoji a client means by a character, an alias or `:alias:`; `None` when there is no such emoji.
pub fn find(text: &str) -> Option<Emoji> {
    let text = text.trim();
    let alias = text.strip_prefix(':').and_then(|text| text.strip_suffix(':')).unwrap_or(text);
    let found = emojis::get(text).or_else(|| emojis::get_by_shortcode(alias))?;
    Some(Emoji(found.as_str().to_owned()))
}

/// What is known about an emoji. One that a newer release has stored describes itself.
pub fn describe(emoji: &Emoji) -> EmojiData {
    let character = emoji.as_str().to_owned();
    let Some(found) = emojis::get(emoji.as_str()) else {
        return EmojiData {
            description: character.clone(),
            character,
            aliases: Vec::new(),
            tags: Vec::new(),
        };
    };
    let words = found.name().split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2);
    EmojiData {
        character,
        description: found.name().to_owned(),
        aliases: found.shortcodes().map(str::to_owned).collect(),
        tags: words.map(str::to_lowercase).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_character_an_alias_and_an_alias_between_colons_mean_the_same() {
        let thumb = Some(Emoji("👍".to_owned()));
        for text in ["👍", "+1", ":+1:", "thumbsup", ":thumbsup:", " :thumbsup: "] {
            assert_eq!(find(text), thumb, "{text}");
        }
        // With and without the variation selector.
        assert_eq!(find("❤️"), find("❤"));
        for text in ["", ":", "::", "no such emoji", "aaa", ":+1", "👍👍", "<b>"] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn an_emoji_comes_with_its_description_aliases_and_tags() {
        let data = describe(&Emoji("👍".to_owned()));
        assert_eq!(data.character, "👍");
        assert_eq!(data.description, "thumbs up");
        assert_eq!(data.aliases, ["+1", "thumbsup"]);
        assert_eq!(data.tags, ["thumbs"]);
    }

    #[test]
    fn every_emoji_is_found_by_what_is_known_about_it() {
        for known in emojis::iter() {
            let emoji = find(known.as_str()).expect("its character finds it");
            for alias in describe(&emoji).aliases {
                assert_eq!(find(&alias), Some(emoji.clone()), "{alias}");
            }
        }
    }
}
