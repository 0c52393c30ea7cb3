//! Values that must not be printed by accident. Neither type has a `Display`; grep for `expose` to review every place
//! where a value leaves its wrapper.
use std::fmt;

/// A credential: keys, passwords, bearer tokens. Its `Debug` says nothing about the value, not even its length.
///
/// It cannot be compared, since `==` on a secret tells an attacker by its duration how much of a guess was right.
#[derive(Clone, Default)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The only way out.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Something about a person: names, addresses, what they wrote. It may be compared and be a key of a map, but a log
/// line shows only that it was there.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pii<T>(T);

impl<T> Pii<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for answers to those who may see it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_the_value_nor_its_length() {
        for value in ["", "hunter2", "a much longer secret"] {
            assert_eq!(format!("{:?}", Secret::new(value)), "[secret]");
            assert_eq!(format!("{:#?}", Some(Pii::new(value))), "Some(\n    [personal],\n)");
            assert_eq!((*Secret::new(value).expose(), *Pii::new(value).expose()), (value, value));
        }
    }
}
