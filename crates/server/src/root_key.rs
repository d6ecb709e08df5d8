//! The root access key of the default account, made at the first start and left in a file for its owner alone.

use crate::authenticate::DEFAULT_ACCOUNT;
use crate::config::{Config, StartError};
use crate::pipeline::Pipeline;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use stepwell_services::context::{Caller, Request};
use stepwell_services::iam::credentials::{CreateRootKey, RootKey};
use stepwell_services::keys::Scope;
use stepwell_wire::route::DEFAULT_REGION;
use stepwell_wire::{Envelope, Protocol, Service};

/// In the data directory: an AWS credentials file.
const FILE: &str = "root-credentials";

/// Makes the key if there is none, and writes the file if it is missing.
///
/// # Errors
/// If the key or the file can't be written.
pub async fn keep(pipeline: &Pipeline, config: &Config) -> Result<(), StartError> {
    let path = config.data_dir.join(FILE);
    if path.exists() {
        return Ok(());
    }
    let request = Request {
        caller: Caller::root(DEFAULT_ACCOUNT),
        scope: Scope::new(DEFAULT_ACCOUNT, DEFAULT_REGION),
        request_id: "start".into(),
        base_url: "".into(),
    };
    let answer = pipeline.submit(Box::new(CreateRootKey {}), request, None).await;
    let unmade = |reason: String| StartError::Data(format!("the root access key can't be made: {reason}"));
    let reply = answer.map_err(|error| unmade(error.to_string()))?;
    let envelope = Envelope::new(Service::Iam, Protocol::AwsJson11, "CreateRootKey", "start");
    let rendered = reply.render(&envelope).map_err(|error| unmade(error.to_string()))?;
    let key: RootKey = serde_json::from_slice(&rendered.body).map_err(|error| unmade(error.to_string()))?;
    let text = format!(
        "# The root access key of this Stepwell installation: AWS_SHARED_CREDENTIALS_FILE={}\n[default]\n\
         aws_access_key_id = {}\naws_secret_access_key = {}\n",
        path.display(),
        key.access_key_id,
        key.secret_access_key
    );
    write_whole(&path, &text).map_err(|source| StartError::Write { path, source })
}

/// Under its own name the file is there with all that belongs in it, or not at all, whatever ends the process meanwhile.
fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_start_left_unfinished_is_written_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        std::fs::write(path.with_extension("unfinished"), "a longer text than the one that comes").unwrap();
        write_whole(&path, "text").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "text");
        assert!(!path.with_extension("unfinished").exists());
    }
}
