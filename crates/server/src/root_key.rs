//! The root access key of the default account, made at the first start and left in a file for its owner alone.

use crate::authenticate::DEFAULT_ACCOUNT;
use crate::config::{Config, StartError};
use crate::pipeline::Pipeline;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
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
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|source| StartError::Write { path, source })
}
