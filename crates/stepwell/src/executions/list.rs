//! `stepwell executions list`

use serde_json::{Value, json};

use crate::client::{Client, wall_ms};
use crate::failure::Outcome;
use crate::options::Format;
use crate::state_machines;
use crate::terminal::Terminal;
use crate::text;

use super::tone;

/// List executions, the newest first
#[derive(Debug, clap::Args)]
pub struct List {
    /// Those of this state machine: its name, its ARN or its logical id; of all if there is none
    state_machine: Option<String>,
    /// Only those with this status
    #[arg(long, ignore_case = true, value_parser = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"])]
    status: Option<String>,
    /// How many at most
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    pub format: Format,
}

impl List {
    pub async fn run(&self, client: &Client, terminal: &Terminal) -> Outcome<()> {
        let machines = match &self.state_machine {
            Some(meant) => vec![state_machines::resolve(meant, client).await?],
            None => state_machines::all(client).await?.into_iter().map(|machine| machine.arn).collect(),
        };
        let mut executions = Vec::new();
        for machine in machines {
            let mut input = json!({"stateMachineArn": machine, "maxResults": self.limit.clamp(1, 1000)});
            if let Some(status) = &self.status {
                input["statusFilter"] = json!(status.to_ascii_uppercase());
            }
            executions.extend(client.states_list("ListExecutions", input, "executions", self.limit).await?);
        }
        let executions = newest(executions, self.limit);
        let lines = shown(&executions, wall_ms(), terminal);
        terminal.json(&json!({"executions": executions}))?;
        Ok(terminal.lines(&lines)?)
    }
}

/// Of several state machines' executions, which are each in order.
fn newest(mut executions: Vec<Value>, most: usize) -> Vec<Value> {
    executions.sort_by_key(|execution| std::cmp::Reverse(text::millis(&execution["startDate"])));
    executions.truncate(most);
    executions
}

fn shown(executions: &[Value], now_ms: i64, terminal: &Terminal) -> Vec<String> {
    if executions.is_empty() {
        return vec!["no executions".to_owned()];
    }
    let rows = executions.iter().map(|execution| row(execution, now_ms, terminal)).collect::<Vec<_>>();
    text::table(&["NAME", "STATUS", "STARTED", "TOOK", "STATE MACHINE"], &rows)
}

fn row(execution: &Value, now_ms: i64, terminal: &Terminal) -> Vec<String> {
    let member = |name: &str| execution[name].as_str().unwrap_or_default();
    let started = text::millis(&execution["startDate"]).unwrap_or_default();
    let stopped = text::millis(&execution["stopDate"]).unwrap_or(now_ms);
    vec![
        member("name").to_owned(),
        terminal.paint(tone(member("status")), member("status")),
        text::moment(started),
        text::duration(stopped - started),
        super::name(member("stateMachineArn")).to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_come_first() {
        let execution = |name: &str, start: f64, stop: Option<f64>, status: &str| {
            let mut json = json!({"name": name, "status": status, "startDate": start, "stateMachineArn": "arn:aws:states:r:1:stateMachine:orders"});
            if let Some(stop) = stop {
                json["stopDate"] = json!(stop);
            }
            json
        };
        let executions = newest(
            vec![
                execution("old", 1000.0, Some(1001.5), "SUCCEEDED"),
                execution("newest", 1060.0, None, "RUNNING"),
                execution("middle", 1030.0, Some(1030.001), "FAILED"),
                execution("oldest", 1.0, None, "RUNNING"),
            ],
            3,
        );
        assert_eq!(
            shown(&executions, 1_070_000, &Terminal::plain()),
            [
                "NAME    STATUS     STARTED                   TOOK    STATE MACHINE",
                "newest  RUNNING    1970-01-01 00:17:40.000Z  10.0s   orders",
                "middle  FAILED     1970-01-01 00:17:10.000Z  0.001s  orders",
                "old     SUCCEEDED  1970-01-01 00:16:40.000Z  1.500s  orders"
            ]
        );
        assert_eq!(shown(&[], 0, &Terminal::plain()), ["no executions"]);
    }
}
