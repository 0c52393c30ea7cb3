//! The secret that resumes a session: 256 random bits, sent once in CONNECTED and back in `StompX-Auth-Session-ID`.
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::fmt;

/// A bearer credential. Its `Debug` says nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Token([u8; 32]);

impl Token {
    /// A new one that nobody can guess.
    pub(crate) fn random() -> Self {
        Self(rand::random())
    }

    /// What [`Token::expose`] made; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// As the client gets it.
    pub(crate) fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_as_it_was_and_nothing_else_is_one() {
        let token = Token::random();
        assert_eq!(Token::parse(&token.expose()), Some(token));
        assert_ne!(Token::random(), token);
        for text in ["", "undefined", "AAAA", &format!("{}A", token.expose()), "é"] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
        assert_eq!(format!("{token:?}"), "[secret]");
    }
}
