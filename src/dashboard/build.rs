//! Builds the pages of `web/` with npm, so that `cargo build` alone makes the whole binary.
//!
//! Without npm, or with `SKIP_WEB_BUILD=1`, the crate still builds and serves a page that says how to get the pages.
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Page served where the real ones could not be built; the reason is filled in.
const EXPLANATION: &str = "<!doctype html><meta charset=utf-8><title>Whisker</title>\
    <body style=\"font:16px/1.5 system-ui;max-width:40em;margin:4em auto;padding:0 1em\"><h1>The pages are not built</h1>\
    <p>The server runs; only its web pages are missing from this binary: REASON.</p>\
    <p>Install Node.js 20 or newer with npm, then build again: <code>cargo build --release</code></p>";

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../..");
    let dist = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("dist");
    println!("cargo::rerun-if-env-changed=SKIP_WEB_BUILD");
    for source in
        ["web/src", "web/package.json", "web/package-lock.json", "web/vite.config.ts", "clients/js/src"]
    {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    for page in fs::read_dir(root.join("web")).into_iter().flatten().flatten() {
        if page.path().extension().is_some_and(|extension| extension == "html") {
            println!("cargo::rerun-if-changed={}", page.path().display());
        }
    }
    if let Err(reason) = build_pages(&root.join("web"), &dist) {
        println!("cargo::warning=web pages are not part of this build: {reason}");
        let page = EXPLANATION.replace("REASON", &reason);
        let written = fs::create_dir_all(&dist).and_then(|()| fs::write(dist.join("demo.html"), page));
        if let Err(error) = written {
            println!("cargo::error=cannot write {}: {error}", dist.display());
        }
    }
}

fn build_pages(web: &Path, dist: &Path) -> Result<(), String> {
    if env::var_os("SKIP_WEB_BUILD").is_some() {
        return Err("SKIP_WEB_BUILD is set".to_owned());
    }
    if !is_installed(web) {
        npm(web, &["ci", "--no-audit", "--no-fund"])?;
    }
    let out = dist.to_str().ok_or("the build folder's name is not UTF-8")?;
    npm(web, &["run", "build", "--", "--outDir", out, "--emptyOutDir"])
}

/// npm leaves a copy of the lock file in what it installed. One that is newer than ours needs no network.
fn is_installed(web: &Path) -> bool {
    let changed = |file: &str| fs::metadata(web.join(file)).and_then(|metadata| metadata.modified());
    match (changed("node_modules/.package-lock.json"), changed("package-lock.json")) {
        (Ok(installed), Ok(locked)) => installed > locked,
        _ => false,
    }
}

fn npm(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("npm").args(arguments).current_dir(folder).output();
    let output = output.map_err(|error| format!("npm could not be started ({error})"))?;
    if output.status.success() {
        return Ok(());
    }
    let lines = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&lines).lines().for_each(|line| println!("cargo::warning={line}"));
    Err(format!("npm {} failed", arguments.first().copied().unwrap_or_default()))
}
