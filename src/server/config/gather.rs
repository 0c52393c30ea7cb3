//! Collects raw values from file, environment and flags, without judging them.
use super::spec::{self, SETTINGS};
use std::{collections::BTreeMap, fmt, path::Path};

/// Where a value came from, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Built in.
    Default,
    /// The TOML file.
    File,
    /// The named environment variable.
    Environment(String),
    /// The named flag.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File => "configuration file",
            Self::Environment(name) | Self::Flag(name) => name,
        })
    }
}

/// One raw text per setting, with its source; and what could not be read or is no setting.
#[derive(Debug)]
pub struct Values {
    entries: BTreeMap<&'static str, (String, Source)>,
    pub(super) problems: Vec<String>,
}

impl Values {
    /// The text and source of a setting; every key of the list has one.
    pub fn entry(&self, key: &str) -> (&str, &Source) {
        self.entries.get(key).map_or(("", &Source::Default), |(text, source)| (text.as_str(), source))
    }
}

/// Merges all sources. Unknown names and an unreadable file are problems that [`Config::check`](super::Config::check)
/// reports with all others.
///
/// `environment` and `flags` are (name, value) pairs; of the environment only names beginning with `WHISKER_` count.
pub fn gather(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
    flags: impl Iterator<Item = (&'static str, String)>,
) -> Values {
    let mut entries: BTreeMap<_, _> =
        SETTINGS.iter().map(|s| (s.key, (s.default.to_owned(), Source::Default))).collect();
    let mut problems = Vec::new();
    if let Some(path) = file {
        match read_file(path) {
            Ok(table) => flatten("", &table, &mut |key, text| match spec::find(key) {
                Some(setting) => drop(entries.insert(setting.key, (text, Source::File))),
                None => problems.push(unknown(
                    &format!("setting `{key}` in {}", path.display()),
                    key,
                    SETTINGS.iter().map(|s| s.key),
                )),
            }),
            Err(problem) => problems.push(problem),
        }
    }
    let names: BTreeMap<String, &'static str> = SETTINGS.iter().map(|s| (s.env(), s.key)).collect();
    for (name, value) in environment.filter(|(name, _)| name.starts_with("WHISKER_")) {
        match names.get(&name) {
            Some(key) => drop(entries.insert(key, (value, Source::Environment(name)))),
            None => problems.push(unknown(
                &format!("environment variable {name}"),
                &name,
                names.keys().map(String::as_str),
            )),
        }
    }
    for (key, value) in flags {
        let flag = spec::find(key).map(|s| s.flag()).unwrap_or_default();
        entries.insert(key, (value, Source::Flag(format!("--{flag}"))));
    }
    Values { entries, problems }
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match spec::nearest(name, known) {
        Some(nearest) => format!("unknown {what}; did you mean {nearest}?"),
        None => format!("unknown {what}"),
    }
}

fn read_file(path: &Path) -> Result<toml::Table, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    text.parse()
        .map_err(|error: toml::de::Error| format!("{} is not TOML: {}", path.display(), error.message()))
}

fn flatten(prefix: &str, table: &toml::Table, found: &mut dyn FnMut(&str, String)) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, found),
            other => found(&key, plain(other)),
        }
    }
}

/// A TOML value as the text the environment would hold: arrays become comma-separated lists.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
