//! The interpreters that the host has, asked once each.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;
use tokio::sync::{Mutex, OnceCell};

use crate::sandbox::on_path;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub program: PathBuf,
    pub prefix: PathBuf,
    pub major: u32,
    pub version: String,
}

#[derive(Clone, Debug)]
pub(super) struct Python {
    pub program: PathBuf,
    pub prefix: PathBuf,
    pub minor: u32,
    pub version: String,
}

#[derive(Default)]
pub(super) struct Host {
    node: OnceCell<Option<Node>>,
    /// By the name that was asked: `python3.9`, `python3`.
    pythons: Mutex<HashMap<String, Option<Python>>>,
}

impl Host {
    pub async fn node(&self) -> Option<Node> {
        self.node.get_or_init(find_node).await.clone()
    }

    /// The interpreter of that minor version if there is one, else `python3`.
    pub async fn python(&self, minor: u32) -> Option<Python> {
        match self.python_named(&format!("python3.{minor}")).await {
            Some(found) => Some(found),
            None => self.python_named("python3").await,
        }
    }

    async fn python_named(&self, name: &str) -> Option<Python> {
        let mut pythons = self.pythons.lock().await;
        if let Some(known) = pythons.get(name) {
            return known.clone();
        }
        let found = find_python(name).await;
        pythons.insert(name.to_owned(), found.clone());
        found
    }
}

async fn find_node() -> Option<Node> {
    let program = on_path("node")?;
    let answer = ask(&program, &["-p", "process.execPath + '\\n' + process.versions.node"]).await?;
    let [program, version] = answer.lines().collect::<Vec<_>>()[..] else { return None };
    let program = PathBuf::from(program);
    let prefix = program.parent()?.parent()?.to_owned();
    let major = version.split('.').next()?.parse().ok()?;
    Some(Node { program, prefix, major, version: version.to_owned() })
}

/// What PATH names may be a shim or a virtual environment, so Python itself says where it really is.
async fn find_python(name: &str) -> Option<Python> {
    let script = "import os, sys; v = sys.version_info; \
                  print(os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable)); \
                  print(sys.base_prefix); print(v[1]); print('%d.%d.%d' % v[:3])";
    let answer = ask(&on_path(name)?, &["-c", script]).await?;
    let [program, prefix, minor, version] = answer.lines().collect::<Vec<_>>()[..] else { return None };
    Some(Python {
        program: program.into(),
        prefix: prefix.into(),
        minor: minor.parse().ok()?,
        version: version.to_owned(),
    })
}

async fn ask(program: &Path, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(arguments).stdin(Stdio::null()).kill_on_drop(true).output().await.ok()?;
    if !output.status.success() {
        tracing::debug!(program = %program.display(), "not a working interpreter");
        return None;
    }
    String::from_utf8(output.stdout).ok()
}
