//! `stepwell backup`: the store of a running server as one file, fetched piece by piece and read again before it has its name.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use stepwell_server::offline;

use crate::client::{self, Client};
use crate::failure::{Failure, Outcome};
use crate::options::Format;
use crate::terminal::Terminal;
use stepwell_wire::time;

/// Says of a piece whether it is the last.
const LAST_PIECE: &str = "x-stepwell-last-piece";

/// Back up a server that runs
///
/// The file is the store as it was when the backup began; the server goes on meanwhile. It holds every secret of the
/// installation and is for its owner alone. Where signatures are required, the root key makes it.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file, which must not be there yet, or a directory, in which it is named by the time
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    pub format: Format,
}

pub async fn run(backup: &Backup, client: &Client, terminal: &Terminal) -> Outcome<ExitCode> {
    let path = place(&backup.to, client::wall_ms());
    if path.exists() {
        return Err(Failure::told(format!("`{}` is there already", path.display())));
    }
    // It gets its name when it is whole: what was interrupted can't be taken for a backup.
    let partial = with_suffix(&path, ".partial");
    let fetched = fetch(&partial, client).await.and_then(|()| {
        let summary = offline::verify_backup(&partial).map_err(|error| Failure::told(error.to_string()))?;
        std::fs::rename(&partial, &path).map_err(|source| unwritable(&path, source))?;
        Ok(summary)
    });
    let summary = match fetched {
        Ok(summary) => summary,
        Err(failure) => {
            // Whatever could be made of it isn't wanted; the failure says what matters.
            drop(std::fs::remove_file(&partial));
            return Err(failure);
        }
    };
    let text = path.display().to_string();
    terminal.json(&json!({"file": text, "rows": summary.rows, "bytes": summary.bytes}))?;
    terminal.line(format!("{} rows, {} bytes, in {text}", summary.rows, summary.bytes))?;
    Ok(ExitCode::SUCCESS)
}

async fn fetch(partial: &Path, client: &Client) -> Outcome<()> {
    let failed = |source| unwritable(partial, source);
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(partial);
    let mut file = file.map_err(failed)?;
    let begun = client.own_write("/backup", "application/json", bytes::Bytes::new()).await?;
    let id = begun["backupId"].as_str().unwrap_or_default();
    let fetched = pieces(&mut file, id, client).await;
    // The server would give it up by itself; it need not wait.
    let ended = client.own_delete(&format!("/backup/{id}")).await;
    fetched.and(ended)?;
    file.sync_all().map_err(failed)
}

async fn pieces(file: &mut File, id: &str, client: &Client) -> Outcome<()> {
    for number in 0_u64.. {
        let (piece, last) = client.own_bytes(&format!("/backup/{id}/{number}"), LAST_PIECE).await?;
        file.write_all(&piece)?;
        if last.as_deref() == Some("true") {
            break;
        }
    }
    Ok(())
}

/// Where the file is to be.
fn place(to: &Path, now_ms: i64) -> PathBuf {
    match to.is_dir() {
        true => to.join(format!("stepwell-{}.backup", time::amz_date(now_ms))),
        false => to.to_owned(),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn unwritable(path: &Path, source: std::io::Error) -> Failure {
    Failure::told(format!("cannot write `{}`: {source}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_in_a_directory_is_named_by_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("stepwell-20231114T221320Z.backup");
        assert_eq!(place(folder.path(), 1_700_000_000_000), named);
        assert_eq!(place(&named, 0), named);
    }
}
