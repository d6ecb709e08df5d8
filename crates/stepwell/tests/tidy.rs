//! The house is tidy: crates import only what the architecture's arrows allow, and every file says what it is for.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

/// What each crate may depend on (ARCHITECTURE.md).
const ARROWS: &[(&str, &[&str])] = &[
    ("jsonata", &[]),
    ("asl", &["jsonata"]),
    ("engine", &["asl"]),
    ("wire", &[]),
    ("store", &[]),
    ("runner", &[]),
    ("services", &["asl", "engine", "wire", "store"]),
    ("server", &["asl", "engine", "wire", "store", "services", "runner"]),
    ("stepwell", &["asl", "server", "wire"]),
];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn crates_import_only_what_the_arrows_allow() {
    for (name, allowed) in ARROWS {
        let manifest = fs::read_to_string(crates().join(name).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
        for line in dependencies.lines() {
            let Some(rest) = line.strip_prefix("stepwell-") else { continue };
            let dependency = rest.split(['.', ' ', '=']).next().unwrap();
            assert!(allowed.contains(&dependency), "{name} may not depend on {dependency}");
        }
    }
    let folders = fs::read_dir(crates()).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(folders.count(), ARROWS.len(), "a crate without a line in this table");
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut files = Vec::new();
    for (name, _) in ARROWS {
        rust_files(&crates().join(name).join("src"), &mut files);
    }
    assert!(files.len() > 100);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//!"), "{} has no head", file.display());
    }
}

/// Services meet in `calls.rs`: none imports another.
#[test]
fn services_do_not_import_their_siblings() {
    let services = crates().join("services/src");
    let folders: Vec<_> = fs::read_dir(&services)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        // A folder that isn't a service's has no table of operations, and is composed of services.
        .filter(|path| path.join("mod.rs").is_file())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    for folder in &folders {
        let mut files = Vec::new();
        rust_files(&services.join(folder), &mut files);
        for file in files.iter().filter(|file| {
            !file.components().any(|part| part.as_os_str().to_str().unwrap().starts_with("tests"))
        }) {
            let text = fs::read_to_string(file).unwrap();
            let rules = text.split("#[cfg(test)]").next().unwrap();
            for sibling in folders.iter().filter(|sibling| *sibling != folder) {
                let import = format!("crate::{sibling}::");
                assert!(!rules.contains(&import), "{} imports {sibling}", file.display());
            }
        }
    }
}
