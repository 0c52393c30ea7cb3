//! A dense table whose indexes stay valid while their value is there: what packets are routed by.

/// Values by index. Freed indexes are used again.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    values: Vec<Option<T>>,
    len: usize,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { values: Vec::new(), len: 0 }
    }
}

impl<T> Slots<T> {
    /// Values in the table.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Puts a value into the lowest free slot.
    pub(crate) fn insert(&mut self, value: T) -> usize {
        self.len += 1;
        match self.values.iter().position(Option::is_none) {
            Some(index) => {
                if let Some(slot) = self.values.get_mut(index) {
                    *slot = Some(value);
                }
                index
            }
            None => {
                self.values.push(Some(value));
                self.values.len() - 1
            }
        }
    }

    /// Takes a value out.
    pub(crate) fn remove(&mut self, index: usize) -> Option<T> {
        let value = self.values.get_mut(index)?.take()?;
        self.len -= 1;
        Some(value)
    }

    /// The value at an index.
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.values.get(index)?.as_ref()
    }

    /// The value at an index.
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.values.get_mut(index)?.as_mut()
    }

    /// All values with their indexes, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.values.iter().enumerate().filter_map(|(index, value)| Some((index, value.as_ref()?)))
    }

    /// All values with their indexes, in order.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut T)> {
        self.values.iter_mut().enumerate().filter_map(|(index, value)| Some((index, value.as_mut()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freed_indexes_are_used_again_and_others_stay() {
        let mut slots = Slots::default();
        assert_eq!((slots.insert('a'), slots.insert('b'), slots.insert('c')), (0, 1, 2));
        assert_eq!(slots.remove(1), Some('b'));
        assert_eq!(slots.remove(1), None);
        assert_eq!((slots.len(), slots.get(2)), (2, Some(&'c')));
        assert_eq!(slots.insert('d'), 1);
        assert_eq!(slots.iter().map(|(_, c)| *c).collect::<String>(), "adc");
    }
}
