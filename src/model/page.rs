//! Pages of lists.
use crate::limits;

/// Which page of a numbered list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// From 0.
    pub number: u32,
    /// Items per page, already clamped to `1..=MAX_PAGE_SIZE`.
    pub size: u32,
}

impl PageRequest {
    /// Clamps what the client asked for; `None` means the default.
    pub fn new(number: Option<u32>, size: Option<u32>) -> Self {
        let size = size.unwrap_or(limits::DEFAULT_PAGE_SIZE).clamp(1, limits::MAX_PAGE_SIZE);
        Self { number: number.unwrap_or(0), size }
    }

    /// Items before this page.
    pub fn offset(self) -> u64 {
        u64::from(self.number) * u64::from(self.size)
    }
}

/// One page of a numbered list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// What was asked.
    pub request: PageRequest,
    /// Items in the whole list.
    pub total: u64,
}

impl<T> Page<T> {
    /// Pages in the whole list.
    pub fn total_pages(&self) -> u64 {
        self.total.div_ceil(u64::from(self.request.size))
    }

    /// The same page with other items.
    pub fn with_items<U>(&self, items: Vec<U>) -> Page<U> {
        Page { items, request: self.request, total: self.total }
    }
}

/// Where a page of a list that grows at its beginning starts: newest first, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// Items older than this id. The token of the next page, whose id is the oldest of this one.
    Before(u64),
    /// Items newer than this id. The token of the previous page, whose id is the newest of this one.
    After(u64),
}

impl Cursor {
    /// As clients carry it: letters and digits only.
    pub fn to_token(self) -> String {
        match self {
            Self::Before(id) => format!("b{id}"),
            Self::After(id) => format!("a{id}"),
        }
    }

    /// Inverse of [`Cursor::to_token`].
    pub fn parse(token: &str) -> Option<Self> {
        let id = |digits: &str| {
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
            digits.parse().ok().filter(|_| plain || digits == "0")
        };
        match (token.strip_prefix('b'), token.strip_prefix('a')) {
            (Some(digits), _) => id(digits).map(Self::Before),
            (None, Some(digits)) => id(digits).map(Self::After),
            (None, None) => None,
        }
    }

    /// The id in it: of the message at that end of the page it was made for.
    pub fn id(self) -> u64 {
        match self {
            Self::Before(id) | Self::After(id) => id,
        }
    }
}

/// Which page is wanted, by cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CursorRequest {
    /// `None`: the newest items.
    pub cursor: Option<Cursor>,
    /// Items per page, already clamped to `1..=MAX_PAGE_SIZE`.
    pub size: u32,
}

impl CursorRequest {
    /// Clamps what the client asked for; `None` means the default.
    pub fn new(cursor: Option<Cursor>, size: Option<u32>) -> Self {
        let size = size.unwrap_or(limits::DEFAULT_PAGE_SIZE).clamp(1, limits::MAX_PAGE_SIZE);
        Self { cursor, size }
    }
}

/// A page by cursor, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CursorPage<T> {
    /// The items, newest first.
    pub items: Vec<T>,
    /// What was asked.
    pub request: CursorRequest,
    /// This page's newest end (`page.start`); `None` when it is empty. Leads to what is newer.
    pub start: Option<Cursor>,
    /// Leads to older items; `None` when there are none.
    pub next: Option<Cursor>,
    /// Leads to newer items; `None` when there are none.
    pub prev: Option<Cursor>,
}

impl<T> CursorPage<T> {
    /// The same page with other items.
    pub fn with_items<U>(&self, items: Vec<U>) -> CursorPage<U> {
        CursorPage { items, request: self.request, start: self.start, next: self.next, prev: self.prev }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_mean_one_cursor_and_nothing_else_is_a_token() {
        for cursor in [Cursor::Before(0), Cursor::Before(17), Cursor::After(u64::MAX)] {
            assert_eq!(Cursor::parse(&cursor.to_token()), Some(cursor));
        }
        for token in ["", "b", "a", "7", "c7", "b-7", "b+7", "b07", "b7 ", "b18446744073709551616", "ba7"] {
            assert_eq!(Cursor::parse(token), None, "{token:?}");
        }
    }
}
