//! Pages of lists (protocol 2.9).
use super::Links;
use crate::destination::{PageSpec, Relay, RelayRequest};
use model::page::{CursorPage, Page};
use serde::{Serialize, Serializer, ser::SerializeMap};

/// One page: the items under their content name, the numbers, the links to other pages.
#[derive(Serialize)]
pub struct PageResource<T> {
    _embedded: Embedded<T>,
    page: Numbers,
    _relays: Links<RelayRequest, 5>,
}

struct Embedded<T> {
    name: &'static str,
    items: Vec<T>,
}

impl<T: Serialize> Serialize for Embedded<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.name, &self.items)?;
        map.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Numbers {
    size: u32,
    total_elements: u64,
    /// The spelling in the clients' types.
    total_element: u64,
    total_pages: u64,
    number: u32,
}

impl<T> PageResource<T> {
    /// `content`: the name that clients expect for this list. `spec`: what the client asked for; links repeat its size
    /// and sort.
    pub fn new(relay: Relay, spec: &PageSpec, content: &'static str, page: Page<T>) -> Self {
        let (number, total_pages) = (page.request.number, page.total_pages());
        let last = u32::try_from(total_pages.saturating_sub(1)).unwrap_or(u32::MAX);
        let sized = PageSpec { size: Some(page.request.size), ..spec.clone() };
        let link = |number: u32| RelayRequest { relay, page: sized.at(number) };
        let has_pages = total_pages > 0;
        Self {
            page: Numbers {
                size: page.request.size,
                total_elements: page.total,
                total_element: page.total,
                total_pages,
                number,
            },
            _relays: Links([
                ("self", Some(link(number))),
                ("first", has_pages.then(|| link(0))),
                ("prev", (has_pages && number > 0).then(|| link(last.min(number - 1)))),
                ("next", (number < last).then(|| link(number + 1))),
                ("last", has_pages.then(|| link(last))),
            ]),
            _embedded: Embedded { name: content, items: page.items },
        }
    }
}

/// One page of a list that grows at its beginning: the items, newest first, and the links to newer and older ones.
#[derive(Serialize)]
pub struct CursorPageResource<T> {
    _embedded: Embedded<T>,
    page: Cursors,
    _relays: Links<RelayRequest, 4>,
}

#[derive(Serialize)]
struct Cursors {
    size: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl<T> CursorPageResource<T> {
    /// `content`: the name that clients expect for this list. `spec`: what the client asked for; links repeat its size
    /// and sort.
    pub fn new(relay: Relay, spec: &PageSpec, content: &'static str, page: CursorPage<T>) -> Self {
        let sized = PageSpec { size: Some(page.request.size), ..spec.clone() };
        let link = |cursor| RelayRequest { relay, page: sized.at_cursor(cursor) };
        Self {
            page: Cursors {
                size: page.request.size,
                start: page.start.map(|cursor| cursor.to_token()),
                next: page.next.map(|cursor| cursor.to_token()),
            },
            _relays: Links([
                ("self", Some(link(page.request.cursor))),
                ("first", Some(link(None))),
                ("prev", page.prev.map(|cursor| link(Some(cursor)))),
                ("next", page.next.map(|cursor| link(Some(cursor)))),
            ]),
            _embedded: Embedded { name: content, items: page.items },
        }
    }
}
