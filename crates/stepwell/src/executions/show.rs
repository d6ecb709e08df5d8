//! `stepwell executions show`

use serde_json::{Value, json};

use crate::client::{Client, wall_ms};
use crate::failure::Outcome;
use crate::history::{Event, History};
use crate::options::Format;
use crate::terminal::{Terminal, Tone};
use crate::text;

use super::{resolve, tone};

/// Show an execution with its history
#[derive(Debug, clap::Args)]
pub struct Show {
    /// Its name (or a beginning of it that no other one has), or its ARN
    execution: String,
    /// Show inputs, outputs and causes whole
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    pub format: Format,
}

impl Show {
    pub async fn run(&self, client: &Client, terminal: &Terminal) -> Outcome<()> {
        let arn = resolve(&self.execution, client).await?;
        let execution = client.states("DescribeExecution", &json!({"executionArn": arn})).await?;
        let input = json!({"executionArn": arn, "maxResults": 1000});
        let events = client.states_list("GetExecutionHistory", input, "events", usize::MAX).await?;
        let most = if self.full { usize::MAX } else { text::SHORT };
        terminal.lines(&facts(&execution, most, wall_ms(), terminal))?;
        terminal.lines(&history(&events, most, terminal))?;
        Ok(terminal.json(&json!({"execution": execution, "events": events}))?)
    }
}

fn facts(execution: &Value, most: usize, now_ms: i64, terminal: &Terminal) -> Vec<String> {
    let member = |name: &str| execution[name].as_str().unwrap_or_default();
    let started = text::millis(&execution["startDate"]).unwrap_or_default();
    let stopped = text::millis(&execution["stopDate"]);
    let took = text::duration(stopped.unwrap_or(now_ms) - started);
    let took = if stopped.is_some() { format!("took {took}") } else { format!("{took} ago") };
    let mut facts = vec![
        ["Execution", member("name")].map(str::to_owned),
        ["ARN", member("executionArn")].map(str::to_owned),
        ["Status".to_owned(), terminal.paint(tone(member("status")), member("status"))],
        ["Started".to_owned(), format!("{} ({took})", text::moment(started))],
    ];
    for (label, name) in [("Input", "input"), ("Output", "output"), ("Error", "error"), ("Cause", "cause")] {
        if execution[name].is_string() {
            facts.push([label.to_owned(), text::shorten(member(name), most)]);
        }
    }
    facts.iter().map(|fact| text::columns(fact, &["Execution".len()])).collect()
}

fn history(events: &[Value], most: usize, terminal: &Terminal) -> Vec<String> {
    let mut history = History::default();
    let events = events.iter().map(Event::read).collect::<Vec<_>>();
    events.iter().for_each(|event| history.add(event.clone()));
    let began = events.first().map_or(0, |event| event.millis);
    let row = |event: &Event| {
        let tone = match event.kind.as_str() {
            kind if kind.ends_with("Failed") || kind.ends_with("TimedOut") || kind.ends_with("Aborted") => {
                Tone::Bad
            }
            kind if kind.ends_with("Succeeded") => Tone::Good,
            _ => Tone::Plain,
        };
        vec![
            event.id.to_string(),
            text::duration(event.millis - began),
            terminal.paint(tone, &event.kind),
            history.state(event).unwrap_or_default().to_owned(),
            event.summary(most),
        ]
    };
    let rows = events.iter().map(row).collect::<Vec<_>>();
    let mut lines = vec![String::new()];
    lines.extend(text::table(&["ID", "TIME", "EVENT", "STATE", "DETAILS"], &rows));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_is_told_from_its_facts_to_its_events() {
        let execution = json!({
            "name": "order-1", "executionArn": "arn:e", "status": "FAILED", "startDate": 1000.0, "stopDate": 1002.25,
            "input": "{\"a\": [1,\n2]}", "error": "E", "cause": "a very long story about nothing",
        });
        assert_eq!(
            facts(&execution, 12, 0, &Terminal::plain()),
            [
                "Execution  order-1",
                "ARN        arn:e",
                "Status     FAILED",
                "Started    1970-01-01 00:16:40.000Z (took 2.250s)",
                "Input      {\"a\": [1, 2…",
                "Error      E",
                "Cause      a very long…"
            ]
        );
        let running = json!({"name": "n", "executionArn": "a", "status": "RUNNING", "startDate": 1000.0});
        assert_eq!(
            facts(&running, 9, 1_001_000, &Terminal::plain())[3],
            "Started    1970-01-01 00:16:40.000Z (1.000s ago)"
        );
        let events = [
            json!({"id": 1, "previousEventId": 0, "timestamp": 1000.0, "type": "ExecutionStarted", "executionStartedEventDetails": {"input": "{}"}}),
            json!({"id": 2, "previousEventId": 0, "timestamp": 1000.005, "type": "FailStateEntered", "stateEnteredEventDetails": {"name": "No", "input": "{}"}}),
            json!({"id": 3, "previousEventId": 2, "timestamp": 1012.5, "type": "ExecutionFailed", "executionFailedEventDetails": {"error": "E", "cause": "c"}}),
        ];
        assert_eq!(
            history(&events, 80, &Terminal::plain()),
            [
                "",
                "ID  TIME    EVENT             STATE  DETAILS",
                "1   0.000s  ExecutionStarted         input {}",
                "2   0.005s  FailStateEntered  No     input {}",
                "3   12.5s   ExecutionFailed          E: c"
            ]
        );
    }
}
