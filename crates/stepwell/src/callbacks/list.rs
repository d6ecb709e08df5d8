//! `stepwell callbacks list`

use serde_json::json;

use crate::client::{Client, wall_ms};
use crate::executions;
use crate::failure::Outcome;
use crate::options::Format;
use crate::state_machines;
use crate::terminal::Terminal;
use crate::text;

use super::{Callback, open, shortened};

/// List the open task tokens: which execution, which state, since when, until when
#[derive(Debug, clap::Args)]
pub struct List {
    /// Only those of this state machine: its name, its ARN or its logical id
    #[arg(long, value_name = "STATE_MACHINE", conflicts_with = "execution")]
    state_machine: Option<String>,
    /// Only those of this execution: its name or its ARN
    #[arg(long, value_name = "EXECUTION")]
    execution: Option<String>,
    /// Show whole tokens
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    pub format: Format,
}

impl List {
    pub async fn run(&self, client: &Client, terminal: &Terminal) -> Outcome<()> {
        let arn = match (&self.state_machine, &self.execution) {
            (Some(machine), _) => Some(("stateMachineArn", state_machines::resolve(machine, client).await?)),
            (None, Some(execution)) => Some(("executionArn", executions::resolve(execution, client).await?)),
            (None, None) => None,
        };
        let filter = arn.as_ref().map(|(name, arn)| (*name, arn.as_str()));
        let callbacks = open(filter.as_slice(), client).await?;
        terminal.json(
            &json!({"callbacks": callbacks.iter().map(|callback| &callback.json).collect::<Vec<_>>()}),
        )?;
        Ok(terminal.lines(&shown(&callbacks, self.full, wall_ms()))?)
    }
}

fn shown(callbacks: &[Callback], full: bool, now_ms: i64) -> Vec<String> {
    if callbacks.is_empty() {
        return vec!["no task waits for a callback".to_owned()];
    }
    let rows = callbacks.iter().map(|callback| row(callback, full, now_ms)).collect::<Vec<_>>();
    text::table(&["TOKEN", "STATE", "EXECUTION", "RESOURCE", "SINCE", "TIMES OUT", "HEARTBEAT"], &rows)
}

fn row(callback: &Callback, full: bool, now_ms: i64) -> Vec<String> {
    let moment = |name: &str| text::millis(&callback.json[name]);
    let since = moment("since").map(|millis| format!("{} ago", text::duration(now_ms - millis)));
    let until = |name: &str| match moment(name) {
        Some(millis) if millis > now_ms => format!("in {}", text::duration(millis - now_ms)),
        Some(_) => "now".to_owned(),
        None => "-".to_owned(),
    };
    vec![
        if full { callback.token.clone() } else { shortened(&callback.token) },
        callback.state.clone(),
        executions::name(&callback.execution_arn).to_owned(),
        callback.json["resource"].as_str().map(short_resource).unwrap_or_default(),
        since.unwrap_or_else(|| "-".to_owned()),
        until("deadline"),
        until("heartbeatDeadline"),
    ]
}

/// That it waits for its token is what this list says already.
fn short_resource(resource: &str) -> String {
    resource.trim_end_matches(".waitForTaskToken").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_says_whose_it_is_and_how_long_it_waits() {
        let callbacks = [
            json!({"taskToken": "AAAAAAAAAAAAAAAAAAAA-first", "executionArn": "arn:aws:states:us-east-1:000000000000:execution:m:order-1",
                "state": "Wait For Callback", "resource": "sqs:sendMessage.waitForTaskToken", "since": 1000.5}),
            json!({"taskToken": "B", "executionArn": "odd", "state": "S", "resource": "r", "since": 1060, "deadline": 1063.5, "heartbeatDeadline": 1000}),
        ]
        .map(Callback::read);
        assert_eq!(
            shown(&callbacks, false, 1_061_000),
            [
                "TOKEN        STATE              EXECUTION  RESOURCE         SINCE       TIMES OUT  HEARTBEAT",
                "…AAAA-first  Wait For Callback  order-1    sqs:sendMessage  1m00s ago   -          -",
                "B            S                  odd        r                1.000s ago  in 2.500s  now"
            ]
        );
        assert!(shown(&callbacks, true, 0)[1].starts_with("AAAAAAAAAAAAAAAAAAAA-first  Wait"));
        assert_eq!(shown(&[], false, 0), ["no task waits for a callback"]);
    }
}
