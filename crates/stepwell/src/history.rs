//! An execution's history as people read it: which state an event belongs to, how long that took, and what of its details
//! matters, each in few words.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::client::Client;
use crate::failure::Outcome;
use crate::text;

/// Events that are asked for at a time while an execution is watched.
const PAGE: u64 = 100;

#[derive(Debug, Clone)]
pub struct Event {
    pub id: u64,
    pub previous: u64,
    pub millis: i64,
    /// Such as `TaskStateEntered`.
    pub kind: String,
    pub details: Value,
}

/// The events so far, by which later ones are understood.
#[derive(Debug, Default)]
pub struct History {
    events: BTreeMap<u64, Event>,
}

impl Event {
    pub fn read(json: &Value) -> Event {
        let number = |name: &str| json[name].as_u64().unwrap_or_default();
        let details = json.as_object().and_then(|members| {
            members
                .iter()
                .find(|(name, _)| name.ends_with("EventDetails"))
                .map(|(_, details)| details.clone())
        });
        Event {
            id: number("id"),
            previous: number("previousEventId"),
            millis: text::millis(&json["timestamp"]).unwrap_or_default(),
            kind: json["type"].as_str().unwrap_or_default().to_owned(),
            details: details.unwrap_or_default(),
        }
    }

    pub fn is_entry(&self) -> bool {
        self.kind.ends_with("StateEntered")
    }

    pub fn is_exit(&self) -> bool {
        self.kind.ends_with("StateExited")
    }

    /// Whether nothing comes after it.
    pub fn is_last(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "ExecutionSucceeded" | "ExecutionFailed" | "ExecutionAborted" | "ExecutionTimedOut"
        )
    }

    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.details[name].as_str()
    }

    /// Such as `sqs:sendMessage.waitForTaskToken`, or a function's ARN.
    pub fn resource(&self) -> Option<String> {
        let resource = self.text_of("resource")?;
        Some(match self.text_of("resourceType") {
            Some(service) => format!("{service}:{resource}"),
            None => resource.to_owned(),
        })
    }

    /// The error and its cause, if it is about one.
    pub fn error(&self, most: usize) -> Option<String> {
        match (self.text_of("error"), self.text_of("cause")) {
            (Some(error), Some(cause)) if !cause.is_empty() => {
                Some(format!("{error}: {}", text::shorten(cause, most)))
            }
            (Some(error), _) => Some(error.to_owned()),
            (None, Some(cause)) => Some(text::shorten(cause, most)),
            (None, None) => None,
        }
    }

    /// What it says, with values of at most so many characters.
    pub fn summary(&self, most: usize) -> String {
        let mut parts = Vec::new();
        parts.extend(self.resource());
        parts.extend(self.error(most));
        for name in ["index", "length", "workerName", "mapRunArn", "redriveCount", "location"] {
            match &self.details[name] {
                Value::Null => {}
                Value::String(value) => parts.push(format!("{name} {value}")),
                value => parts.push(format!("{name} {value}")),
            }
        }
        for name in ["input", "parameters", "output", "assignedVariables"] {
            match &self.details[name] {
                Value::Null => {}
                Value::String(value) => parts.push(format!("{name} {}", text::shorten(value, most))),
                value => parts.push(format!("{name} {}", text::shorten(&value.to_string(), most))),
            }
        }
        parts.join("  ")
    }
}

impl History {
    pub fn add(&mut self, event: Event) {
        self.events.insert(event.id, event);
    }

    pub fn last_id(&self) -> u64 {
        self.events.last_key_value().map_or(0, |(id, _)| *id)
    }

    pub fn event(&self, id: u64) -> Option<&Event> {
        self.events.get(&id)
    }

    /// The state in which an event happened; none for those of the execution as a whole.
    pub fn state(&self, event: &Event) -> Option<&str> {
        if event.kind.starts_with("Execution") {
            return None;
        }
        let mut event = self.event(event.id)?;
        loop {
            if let Some(name) = event.text_of("name").or_else(|| event.text_of("state")) {
                return Some(name);
            }
            event = self.before(event)?;
        }
    }

    /// When the state was entered that an exit leaves.
    pub fn entered(&self, exit: &Event) -> Option<i64> {
        let name = exit.text_of("name")?;
        let mut event = self.event(exit.id)?;
        while !(event.is_entry() && event.text_of("name") == Some(name)) {
            event = self.before(event)?;
        }
        Some(event.millis)
    }

    /// The event that caused it. Causes come first, which is also why this ends.
    fn before(&self, event: &Event) -> Option<&Event> {
        if event.previous < event.id { self.event(event.previous) } else { None }
    }

    /// The events that came since the last look, oldest first. Read backwards, so that a look costs what is new and not what
    /// there is.
    pub async fn news(&mut self, execution_arn: &str, client: &Client) -> Outcome<Vec<Event>> {
        let mut input =
            serde_json::json!({"executionArn": execution_arn, "reverseOrder": true, "maxResults": PAGE});
        let mut news = Vec::new();
        loop {
            let page = client.states("GetExecutionHistory", &input).await?;
            let events = page["events"].as_array().map(Vec::as_slice).unwrap_or_default();
            let fresh = events.iter().map(Event::read).take_while(|event| event.id > self.last_id());
            let before = news.len();
            news.extend(fresh);
            let is_complete = news.len() - before < events.len();
            match &page["nextToken"] {
                Value::String(next) if !is_complete => input["nextToken"] = Value::from(next.as_str()),
                _ => break,
            }
        }
        news.reverse();
        news.iter().for_each(|event| self.add(event.clone()));
        Ok(news)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(id: u64, previous: u64, kind: &str, details: Value) -> Event {
        let details_name = format!("{}EventDetails", kind[..1].to_lowercase() + &kind[1..]);
        Event::read(&json!({
            "id": id, "previousEventId": previous, "type": kind, "timestamp": 1_704_164_645.0 + id as f64 * 0.5,
            details_name: details,
        }))
    }

    /// A Parallel state around a task that is called back, and an iteration whose task failed.
    fn history() -> History {
        let mut history = History::default();
        for event in [
            event(1, 0, "ExecutionStarted", json!({"input": "{}"})),
            event(2, 0, "ParallelStateEntered", json!({"name": "Both", "input": "{}"})),
            event(3, 2, "ParallelStateStarted", Value::Null),
            event(4, 3, "TaskStateEntered", json!({"name": "Ask", "input": "{\n}"})),
            event(
                5,
                4,
                "TaskScheduled",
                json!({"resourceType": "sqs", "resource": "sendMessage.waitForTaskToken", "parameters": "{\"a\":1}"}),
            ),
            event(
                6,
                5,
                "TaskFailed",
                json!({"resourceType": "sqs", "resource": "sendMessage", "error": "E", "cause": "c  c"}),
            ),
            event(7, 6, "TaskStateExited", json!({"name": "Ask", "output": "1"})),
            event(8, 7, "ParallelStateSucceeded", Value::Null),
            event(9, 7, "ParallelStateExited", json!({"name": "Both", "output": "[1]"})),
            event(10, 9, "ExecutionSucceeded", json!({"output": "[1]"})),
        ] {
            history.add(event);
        }
        history
    }

    #[test]
    fn events_belong_to_the_state_that_caused_them() {
        let history = history();
        let states =
            history.events.values().map(|event| history.state(event).unwrap_or("-")).collect::<Vec<_>>();
        assert_eq!(states, ["-", "Both", "Both", "Ask", "Ask", "Ask", "Ask", "Ask", "Both", "-"]);
        let exit = |id| history.event(id).unwrap();
        let duration = |id| history.entered(exit(id)).map(|entered| exit(id).millis - entered);
        assert_eq!((duration(7), duration(9)), (Some(1500), Some(3500)));
        assert!(exit(10).is_last() && !exit(9).is_last());
    }

    #[test]
    fn an_event_is_told_in_few_words() {
        let history = history();
        let cases = [
            (1, "input {}"),
            (3, ""),
            (4, "input { }"),
            (5, "sqs:sendMessage.waitForTaskToken  parameters {\"a\":1}"),
            (6, "sqs:sendMessage  E: c c"),
            (9, "output [1]"),
        ];
        for (id, expected) in cases {
            assert_eq!(history.event(id).unwrap().summary(text::SHORT), expected, "{id}");
        }
        let iteration = event(1, 0, "MapIterationStarted", json!({"name": "Each", "index": 3}));
        assert_eq!(iteration.summary(9), "index 3");
        let long = event(1, 0, "ExecutionFailed", json!({"cause": "a very long story"}));
        assert_eq!(long.summary(9), "a very l…");
        let lambda = event(1, 0, "LambdaFunctionScheduled", json!({"resource": "arn:f", "input": "[]"}));
        assert_eq!(lambda.summary(9), "arn:f  input []");
        assert_eq!(event(1, 0, "TaskFailed", json!({"error": "E", "cause": ""})).summary(9), "E");
    }

    #[test]
    fn a_history_that_refers_to_itself_ends() {
        let mut history = History::default();
        history.add(event(1, 1, "TaskScheduled", Value::Null));
        history.add(event(2, 3, "TaskScheduled", Value::Null));
        history.add(event(3, 2, "TaskStateExited", json!({"name": "x"})));
        assert_eq!(history.state(history.event(1).unwrap()), None);
        assert_eq!(history.state(history.event(2).unwrap()), None);
        assert_eq!(history.entered(history.event(3).unwrap()), None);
        let empty = Event::read(&json!([1]));
        assert_eq!((empty.id, empty.summary(9)), (0, String::new()));
    }
}
