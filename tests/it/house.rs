//! The rules of the house, as tests. `docs/architecture.md` says them in words; what is not tested is a wish.
//!
//! ```text
//!   imports    who may import whom, which crate owns which heavy dependency, what pure crates may not call
//!   sources    sizes, opening comments, words that do not belong, what `expect` must say
//!   documents  what must exist and fit together: documents, golden files, lock files
//! ```
mod documents;
mod imports;
mod sources;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders that are made by tools, or hold no text of ours.
const NOT_OURS: &[&str] =
    &[".git", "target", "node_modules", "dist", "build", "out", "data", "corpus", "artifacts"];

/// The top of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// A text file of the repository.
struct Text {
    /// From the top of the repository, with `/`.
    path: String,
    text: String,
}

/// Every file with one of these extensions, in the order of their paths.
fn files(extensions: &[&str]) -> Vec<Text> {
    let root = root();
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let wanted = |path: &PathBuf| {
        path.extension().is_some_and(|found| extensions.iter().any(|wanted| found == *wanted))
    };
    let read = |path: PathBuf| Text {
        text: fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        path: path.strip_prefix(&root).expect("below the top").to_string_lossy().replace('\\', "/"),
    };
    paths.into_iter().filter(wanted).map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let entry = entry.expect("a folder can be listed");
        let kind = entry.file_type().expect("a file has a type");
        if kind.is_file() {
            paths.push(entry.path());
        } else if kind.is_dir() && !NOT_OURS.iter().any(|name| entry.file_name() == *name) {
            collect(&entry.path(), paths);
        }
    }
}

/// Fails with all problems at once.
#[track_caller]
fn none(rule: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{rule}:\n  {}", problems.join("\n  "));
}
