//! Every input that fuzzing has found worth keeping, on the stable compiler: what once crashed stays fixed, what
//! reached far is reached in each run. `tests/fuzz` looks for more.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Panics when an invariant does not hold for an input.
type EntryPoint = fn(&[u8]);

/// The targets in `tests/fuzz/targets`, and where they lead.
const TARGETS: &[(&str, EntryPoint)] = &[
    ("destination", wire::fuzzing::destination),
    ("request", wire::fuzzing::request),
    ("rtcp", sfu::fuzzing::rtcp),
    ("rtp", sfu::fuzzing::rtp),
    ("sdp", sfu::fuzzing::sdp),
    ("sfu_datagram", sfu::fuzzing::datagram),
    ("sockjs", stomp::fuzzing::sockjs),
    ("stomp_decode", stomp::fuzzing::decode),
    ("stomp_session", stomp::fuzzing::session),
    ("stun", sfu::fuzzing::stun),
];

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(path)
}

fn names(path: &str) -> BTreeSet<String> {
    let folder = folder(path);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// Shows the input that was being tried when a target panics.
struct Trying(PathBuf);

impl Drop for Trying {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("input: {}", self.0.display());
        }
    }
}

#[test]
fn every_target_has_a_corpus_and_is_replayed() {
    let expected: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let targets: BTreeSet<String> =
        names("targets").iter().map(|name| name.trim_end_matches(".rs").to_owned()).collect();
    assert_eq!(targets, expected);
    assert_eq!(names("corpus"), expected);
}

#[test]
fn committed_inputs_break_no_invariant() {
    for (name, target) in TARGETS {
        let inputs = names(&format!("corpus/{name}"));
        assert!(inputs.len() >= 8, "{name} has seeds");
        for input in inputs {
            let trying = Trying(folder(&format!("corpus/{name}/{input}")));
            let data = fs::read(&trying.0).unwrap_or_else(|error| panic!("{}: {error}", trying.0.display()));
            target(&data);
        }
    }
}
