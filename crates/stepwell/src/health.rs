//! `stepwell health`: whether a server answers, for whoever watches over it (a container's health check).

use std::process::ExitCode;

use clap::Args;

use crate::client::Client;
use crate::failure::Outcome;
use crate::options::Format;
use crate::terminal::Terminal;

/// Ask whether the server answers
///
/// The exit code is 0 where it does, and 1 otherwise.
#[derive(Debug, Args)]
pub struct Health {
    #[command(flatten)]
    pub format: Format,
}

pub async fn run(client: &Client, terminal: &Terminal) -> Outcome<ExitCode> {
    let health = client.health().await?;
    terminal.json(&health)?;
    let word = |name: &str| health[name].as_str().unwrap_or("?").to_owned();
    terminal.line(format!("{} (stepwell {}, {})", word("status"), word("version"), client.endpoint()))?;
    Ok(ExitCode::SUCCESS)
}
