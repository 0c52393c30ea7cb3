//! How sources look.
use super::{Text, files, none};

/// No source file is longer.
const MAX_LINES: usize = 600;
/// Longer ones say at the top what they are.
const MAX_LINES_WITHOUT_MAP: usize = 150;

/// The rest of the file is its tests.
const TESTS_BELOW: &str = "\n#[cfg(test)]\nmod tests {";

fn sources() -> Vec<Text> {
    files(&["rs", "ts", "tsx", "mjs", "js"])
}

/// Rust sources below `src/` that end up in the binary, without the tests at their end.
fn shipped() -> Vec<Text> {
    let files: Vec<Text> = files(&["rs"]).into_iter().filter(|file| file.path.starts_with("src/")).collect();
    let tests: Vec<String> = files.iter().flat_map(test_modules).collect();
    let is_test = |path: &str| {
        let module = path.trim_end_matches(".rs");
        ["/tests/", "/benches/", "/testing"].iter().any(|part| path.contains(part))
            || tests.iter().any(|test| module == test || module.starts_with(&format!("{test}/")))
    };
    let without_tests = |file: Text| Text {
        text: file.text.split(TESTS_BELOW).next().unwrap_or_default().to_owned(),
        path: file.path,
    };
    files.into_iter().filter(|file| !is_test(&file.path)).map(without_tests).collect()
}

/// Paths, without `.rs`, of the modules that a file declares for tests only.
fn test_modules(file: &Text) -> Vec<String> {
    let path = file.path.trim_end_matches(".rs");
    let folder = path.strip_suffix("/lib").unwrap_or(path);
    let declared = |rest: &str| Some(rest.split_once(';')?.0.split_once("mod ")?.1.to_owned());
    let names = file.text.split("#[cfg(test)]\n").skip(1).filter_map(declared);
    names.filter(|name| !name.contains(['{', '\n'])).map(|name| format!("{folder}/{name}")).collect()
}

#[test]
fn no_source_file_is_too_long() {
    let problems: Vec<_> = sources()
        .iter()
        .map(|file| (&file.path, file.text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    none("files over 600 lines: split them by concern", &problems);
}

#[test]
fn files_open_with_their_map() {
    let mut problems = Vec::new();
    for file in sources() {
        let is_rust = file.path.ends_with(".rs");
        let needs_map = file.path.ends_with("/lib.rs") || file.text.lines().count() > MAX_LINES_WITHOUT_MAP;
        let text = file.text.trim_start_matches(|character: char| character.is_whitespace());
        let has_map =
            if is_rust { text.starts_with("//!") } else { text.starts_with("//") || text.starts_with("/*") };
        if needs_map && !has_map {
            problems.push(file.path);
        }
    }
    none("files that do not open by saying what they are", &problems);
}

#[test]
fn nothing_is_left_for_later() {
    // Written in two pieces, so that this file may be read by its own test.
    let forbidden = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("db", "g!("),
    ];
    let mut problems = Vec::new();
    for file in sources() {
        for (number, line) in file.text.lines().enumerate() {
            if let Some(word) = forbidden.iter().find(|word| line.contains(*word)) {
                problems.push(format!("{}:{}: {word}", file.path, number + 1));
            }
        }
    }
    none("words that do not belong into a finished program", &problems);
}

#[test]
fn every_expect_states_its_invariant() {
    let mut problems = Vec::new();
    for Text { path, text } in shipped() {
        for (at, found) in text.match_indices(".expect(") {
            let message = text[at + found.len()..].trim_start();
            if !message.starts_with("\"invariant: ") {
                problems.push(format!("{path}:{}", text[..at].lines().count()));
            }
        }
    }
    none("`expect` without `invariant: …`", &problems);
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    let mut problems = Vec::new();
    for file in files(&["rs"]) {
        let lines: Vec<&str> = file.text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let code = line.trim_start();
            let is_unsafe =
                ["unsafe {", "unsafe fn ", "unsafe impl "].iter().any(|words| code.contains(words));
            let above = &lines[number.saturating_sub(8)..number];
            let is_code = !code.starts_with("//") && !code.contains("\"unsafe ");
            if is_unsafe && is_code && !above.iter().any(|line| line.contains("SAFETY: ")) {
                problems.push(format!("{}:{}", file.path, number + 1));
            }
        }
    }
    none("unsafe code without `SAFETY: …`", &problems);
}
