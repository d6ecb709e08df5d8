//! One piece of a runtime from a package registry: fetched once, whole or not at all.
//!
//! The ecosystem's own client does the fetching (npm, pip) with whatever configuration the user gave it; no install
//! script of a package is run. A lock file keeps servers that share the directory from fetching the same piece twice.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;

use super::{Tell, differs, io_failure};
use crate::spec::{PrepareError, Progress};
use crate::sys;

/// A slow line and a large package; what takes longer hangs.
const FETCH_LIMIT: Duration = Duration::from_secs(15 * 60);

pub(super) struct Piece {
    /// The directory's name.
    pub name: String,
    /// For people.
    pub what: String,
    pub tool: Tool,
    pub packages: Vec<String>,
}

pub(super) enum Tool {
    Npm,
    Pip { python: PathBuf },
}

pub(super) struct Fetcher {
    directory: PathBuf,
    offline: bool,
}

impl Fetcher {
    pub fn new(directory: PathBuf, offline: bool) -> Fetcher {
        Fetcher { directory, offline }
    }

    /// The piece's directory; `None` where it isn't here and offline mode fetches nothing.
    pub async fn piece(&self, piece: &Piece, tell: Tell<'_>) -> Result<Option<PathBuf>, PrepareError> {
        let home = self.directory.join(&piece.name);
        if is_here(&home).await {
            return Ok(Some(home));
        }
        if self.offline {
            differs(tell, format!("offline: {} is not here, functions run without it", piece.what));
            return Ok(None);
        }
        tokio::fs::create_dir_all(&self.directory)
            .await
            .map_err(|error| io_failure(&self.directory, &error))?;
        let _lock = lock(self.directory.join(format!("{}.lock", piece.name))).await?;
        if !is_here(&home).await {
            tell(Progress::Fetching { what: piece.what.clone() });
            tracing::info!(what = piece.what, "fetching");
            self.fetch(piece, &home).await?;
            tracing::info!(what = piece.what, "fetched");
            tell(Progress::Fetched { what: piece.what.clone() });
        }
        Ok(Some(home))
    }

    async fn fetch(&self, piece: &Piece, home: &Path) -> Result<(), PrepareError> {
        // Removed again if anything below fails.
        let staging = tempfile::Builder::new()
            .prefix(".fetching-")
            .tempdir_in(&self.directory)
            .map_err(|error| io_failure(&self.directory, &error))?;
        let failed = |reason: String| PrepareError::Fetch { what: piece.what.clone(), reason };
        let mut command = piece.tool.command(staging.path(), &piece.packages);
        let program = command.as_std().get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null()).kill_on_drop(true);
        let output = tokio::time::timeout(FETCH_LIMIT, command.output())
            .await
            .map_err(|_| failed(format!("`{program}` did not finish within 15 minutes")))?
            .map_err(|error| failed(format!("`{program}` could not be started: {error}")))?;
        if !output.status.success() {
            return Err(failed(format!("`{program}` failed ({}): {}", output.status, last_lines(&output))));
        }
        sync(staging.path()).await.map_err(|error| io_failure(staging.path(), &error))?;
        tokio::fs::rename(staging.path(), home).await.map_err(|error| io_failure(home, &error))?;
        // It has moved away: there is nothing left to remove.
        drop(staging.keep());
        Ok(())
    }
}

impl Tool {
    fn command(&self, into: &Path, packages: &[String]) -> Command {
        match self {
            Tool::Npm => {
                let mut command = Command::new("npm");
                command.arg("install").arg("--prefix").arg(into);
                command.args(["--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"]);
                command.args(["--loglevel=error", "--no-progress", "--"]).args(packages).current_dir(into);
                command
            }
            Tool::Pip { python } => {
                let mut command = Command::new(python);
                command.args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--no-input",
                    "--disable-pip-version-check",
                ]);
                command.args(["--only-binary=:all:", "--target"]).arg(into);
                // As a variable: older versions of pip refuse an option that they don't know.
                command.args(packages).env("PIP_ROOT_USER_ACTION", "ignore").current_dir(into);
                command
            }
        }
    }
}

async fn is_here(home: &Path) -> bool {
    tokio::fs::try_exists(home).await.unwrap_or(false)
}

/// What stands under its final name is believed to be whole, after a power cut too.
async fn sync(directory: &Path) -> std::io::Result<()> {
    let directory = File::open(directory)?;
    let synced = tokio::task::spawn_blocking(move || sys::sync_filesystem(&directory));
    synced.await.unwrap_or_else(|error| Err(std::io::Error::other(error)))
}

/// Waits for whoever fetches the same piece at this moment, in this process or another.
async fn lock(path: PathBuf) -> Result<File, PrepareError> {
    let locked = {
        let path = path.clone();
        tokio::task::spawn_blocking(move || {
            let file = File::options().create(true).append(true).open(&path)?;
            file.lock()?;
            Ok(file)
        })
    };
    let locked = locked.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    locked.map_err(|error| io_failure(&path, &error))
}

/// What a person needs to see of a tool that failed.
fn last_lines(output: &Output) -> String {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let from = lines.len().saturating_sub(8);
    let mut tail = lines.get(from..).unwrap_or_default().join(" | ");
    if tail.len() > 2000 {
        let cut = tail.ceil_char_boundary(tail.len() - 2000);
        tail.drain(..cut);
    }
    tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn only_the_end_of_a_long_complaint_is_kept() {
        let output = Output {
            status: std::process::ExitStatus::from_raw(256),
            stdout: b"progress\n".to_vec(),
            stderr: (0..100).map(|line| format!("\nline {line}\n")).collect::<String>().into_bytes(),
        };
        assert!(last_lines(&output).starts_with("line 92 | line 93"));
        assert!(last_lines(&output).ends_with("line 99"));
        let output = Output { stderr: "é".repeat(9000).into_bytes(), ..output };
        assert!(last_lines(&output).len() <= 2000);
    }

    #[tokio::test]
    async fn a_failing_tool_is_quoted_and_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let python = directory.path().join("python");
        let script = "#!/bin/sh\necho 'ERROR: no matching distribution' >&2\nexit 3\n";
        std::fs::write(&python, script).unwrap();
        std::fs::set_permissions(&python, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let home = directory.path().join("home");
        let piece = Piece {
            name: "piece".into(),
            what: "a piece".into(),
            tool: Tool::Pip { python },
            packages: vec!["x".into()],
        };
        let error = Fetcher::new(home.clone(), false).piece(&piece, &|_| ()).await.unwrap_err().to_string();
        assert!(error.starts_with("fetching a piece failed: "), "{error}");
        assert!(error.contains("ERROR: no matching distribution"), "{error}");
        let left: Vec<_> =
            std::fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["piece.lock"]);
    }

    #[tokio::test]
    async fn offline_fetches_nothing_and_says_so() {
        let directory = tempfile::tempdir().unwrap();
        let told = std::sync::Mutex::new(vec![]);
        let piece = Piece { name: "p".into(), what: "a piece".into(), tool: Tool::Npm, packages: vec![] };
        let fetcher = Fetcher::new(directory.path().to_owned(), true);
        let tell = |progress| told.lock().unwrap().push(progress);
        assert_eq!(fetcher.piece(&piece, &tell).await.unwrap(), None);
        assert!(
            matches!(&told.lock().unwrap()[..], [Progress::Note(note)] if note.contains("a piece is not here"))
        );
        std::fs::create_dir(directory.path().join("p")).unwrap();
        assert_eq!(fetcher.piece(&piece, &tell).await.unwrap(), Some(directory.path().join("p")));
    }
}
