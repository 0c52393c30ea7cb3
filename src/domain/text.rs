//! Rules for the short texts that clients send: names, status words, URLs.
use crate::{Error, ports::Result};

/// A name: not blank, at most `limit` bytes, nothing that cannot be seen. `field` is what the client calls it.
pub(crate) fn check_name(field: &'static str, text: &str, limit: usize) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::invalid(field, "must not be blank"));
    }
    if text.len() > limit {
        return Err(Error::invalid(field, format!("at most {limit} bytes, these are {}", text.len())));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(field, "must not contain control characters"));
    }
    if text.chars().any(is_disguise) {
        return Err(Error::invalid(field, "must not contain invisible characters"));
    }
    Ok(())
}

/// Characters that make two names look alike, or turn what stands around them: blanks without width, overrides of the
/// writing direction. Joiners and direction marks stay: scripts and emoji need them.
fn is_disguise(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A web address that a browser can load: `http` or `https`, absolute, without spaces.
pub(crate) fn check_url(field: &'static str, url: &str, limit: usize) -> Result<()> {
    check_name(field, url, limit)?;
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/')) || url.contains(char::is_whitespace) {
        return Err(Error::invalid(field, "must be an absolute http or https URL"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_neither_blank_nor_long_nor_full_of_control_characters() {
        let rows = [
            ("ann", None),
            ("a", None),
            ("Ünï", None),
            ("12345678", None),
            ("123456789", Some("name: at most 8 bytes, these are 9")),
            ("ééééé", Some("name: at most 8 bytes, these are 10")),
            ("", Some("name: must not be blank")),
            (" \u{2003}", Some("name: must not be blank")),
            ("a\nb", Some("name: must not contain control characters")),
            ("a\u{0}", Some("name: must not contain control characters")),
            ("a\u{85}", Some("name: must not contain control characters")),
            ("ann\u{200b}", Some("name: must not contain invisible characters")),
            ("\u{202e}nna", Some("name: must not contain invisible characters")),
            ("\u{feff}ann", Some("name: must not contain invisible characters")),
            ("a\u{200d}b", None),
        ];
        for (name, problem) in rows {
            let result = check_name("name", name, 8).map_err(|error| error.to_string());
            assert_eq!(result, problem.map_or(Ok(()), |problem| Err(problem.to_owned())), "{name:?}");
        }
    }

    #[test]
    fn urls_are_absolute_and_for_the_web() {
        let rows = [
            ("https://example.org/a.png", true),
            ("http://h", true),
            ("https://", false),
            ("https:///a.png", false),
            ("javascript:alert(1)", false),
            ("/a.png", false),
            ("https://example.org/a b.png", false),
            ("", false),
        ];
        for (url, fine) in rows {
            assert_eq!(check_url("url", url, 64).is_ok(), fine, "{url}");
        }
        assert!(check_url("url", &format!("https://{}", "a".repeat(56)), 64).is_ok());
        assert!(check_url("url", &format!("https://{}", "a".repeat(57)), 64).is_err());
    }
}
