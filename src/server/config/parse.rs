//! Turns raw texts into typed values and collects every problem instead of stopping at the first.
use super::{Values, spec};
use std::{net::IpAddr, ops::RangeInclusive, str::FromStr, time::Duration};

/// Reads settings one by one. After a problem it returns a harmless value, so that reading can go on.
pub(super) struct Reader<'a> {
    values: &'a Values,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(values: &'a Values) -> Self {
        Self { values, problems: values.problems.clone() }
    }

    pub(super) fn finish(self) -> Vec<String> {
        self.problems
    }

    /// Notes what is wrong with a setting, naming where its value came from.
    pub(super) fn problem(&mut self, key: &str, expected: &str) {
        let (text, source) = self.values.entry(key);
        let secret = spec::find(key).is_some_and(|setting| setting.secret);
        let shown = if secret { "<hidden>" } else { text };
        self.problems.push(format!("{key} ({source}) is `{shown}`: {expected}"));
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.values.entry(key).0.to_owned()
    }

    pub(super) fn optional(&self, key: &str) -> Option<String> {
        Some(self.text(key)).filter(|text| !text.is_empty())
    }

    pub(super) fn parse<T: FromStr + Fallback>(&mut self, key: &str, expected: &str) -> T {
        match self.values.entry(key).0.parse() {
            Ok(value) => value,
            Err(_) => {
                self.problem(key, &format!("expected {expected}"));
                T::fallback()
            }
        }
    }

    pub(super) fn size(&mut self, key: &str, range: RangeInclusive<usize>) -> usize {
        match self.values.entry(key).0.parse() {
            Ok(value) if range.contains(&value) => value,
            _ => {
                self.problem(
                    key,
                    &format!("expected a whole number from {} to {}", range.start(), range.end()),
                );
                *range.start()
            }
        }
    }

    pub(super) fn seconds(&mut self, key: &str, range: RangeInclusive<usize>) -> Duration {
        Duration::from_secs(self.size(key, range) as u64)
    }

    pub(super) fn one_of(&mut self, key: &str, words: &[&'static str]) -> &'static str {
        let text = self.text(key);
        match words.iter().find(|word| **word == text) {
            Some(word) => word,
            None => {
                self.problem(key, &format!("expected one of {}", words.join(", ")));
                words.first().copied().unwrap_or_default()
            }
        }
    }

    pub(super) fn list<T: FromStr>(&mut self, key: &str, expected: &str) -> Vec<T> {
        let text = self.text(key);
        let parsed: Result<Vec<T>, _> = items(&text).map(str::parse).collect();
        parsed.unwrap_or_else(|_| {
            self.problem(key, &format!("expected {expected}"));
            Vec::new()
        })
    }

    pub(super) fn base_url(&mut self, key: &str, port: u16) -> String {
        let text = self.text(key);
        if text.is_empty() {
            return format!("http://localhost:{port}");
        }
        if !(text.starts_with("http://") || text.starts_with("https://")) || text.contains(['?', '#']) {
            self.problem(key, "expected an http:// or https:// address without query");
        }
        text.trim_end_matches('/').to_owned()
    }

    /// External engines are named by URL; this version has the embedded ones only.
    pub(super) fn embedded_only(&mut self, key: &str) {
        if self.optional(key).is_some() {
            self.problem(key, "this version has only the embedded engine: leave it empty");
        }
    }

    pub(super) fn static_users(&mut self, key: &str) {
        let text = self.text(key);
        if items(&text).any(|pair| {
            !pair.split_once(':').is_some_and(|(user, pass)| !user.is_empty() && !pass.is_empty())
        }) {
            self.problem(key, "expected user:password pairs separated by commas");
        }
    }

    pub(super) fn networks(&mut self, key: &str) {
        let text = self.text(key);
        if items(&text).any(|network| !is_network(network)) {
            self.problem(key, "expected networks such as 10.0.0.0/8 separated by commas");
        }
    }
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn is_network(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return text.parse::<IpAddr>().is_ok() };
    let longest = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|bits| bits <= longest)
}

/// What reading goes on with after a problem. Never used by a running server.
pub(super) trait Fallback {
    fn fallback() -> Self;
}

impl Fallback for bool {
    fn fallback() -> Self {
        false
    }
}

impl Fallback for std::net::SocketAddr {
    fn fallback() -> Self {
        (std::net::Ipv4Addr::LOCALHOST, 0).into()
    }
}
