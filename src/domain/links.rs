//! Web addresses in a text. Pure; what their pages say comes later, through `set_previews`.
//!
//! A link begins with `http://` or `https://` where no letter or digit stands before it, and ends at white space, a control
//! character or one of `<>"`. Punctuation that ends a sentence is not part of it, nor a closing bracket that was opened
//! before it.
use crate::mentions::utf16_len;
use model::{limits, message::Link};

const BRACKETS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];

/// The links of a text in order, at most [`limits::MAX_LINKS`]; longer ones than [`limits::MAX_URL_BYTES`] are text.
pub fn find(body: &str) -> Vec<Link> {
    let mut links = Vec::new();
    // Bytes and UTF-16 units before what is looked at.
    let (mut bytes, mut units) = (0, 0);
    while links.len() < limits::MAX_LINKS {
        let rest = body.get(bytes..).unwrap_or_default();
        let Some(at) = next_scheme(rest) else { break };
        let (before, from) = rest.split_at(at);
        units += utf16_len(before);
        bytes += before.len();
        let source = link_at_start(from);
        let after_letter =
            body.get(..bytes).and_then(|text| text.chars().next_back()).is_some_and(char::is_alphanumeric);
        let skipped = match source {
            Some(source) if !after_letter && source.len() <= limits::MAX_URL_BYTES => {
                let end = units + utf16_len(source);
                links.push(Link { source: source.to_owned(), start: units, end, preview: None });
                source
            }
            Some(source) => source,
            None => from.get(..1).unwrap_or_default(),
        };
        units += utf16_len(skipped);
        bytes += skipped.len();
    }
    links
}

/// Where the next `http://` or `https://` begins, ignoring ASCII case.
fn next_scheme(text: &str) -> Option<usize> {
    let starts = text.match_indices(['h', 'H']).map(|(at, _)| at);
    starts.into_iter().find(|at| text.get(*at..).and_then(after_scheme).is_some())
}

/// What follows the scheme that `text` begins with.
fn after_scheme(text: &str) -> Option<&str> {
    ["https://", "http://"].iter().find_map(|scheme| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    })
}

/// The link that `text`, which begins with a scheme, begins with; `None` when there is no host.
fn link_at_start(text: &str) -> Option<&str> {
    let rest = after_scheme(text)?;
    let scheme = text.len() - rest.len();
    let ends = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"');
    // What is too long to be a link need not be read to its end.
    let too_long = |(at, _): &(usize, char)| *at > limits::MAX_URL_BYTES;
    let end =
        rest.char_indices().find(|found| ends(found.1) || too_long(found)).map_or(rest.len(), |(at, _)| at);
    let mut link = text.get(..scheme + end)?;
    let mut surplus = BRACKETS.map(|(opening, closing)| {
        link.matches(closing).count().saturating_sub(link.matches(opening).count())
    });
    while let Some(last) = link.chars().next_back() {
        let bracket = BRACKETS.iter().zip(&mut surplus).find(|((_, closing), _)| *closing == last);
        let stray = match bracket {
            Some((_, surplus)) if *surplus > 0 => {
                *surplus -= 1;
                true
            }
            Some(_) => false,
            None => matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '…'),
        };
        if !stray {
            break;
        }
        link = link.get(..link.len() - last.len_utf8())?;
    }
    let host = link.get(scheme..).unwrap_or_default();
    host.starts_with(|c: char| c.is_alphanumeric() || c == '[').then_some(link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_as_people_write_them() {
        let rows: [(&str, &[&str]); 22] = [
            ("", &[]),
            ("no link", &[]),
            ("https://a.org", &["https://a.org"]),
            ("see http://a.org/x?y=1#z now", &["http://a.org/x?y=1#z"]),
            ("HTTPS://A.ORG/B", &["HTTPS://A.ORG/B"]),
            ("Read https://a.org/b.", &["https://a.org/b"]),
            ("Really, https://a.org/b?!", &["https://a.org/b"]),
            ("(https://a.org/b)", &["https://a.org/b"]),
            ("https://a.org/Rust_(language)", &["https://a.org/Rust_(language)"]),
            ("(see https://a.org/Rust_(language))", &["https://a.org/Rust_(language)"]),
            ("<https://a.org>", &["https://a.org"]),
            ("\"https://a.org\"", &["https://a.org"]),
            ("https://a.org,https://b.org", &["https://a.org,https://b.org"]),
            ("https://a.org https://b.org", &["https://a.org", "https://b.org"]),
            ("https://", &[]),
            ("https://)", &[]),
            ("https:///x", &[]),
            ("xhttps://a.org", &[]),
            ("javascript:alert(1)", &[]),
            ("http://[::1]:8080/x", &["http://[::1]:8080/x"]),
            ("http://bücher.example/ä", &["http://bücher.example/ä"]),
            ("hhhttp http:// http://a", &["http://a"]),
        ];
        for (body, expected) in rows {
            let found: Vec<_> = find(body).into_iter().map(|link| link.source).collect();
            assert_eq!(found, expected, "{body:?}");
        }
    }

    #[test]
    fn positions_cut_the_link_out_of_the_text_as_javascript_sees_it() {
        let body = "😀 https://a.org/ä, 👩‍👩‍👧 (http://b.org/😀)";
        let units: Vec<u16> = body.encode_utf16().collect();
        let links = find(body);
        assert_eq!(links.len(), 2);
        for link in links {
            let cut = &units[link.start as usize..link.end as usize];
            assert_eq!(String::from_utf16(cut).unwrap(), link.source);
        }
    }

    #[test]
    fn neither_many_nor_long_links_are_kept() {
        assert_eq!(find(&"http://a.org ".repeat(limits::MAX_LINKS + 1)).len(), limits::MAX_LINKS);
        let long = |bytes: usize| format!("http://{}", "a".repeat(bytes - 7));
        assert_eq!(find(&long(limits::MAX_URL_BYTES)).len(), 1);
        assert_eq!(find(&long(limits::MAX_URL_BYTES + 1)).len(), 0);
        assert_eq!(find(&"http://)".repeat(8000)).len(), 0);
    }
}
