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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_clamped_and_the_default_is_25() {
        let most = limits::MAX_PAGE_SIZE;
        let rows = [
            (None, 25),
            (Some(0), 1),
            (Some(1), 1),
            (Some(most), most),
            (Some(most + 1), most),
            (Some(u32::MAX), most),
        ];
        for (asked, expected) in rows {
            assert_eq!(PageRequest::new(None, asked).size, expected, "{asked:?}");
        }
    }

    #[test]
    fn the_farthest_page_has_an_offset_and_an_empty_list_no_pages() {
        let request = PageRequest::new(Some(u32::MAX), Some(u32::MAX));
        assert_eq!(request.offset(), u64::from(u32::MAX) * u64::from(limits::MAX_PAGE_SIZE));
        for (total, pages) in [(0, 0), (1, 1), (100, 1), (101, 2)] {
            assert_eq!(Page { items: vec![()], request, total }.total_pages(), pages, "{total}");
        }
    }
}
