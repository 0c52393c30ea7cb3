//! Who may import whom. Edges come from `cargo metadata`; what a crate's tests use beside is its own business.
use super::{files, none, root};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

/// The crates in `src/` and those of ours that each may import.
const MAY_IMPORT: &[(&str, &str)] = &[
    ("model", ""),
    ("stomp", ""),
    ("domain", "model"),
    ("wire", "domain model"),
    ("sfu", "model"),
    ("telemetry", ""),
    ("store", "domain model telemetry"),
    ("bus", "domain model telemetry"),
    ("media", "sfu domain model telemetry"),
    ("gateway", "stomp wire domain model telemetry"),
    ("rest", "wire domain model telemetry"),
    ("dashboard", "wire domain model telemetry"),
    ("server", "model domain wire store bus gateway rest sfu media dashboard telemetry"),
];

/// Crates without clock, randomness and IO, and everything foreign that each may use.
const PURE: &[(&str, &str)] = &[
    ("model", "serde"),
    ("stomp", ""),
    ("domain", "async-lock async-trait emojis futures-util parking_lot serde thiserror"),
    ("wire", "serde serde_json"),
    (
        "sfu",
        "aws-lc-rs dimpl rtc-crypto rtc-rtcp rtc-rtp rtc-sdp rtc-shared rtc-srtp rtc-stun sha2 thiserror tracing",
    ),
];

/// Heavy dependencies, and the only crates that may know them.
const WALLS: &[(&str, &str)] = &[
    ("axum", "gateway rest dashboard server"),
    ("rusqlite", "store"),
    ("mio", "media"),
    ("quinn-udp", "media"),
    ("socket2", "media"),
    ("if-addrs", "media"),
    ("aws-lc-rs", "sfu gateway"),
    ("dimpl", "sfu"),
    ("tracing-subscriber", "telemetry"),
    ("rust-embed", "dashboard"),
    ("clap", "server loadtest"),
    ("toml", "server"),
];

/// What a member of the workspace needs to be built.
struct Member {
    /// Folder below the top: `src/stomp`.
    folder: String,
    /// Folders of ours.
    ours: BTreeSet<String>,
    /// Names of others.
    foreign: BTreeSet<String>,
}

fn words(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("no {key} in {value}"))
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The short name of a folder: `src/stomp` is `stomp`.
fn short(folder: &str) -> &str {
    folder.strip_prefix("src/").unwrap_or(folder)
}

/// Every member by its short name.
fn members() -> BTreeMap<String, Member> {
    let metadata = metadata();
    let top = format!("{}/", text(&metadata, "workspace_root"));
    let below_top = |path: &str| path.strip_prefix(&top).map(str::to_owned);
    let mut members = BTreeMap::new();
    for package in list(&metadata, "packages") {
        let manifest = below_top(text(package, "manifest_path")).expect("a member is below the top");
        let folder = manifest.trim_end_matches("/Cargo.toml").to_owned();
        let (mut ours, mut foreign) = (BTreeSet::new(), BTreeSet::new());
        for dependency in list(package, "dependencies").iter().filter(|found| found["kind"] != "dev") {
            match dependency["path"].as_str() {
                Some(path) => {
                    ours.insert(short(&below_top(path).expect("paths stay below the top")).to_owned())
                }
                None => foreign.insert(text(dependency, "name").to_owned()),
            };
        }
        members.insert(short(&folder).to_owned(), Member { folder, ours, foreign });
    }
    members
}

#[test]
fn every_edge_between_crates_is_allowed() {
    let members = members();
    let known: BTreeSet<&str> = MAY_IMPORT.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<&str> =
        members.values().filter_map(|member| member.folder.strip_prefix("src/")).collect();
    assert_eq!(found, known, "the table lists the crates in src/");
    assert!(members["gateway"].ours.contains("stomp"), "edges are seen");
    let mut problems = Vec::new();
    for (name, allowed) in MAY_IMPORT {
        for edge in members[*name].ours.difference(&words(allowed)) {
            problems.push(format!("{name} imports {edge}"));
        }
    }
    problems
        .extend(members["loadtest"].ours.iter().map(|edge| format!("loadtest measures, and imports {edge}")));
    none("edges that docs/architecture.md does not allow", &problems);
}

#[test]
fn pure_crates_use_only_what_is_listed() {
    let members = members();
    let mut problems = Vec::new();
    for (name, allowed) in PURE {
        for foreign in members[*name].foreign.difference(&words(allowed)) {
            problems.push(format!("{name} uses {foreign}"));
        }
    }
    none("foreign crates in pure crates", &problems);
}

#[test]
fn heavy_dependencies_stay_behind_their_walls() {
    let mut problems = Vec::new();
    for (name, member) in members().iter().filter(|(name, _)| *name != "tests") {
        for (heavy, allowed) in WALLS {
            if member.foreign.contains(*heavy) && !words(allowed).contains(name) {
                problems.push(format!("{name} uses {heavy}"));
            }
        }
    }
    none("dependencies outside of their walls", &problems);
}

#[test]
fn every_folder_in_src_is_a_crate_with_the_lints_of_the_workspace() {
    let members = members();
    let folders = fs::read_dir(root().join("src")).expect("src").map(|entry| entry.expect("an entry"));
    let mut problems = Vec::new();
    for entry in folders {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !members.contains_key(&name) {
            problems.push(format!("src/{name} is not a member"));
        }
    }
    for member in members.values() {
        let manifest = root().join(&member.folder).join("Cargo.toml");
        let manifest = fs::read_to_string(manifest).expect("a manifest");
        if !manifest.contains("[lints]\nworkspace = true\n") {
            problems.push(format!("{} does not use the lints of the workspace", member.folder));
        }
    }
    none("crates that are none", &problems);
}

#[test]
fn clippy_forbids_clocks_and_io_in_all_pure_crates_alike() {
    let read = |folder: &str| {
        let path = root().join(folder).join("clippy.toml");
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let first = read("src/stomp");
    for (name, _) in PURE {
        assert_eq!(
            read(&format!("src/{name}")),
            first,
            "src/{name}/clippy.toml differs from that of src/stomp"
        );
    }
    // Clippy reads one file only, so the copies must hold the settings of the whole house.
    for line in read(".").lines().filter(|line| line.contains(" = ")) {
        assert!(first.contains(line), "{line} of clippy.toml is missing in the copies");
    }
    for forbidden in [
        "std::time::Instant::now",
        "std::time::SystemTime::now",
        "std::thread::spawn",
        "std::thread::sleep",
        "std::fs::File::open",
        "std::env::var",
        "std::net::UdpSocket::bind",
        "std::net::TcpStream::connect",
    ] {
        assert!(first.contains(&format!("\"{forbidden}\"")), "{forbidden} is not forbidden in pure crates");
    }
    let settings: Vec<_> =
        files(&["toml"]).into_iter().filter(|file| file.path.ends_with("/clippy.toml")).collect();
    assert_eq!(settings.len(), PURE.len(), "only pure crates have settings of their own");
}

#[test]
fn every_dependency_has_its_reason_in_writing() {
    let reasons = fs::read_to_string(root().join("docs/dependencies.md")).expect("docs/dependencies.md");
    let names: BTreeSet<&str> = reasons
        .split(|character: char| !(character.is_alphanumeric() || "-_/@".contains(character)))
        .collect();
    let mut problems = BTreeSet::new();
    for member in members().values() {
        problems.extend(member.foreign.iter().filter(|name| !names.contains(name.as_str())).cloned());
    }
    for folder in ["clients/js", "web", "tests/browser"] {
        let manifest = fs::read_to_string(root().join(folder).join("package.json")).expect("package.json");
        let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
        let packages =
            ["dependencies", "devDependencies"].into_iter().filter_map(|key| manifest[key].as_object());
        let packages =
            packages.flat_map(|packages| packages.keys()).filter(|name| !name.starts_with("@types/"));
        problems.extend(packages.filter(|name| !names.contains(name.as_str())).cloned());
    }
    none("dependencies without a line in docs/dependencies.md", &Vec::from_iter(problems));
}

#[test]
fn every_dependency_that_is_declared_or_explained_is_used() {
    let read =
        |path: &str| fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let manifest = read("Cargo.toml");
    let declared = manifest.split("[workspace.dependencies]\n").nth(1).expect("workspace.dependencies");
    let declared = declared.split("\n[").next().expect("text").lines();
    let declared: BTreeSet<&str> =
        declared.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
    let mut folders: Vec<String> = members().into_values().map(|member| member.folder).collect();
    folders.push("tests/fuzz".to_owned());
    let manifests: String = folders.iter().map(|folder| read(&format!("{folder}/Cargo.toml"))).collect();
    let is_used = |name: &str| {
        [".workspace", " = {", " = \""].iter().any(|end| manifests.contains(&format!("\n{name}{end}")))
    };
    let unused: Vec<String> =
        declared.iter().filter(|name| !is_used(name)).map(|name| (*name).to_owned()).collect();
    none("dependencies that nothing uses", &unused);

    let reasons = read("docs/dependencies.md");
    let crates = reasons.split("| npm package").next().expect("text").lines();
    let cells = crates.filter(|line| line.starts_with("| ")).filter_map(|line| line.split(['|', '(']).nth(1));
    let explained = cells.flat_map(|cell| cell.split(',')).map(str::trim);
    let surplus: Vec<String> = explained
        .filter(|name| !["crate", "---"].contains(name) && !is_used(name))
        .map(str::to_owned)
        .collect();
    none("lines in docs/dependencies.md without a dependency", &surplus);
}
