//! The suffix of pageable relays: `.page.<n?>.size.<n?>.sort.<spec?>`.
use super::parameter;
use model::page::{Cursor, CursorRequest, PageRequest};
use std::fmt;

/// Longest sort specification that is kept; longer ones count as unknown, and unknown ones are ignored.
const MAX_SORT_BYTES: usize = 128;
/// Longest cursor that is kept.
const MAX_CURSOR_BYTES: usize = 128;

/// Which page of a list. Empty pieces mean defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageSpec {
    /// Page number from 0, of numbered lists.
    pub number: Option<u32>,
    /// Where a cursor page begins: `[A-Za-z0-9_-]`.
    pub cursor: Option<Box<str>>,
    /// Items per page, as asked: not yet clamped.
    pub size: Option<u32>,
    /// `property,asc|desc`, unchecked: `[A-Za-z0-9_.,-]`.
    pub sort: Option<Box<str>>,
}

impl PageSpec {
    /// What the services understand.
    pub fn request(&self) -> PageRequest {
        PageRequest::new(self.number, self.size)
    }

    /// What the services understand, for lists by cursor. A token that is none of ours begins at the newest.
    pub fn cursor_request(&self) -> CursorRequest {
        CursorRequest::new(self.cursor.as_deref().and_then(Cursor::parse), self.size)
    }

    /// The same list cut in the same way, beginning at a cursor.
    pub fn at_cursor(&self, cursor: Option<Cursor>) -> Self {
        Self { cursor: cursor.map(|cursor| cursor.to_token().into()), ..self.clone() }
    }

    /// The same list cut in the same way, at another page.
    pub fn at(&self, number: u32) -> Self {
        Self { number: Some(number), ..self.clone() }
    }

    /// Splits at `first`, `.size.` and `.sort.`, in that order; `sort` takes the rest. `None`: not a page suffix.
    pub(super) fn parse(suffix: &str, first: &str) -> Option<Self> {
        let Some(rest) = suffix.strip_prefix(first) else {
            return suffix.is_empty().then(Self::default);
        };
        let (start, rest) = rest.split_once(".size.").unwrap_or((rest, ""));
        let (size, sort) = rest.split_once(".sort.").unwrap_or((rest, ""));
        Some(Self {
            number: number(start),
            cursor: word(start, MAX_CURSOR_BYTES, b"_-"),
            size: number(size),
            sort: word(sort, MAX_SORT_BYTES, b"_-.,"),
        })
    }

    pub(super) fn numbered(self) -> Self {
        Self { cursor: None, ..self }
    }

    pub(super) fn by_cursor(self) -> Self {
        Self { number: None, ..self }
    }

    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, first: &str) -> fmt::Result {
        f.write_str(first)?;
        if let Some(number) = self.number {
            write!(f, "{number}")?;
        }
        f.write_str(self.cursor.as_deref().unwrap_or_default())?;
        f.write_str(".size.")?;
        if let Some(size) = self.size {
            write!(f, "{size}")?;
        }
        write!(f, ".sort.{}", self.sort.as_deref().unwrap_or_default())
    }
}

fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn word(text: &str, max_bytes: usize, punctuation: &[u8]) -> Option<Box<str>> {
    let text = parameter(Some(text))?;
    let is_clean = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || punctuation.contains(&byte));
    (is_clean && text.len() <= max_bytes).then(|| text.into())
}
