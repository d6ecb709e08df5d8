//! `stepwell callbacks succeed`, `fail` and `heartbeat`: the three answers to a task token.

use clap::Args;
use serde_json::json;

use crate::argument;
use crate::client::Client;
use crate::failure::Outcome;
use crate::options::Format;
use crate::terminal::{Terminal, Tone};

use super::shortened;
use super::token::Meant;

/// Complete a task: its execution goes on with the output
#[derive(Debug, Args)]
pub struct Succeed {
    #[command(flatten)]
    meant: Meant,
    /// The task's output: JSON, `@` and a file, or `-` for standard input
    #[arg(long, visible_alias = "task-output", value_name = "JSON", default_value = "{}")]
    output: String,
}

/// Fail a task: its execution takes the Catch path, or fails
#[derive(Debug, Args)]
pub struct Fail {
    #[command(flatten)]
    meant: Meant,
    /// The error's name, which Retry and Catch compare
    #[arg(long)]
    error: Option<String>,
    /// What happened
    #[arg(long)]
    cause: Option<String>,
    #[command(flatten)]
    pub format: Format,
}

/// Say that a task is still being worked on: its heartbeat timeout begins anew
#[derive(Debug, Args)]
pub struct Heartbeat {
    #[command(flatten)]
    meant: Meant,
    #[command(flatten)]
    pub format: Format,
}

impl Succeed {
    pub async fn run(&self, client: &Client, terminal: &Terminal) -> Outcome<()> {
        let output = argument::text(&self.output)?;
        let token = self.meant.resolve(client).await?;
        client.states("SendTaskSuccess", &json!({"taskToken": token, "output": output})).await?;
        told(&token, "succeeded", terminal)
    }
}

impl Fail {
    pub async fn run(&self, client: &Client, terminal: &Terminal) -> Outcome<()> {
        let token = self.meant.resolve(client).await?;
        let mut input = json!({"taskToken": token});
        for (name, value) in [("error", &self.error), ("cause", &self.cause)] {
            if let Some(value) = value {
                input[name] = json!(value);
            }
        }
        client.states("SendTaskFailure", &input).await?;
        told(&token, "failed", terminal)
    }
}

impl Heartbeat {
    pub async fn run(&self, client: &Client, terminal: &Terminal) -> Outcome<()> {
        let token = self.meant.resolve(client).await?;
        client.states("SendTaskHeartbeat", &json!({"taskToken": token})).await?;
        told(&token, "reported as alive", terminal)
    }
}

fn told(token: &str, how: &str, terminal: &Terminal) -> Outcome<()> {
    terminal.json(&json!({"taskToken": token}))?;
    Ok(terminal.line(terminal.paint(Tone::Good, &format!("task {} {how}", shortened(token))))?)
}
