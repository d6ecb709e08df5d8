//! `stepwell callbacks`: the open task tokens, and answers to them.

mod answer;
mod list;
mod token;

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::Value;

use crate::client::Client;
use crate::failure::Outcome;
use crate::options::Format;
use crate::terminal::Terminal;

pub use token::shortened;

/// See and answer the open task tokens
#[derive(Debug, Subcommand)]
pub enum Callbacks {
    List(list::List),
    Succeed(answer::Succeed),
    Fail(answer::Fail),
    Heartbeat(answer::Heartbeat),
}

impl Callbacks {
    pub fn format(&self) -> Format {
        match self {
            Callbacks::List(list) => list.format,
            // Its `--output` is the task's.
            Callbacks::Succeed(_) => Format::default(),
            Callbacks::Fail(fail) => fail.format,
            Callbacks::Heartbeat(heartbeat) => heartbeat.format,
        }
    }
}

pub async fn run(callbacks: &Callbacks, client: &Client, terminal: &Terminal) -> Outcome<ExitCode> {
    match callbacks {
        Callbacks::List(list) => list.run(client, terminal).await?,
        Callbacks::Succeed(succeed) => succeed.run(client, terminal).await?,
        Callbacks::Fail(fail) => fail.run(client, terminal).await?,
        Callbacks::Heartbeat(heartbeat) => heartbeat.run(client, terminal).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A task that waits for its token, as the server lists it.
#[derive(Debug, Clone, PartialEq)]
pub struct Callback {
    pub token: String,
    pub execution_arn: String,
    pub state: String,
    pub json: Value,
}

impl Callback {
    fn read(json: Value) -> Callback {
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        Callback { token: text("taskToken"), execution_arn: text("executionArn"), state: text("state"), json }
    }
}

/// The open callbacks, those of an execution or of a state machine if one is named.
pub async fn open(filter: &[(&str, &str)], client: &Client) -> Outcome<Vec<Callback>> {
    let mut callbacks = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let mut parameters = filter.to_vec();
        parameters.extend(next.as_deref().map(|token| ("nextToken", token)));
        let mut page = client.own_read("/callbacks", &parameters).await?;
        if let Value::Array(entries) = page["callbacks"].take() {
            callbacks.extend(entries.into_iter().map(Callback::read));
        }
        match page["nextToken"].take() {
            Value::String(token) => next = Some(token),
            _ => return Ok(callbacks),
        }
    }
}
