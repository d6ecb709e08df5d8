//! `stepwell start`: an execution begun, and watched if asked for.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::argument;
use crate::client::Client;
use crate::failure::Outcome;
use crate::options::Format;
use crate::state_machines;
use crate::terminal::{Terminal, Tone};
use crate::text;
use crate::watch::Watch;

/// Start an execution
///
/// With --watch it is followed to its end: each state as it is entered and left, what it waits for, what failed. The exit
/// code is then its outcome: 0 where it succeeded, 1 where it failed, 3 where it timed out, 4 where it was stopped.
/// Interrupting the watch does not stop the execution.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  stepwell start orders --input '{\"order\": 7}' --watch
  stepwell start arn:aws:states:us-east-1:000000000000:stateMachine:orders --input @order.json")]
pub struct Start {
    /// The state machine: its name, its ARN, its logical id in a template, or a beginning of its name that no other one has
    state_machine: String,
    /// The input: JSON, `@` and a file, or `-` for standard input
    #[arg(long, value_name = "JSON", default_value = "{}")]
    input: String,
    /// The execution's name; one is made up if there is none
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Follow it to its end
    #[arg(long)]
    watch: bool,
    /// With --watch: show inputs and outputs whole
    #[arg(long, requires = "watch")]
    full: bool,
    #[command(flatten)]
    pub format: Format,
}

pub async fn run(start: &Start, client: &Client, terminal: &Terminal) -> Outcome<ExitCode> {
    let text = argument::text(&start.input)?;
    let machine = state_machines::resolve(&start.state_machine, client).await?;
    let mut input = json!({"stateMachineArn": machine, "input": text});
    if let Some(name) = &start.name {
        input["name"] = json!(name);
    }
    let started = client.states("StartExecution", &input).await?;
    let arn = started["executionArn"].as_str().unwrap_or_default();
    terminal.line(format!("started {}", terminal.paint(Tone::Faint, arn)))?;
    if !start.watch {
        terminal.json(&started)?;
        return Ok(ExitCode::SUCCESS);
    }
    let most = if start.full { usize::MAX } else { text::SHORT };
    let is_done = Watch::new(arn, most).follow(client, terminal);
    tokio::select! {
        outcome = is_done => outcome,
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            terminal.line(format!("no longer watched; it goes on: stepwell executions show {arn}"))?;
            Ok(ExitCode::from(130))
        }
    }
}
