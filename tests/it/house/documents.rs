//! What must exist, and fit together.
use super::{files, none, root};
use std::{collections::BTreeSet, fs};
use wire::event::EventType;

#[test]
fn the_documents_are_there() {
    for path in [
        "README.md",
        "CHANGELOG.md",
        "docs/architecture.md",
        "docs/config.example.toml",
        "docs/dependencies.md",
        "docs/protocol/calls.md",
        "docs/protocol/realtime.md",
        "turn-config/README.md",
    ] {
        let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(!text.trim().is_empty(), "{path} is empty");
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut problems = Vec::new();
    for file in files(&["md"]) {
        let folder = root().join(&file.path);
        let folder = folder.parent().expect("a file is in a folder");
        for target in file.text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let is_local = !target.is_empty() && !target.contains("://") && !target.contains(' ');
            if is_local && !folder.join(target).exists() {
                problems.push(format!("{}: {target}", file.path));
            }
        }
    }
    none("links to files that do not exist", &problems);
}

#[test]
fn every_event_type_has_a_golden_file_and_every_golden_file_an_event_type() {
    let folder = root().join("tests/golden/event");
    let found: BTreeSet<String> = fs::read_dir(folder)
        .expect("tests/golden/event")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    let expected: BTreeSet<String> =
        EventType::ALL.iter().map(|event_type| format!("{}.json", event_type.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn lock_files_name_no_registry() {
    let locks: Vec<_> =
        files(&["json"]).into_iter().filter(|file| file.path.ends_with("package-lock.json")).collect();
    assert!(locks.len() >= 3, "client, pages and browser tests are locked");
    let resolved: Vec<_> = locks
        .iter()
        .filter(|lock| lock.text.contains("\"resolved\": \"http"))
        .map(|lock| lock.path.clone())
        .collect();
    none("lock files with addresses: omit-lockfile-registry-resolved is not set", &resolved);
}
