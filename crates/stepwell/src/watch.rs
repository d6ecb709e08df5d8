//! An execution followed to its end: states as they are entered and left, what they wait for, what failed.

use std::collections::HashSet;
use std::process::ExitCode;

use serde_json::json;

use crate::callbacks::{self, Callback, shortened};
use crate::client::Client;
use crate::failure::Outcome;
use crate::history::{Event, History};
use crate::pace::Pace;
use crate::terminal::{Terminal, Tone};
use crate::text;

const TIME_WIDTH: usize = "12m34s".len();
const WORD_WIDTH: usize = "succeeded".len();

pub struct Watch<'a> {
    arn: &'a str,
    /// Characters of a shown value.
    most: usize,
    history: History,
    began: i64,
    /// Task tokens that were shown.
    shown: HashSet<String>,
}

/// What there is to say of an event.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    tone: Tone,
    word: &'static str,
    text: String,
}

impl Watch<'_> {
    pub fn new(arn: &str, most: usize) -> Watch<'_> {
        Watch { arn, most, history: History::default(), began: 0, shown: HashSet::new() }
    }

    pub async fn follow(mut self, client: &Client, terminal: &Terminal) -> Outcome<ExitCode> {
        let mut pace = Pace::new();
        loop {
            let news = self.history.news(self.arn, client).await?;
            if !news.is_empty() {
                pace.quicken();
            }
            for event in &news {
                self.show(event, terminal)?;
            }
            if news.iter().any(is_parked) && !terminal.is_json() {
                let open = callbacks::open(&[("executionArn", self.arn)], client).await?;
                self.show_tokens(open, terminal)?;
            }
            if let Some(last) = news.iter().find(|event| event.is_last()) {
                let execution =
                    client.states("DescribeExecution", &json!({"executionArn": self.arn})).await?;
                terminal.json(&execution)?;
                return Ok(exit_code(&last.kind));
            }
            pace.pause().await;
        }
    }

    fn show(&mut self, event: &Event, terminal: &Terminal) -> Outcome<()> {
        if event.id == 1 {
            self.began = event.millis;
        }
        if let Some(said) = self.said(event) {
            terminal.line(self.line(event.millis, &said, terminal))?;
        }
        Ok(())
    }

    fn line(&self, millis: i64, said: &Said, terminal: &Terminal) -> String {
        let cells = [
            terminal.paint(Tone::Faint, &text::duration(millis - self.began)),
            terminal.paint(said.tone, said.word),
            said.text.clone(),
        ];
        text::columns(&cells, &[TIME_WIDTH, WORD_WIDTH])
    }

    fn said(&self, event: &Event) -> Option<Said> {
        let state = self.history.state(event).unwrap_or_default();
        let value =
            |name: &str| event.text_of(name).map(|value| text::shorten(value, self.most)).unwrap_or_default();
        let error = || event.error(self.most).unwrap_or_default();
        let said = |tone, word, text| Some(Said { tone, word, text });
        match event.kind.as_str() {
            "ExecutionSucceeded" => said(
                Tone::Good,
                "succeeded",
                format!("output {}", event.text_of("output").unwrap_or_default()),
            ),
            "ExecutionFailed" => said(Tone::Bad, "failed", event.error(usize::MAX).unwrap_or_default()),
            "ExecutionTimedOut" => said(Tone::Bad, "timed out", error()),
            "ExecutionAborted" => said(Tone::Bad, "stopped", error()),
            _ if event.is_entry() => {
                said(Tone::Busy, "entered", format!("{state}  input {}", value("input")))
            }
            _ if event.is_exit() => {
                let took = self.history.entered(event).map(|entered| text::duration(event.millis - entered));
                let text = format!("{state} after {}  output {}", took.unwrap_or_default(), value("output"));
                said(Tone::Good, "left", text)
            }
            "TaskScheduled" | "LambdaFunctionScheduled" | "ActivityScheduled" if self.is_retry(event) => {
                said(Tone::Busy, "retried", format!("{state}  {}", event.resource().unwrap_or_default()))
            }
            "ActivityScheduled" => {
                said(Tone::Busy, "waits", format!("{state}  for a worker of {}", value("resource")))
            }
            // What the state as a whole became of follows in its own event.
            "MapStateFailed" | "ParallelStateFailed" => None,
            kind if kind.ends_with("Failed") || kind.ends_with("TimedOut") => {
                said(Tone::Bad, "failed", format!("{state}  {}", error()))
            }
            _ => None,
        }
    }

    fn is_retry(&self, event: &Event) -> bool {
        let cause = self.history.event(event.previous);
        cause.is_some_and(|cause| cause.kind.ends_with("Failed") || cause.kind.ends_with("TimedOut"))
    }

    fn show_tokens(&mut self, open: Vec<Callback>, terminal: &Terminal) -> Outcome<()> {
        for callback in open {
            let since = text::millis(&callback.json["since"]).unwrap_or(self.began);
            if self.shown.insert(callback.token.clone()) {
                terminal.line(self.line(since, &waits(&callback), terminal))?;
            }
        }
        Ok(())
    }
}

fn waits(callback: &Callback) -> Said {
    let token = shortened(&callback.token);
    let text =
        format!("{}  for its callback, token {token} (stepwell callbacks succeed {token})", callback.state);
    Said { tone: Tone::Busy, word: "waits", text }
}

/// Whether the state waits for its task token from here on.
fn is_parked(event: &Event) -> bool {
    event.kind == "TaskSubmitted"
        && event.text_of("resource").is_some_and(|name| name.ends_with(".waitForTaskToken"))
}

fn exit_code(last: &str) -> ExitCode {
    ExitCode::from(match last {
        "ExecutionSucceeded" => 0,
        "ExecutionTimedOut" => 3,
        "ExecutionAborted" => 4,
        _ => 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn lines(events: &[Value]) -> Vec<String> {
        let mut watch = Watch::new("arn", 20);
        let events = events.iter().map(Event::read).collect::<Vec<_>>();
        events.iter().for_each(|event| watch.history.add(event.clone()));
        watch.began = events[0].millis;
        let said = events.iter().filter_map(|event| Some((event.millis, watch.said(event)?)));
        said.map(|(millis, said)| watch.line(millis, &said, &Terminal::plain())).collect()
    }

    fn event(id: u64, previous: u64, time: f64, kind: &str, details: Value) -> Value {
        json!({"id": id, "previousEventId": previous, "timestamp": time, "type": kind, "xEventDetails": details})
    }

    #[test]
    fn a_watched_execution_is_told_state_by_state() {
        let callback = json!({"resourceType": "sqs", "resource": "sendMessage.waitForTaskToken"});
        let failed = json!({"resourceType": "sqs", "resource": "sendMessage", "error": "Declined", "cause": "no money"});
        let told = lines(&[
            event(1, 0, 100.0, "ExecutionStarted", json!({"input": "{}"})),
            event(
                2,
                0,
                100.003,
                "TaskStateEntered",
                json!({"name": "Ask", "input": "{\"order\": \"a long number\"}"}),
            ),
            event(3, 2, 100.003, "TaskScheduled", callback.clone()),
            event(4, 3, 100.003, "TaskStarted", callback.clone()),
            event(5, 4, 100.003, "TaskSubmitted", callback.clone()),
            event(6, 5, 101.0, "TaskFailed", failed.clone()),
            event(7, 6, 102.0, "TaskScheduled", callback),
            event(8, 7, 103.0, "TaskFailed", failed),
            event(9, 8, 103.0, "TaskStateExited", json!({"name": "Ask", "output": "{}"})),
            event(10, 9, 103.0, "FailStateEntered", json!({"name": "No", "input": "{}"})),
            event(11, 10, 175.5, "ExecutionFailed", json!({"error": "E", "cause": "all of a long story"})),
        ]);
        assert_eq!(
            told,
            [
                "0.003s  entered    Ask  input {\"order\": \"a long n…",
                "1.000s  failed     Ask  Declined: no money",
                "2.000s  retried    Ask  sqs:sendMessage.waitForTaskToken",
                "3.000s  failed     Ask  Declined: no money",
                "3.000s  left       Ask after 2.997s  output {}",
                "3.000s  entered    No  input {}",
                "1m15s   failed     E: all of a long story"
            ]
        );
    }

    #[test]
    fn an_end_is_told_by_words_and_exit_code() {
        let end = |kind, details| lines(&[event(1, 0, 1.0, kind, details)]);
        assert_eq!(end("ExecutionSucceeded", json!({"output": "[1]"})), ["0.000s  succeeded  output [1]"]);
        assert_eq!(end("ExecutionTimedOut", json!({})), ["0.000s  timed out"]);
        assert_eq!(end("ExecutionAborted", json!({"error": "E"})), ["0.000s  stopped    E"]);
        let told = |kind| format!("{:?}", exit_code(kind));
        assert_eq!(told("ExecutionSucceeded"), format!("{:?}", ExitCode::SUCCESS));
        assert_ne!(told("ExecutionFailed"), told("ExecutionAborted"));
    }

    #[test]
    fn a_parked_state_shows_its_token() {
        assert!(is_parked(&Event::read(&event(
            1,
            0,
            1.0,
            "TaskSubmitted",
            json!({"resource": "invoke.waitForTaskToken"})
        ))));
        assert!(!is_parked(&Event::read(&event(
            1,
            0,
            1.0,
            "TaskSubmitted",
            json!({"resource": "startExecution.sync"})
        ))));
        let callback = Callback {
            token: "0123456789abcdef".to_owned(),
            execution_arn: String::new(),
            state: "Ask".to_owned(),
            json: json!({}),
        };
        assert_eq!(
            waits(&callback).text,
            "Ask  for its callback, token …6789abcdef (stepwell callbacks succeed …6789abcdef)"
        );
    }
}
