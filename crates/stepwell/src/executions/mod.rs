//! `stepwell executions`: which there are, and what happened in one.

mod list;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use crate::client::Client;
use crate::failure::{Failure, Outcome};
use crate::options::Format;
use crate::state_machines;
use crate::terminal::{Terminal, Tone};

/// See executions and their histories
#[derive(Debug, Subcommand)]
pub enum Executions {
    List(list::List),
    Show(show::Show),
}

/// The newest executions of each state machine among which a beginning of a name is looked for.
const MOST_LOOKED_AT: usize = 1000;

impl Executions {
    pub fn format(&self) -> Format {
        match self {
            Executions::List(list) => list.format,
            Executions::Show(show) => show.format,
        }
    }
}

pub async fn run(executions: &Executions, client: &Client, terminal: &Terminal) -> Outcome<ExitCode> {
    match executions {
        Executions::List(list) => list.run(client, terminal).await?,
        Executions::Show(show) => show.run(client, terminal).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The name at the end of an execution's ARN.
pub fn name(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

pub fn tone(status: &str) -> Tone {
    match status {
        "SUCCEEDED" => Tone::Good,
        "RUNNING" => Tone::Busy,
        _ => Tone::Bad,
    }
}

/// The ARN of the execution that is meant: by ARN, by name, or by the beginning of a name that only one has.
pub async fn resolve(meant: &str, client: &Client) -> Outcome<String> {
    if meant.starts_with("arn:") {
        return Ok(meant.to_owned());
    }
    let machines = state_machines::all(client).await?;
    let mut named = Vec::new();
    for machine in &machines {
        // A name is all that an execution's ARN has beside its state machine's.
        let arn = format!("{}:{meant}", machine.arn.replacen(":stateMachine:", ":execution:", 1));
        let asked = json!({"executionArn": arn, "includedData": "METADATA_ONLY"});
        match client.states("DescribeExecution", &asked).await {
            Ok(_) => named.push(arn),
            Err(failure) if failure.has_code("ExecutionDoesNotExist") || failure.has_code("InvalidArn") => {}
            Err(failure) => return Err(failure),
        }
    }
    if named.is_empty() {
        for machine in &machines {
            let input = json!({"stateMachineArn": machine.arn});
            let entries = client.states_list("ListExecutions", input, "executions", MOST_LOOKED_AT).await?;
            let arns = entries.iter().filter_map(|entry| entry["executionArn"].as_str());
            named.extend(arns.filter(|arn| name(arn).starts_with(meant)).map(str::to_owned));
        }
    }
    only(meant, named)
}

fn only(meant: &str, mut arns: Vec<String>) -> Outcome<String> {
    match (arns.pop(), arns.len()) {
        (Some(arn), 0) => Ok(arn),
        (None, _) => Err(Failure::told(format!("there is no execution `{meant}`"))),
        (Some(arn), others) => {
            Err(Failure::told(format!("`{meant}` may be several executions: {arn} and {others} more")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_must_be_meant_alone() {
        let chosen = |arns: &[&str]| {
            only("x", arns.iter().map(|arn| (*arn).to_owned()).collect()).map_err(|failure| failure.line())
        };
        assert_eq!(chosen(&["arn:a"]), Ok("arn:a".to_owned()));
        assert_eq!(chosen(&[]), Err("there is no execution `x`".to_owned()));
        assert_eq!(
            chosen(&["arn:a", "arn:b"]),
            Err("`x` may be several executions: arn:b and 1 more".to_owned())
        );
        assert_eq!(name("arn:aws:states:r:1:execution:m:n"), "n");
    }
}
