//! What an HTTP task makes of the endpoint's answer.

use super::super::Called;
use crate::fetch::{FetchAnswer, Fetched};
use serde_json::{Map, Value, json};

/// The task's outcome: any status beyond success fails it, with the body as the cause.
pub fn answered(fetched: &Fetched) -> Called {
    match fetched {
        Fetched::Failed(reason) => {
            Called::Failed { error: "States.Http.Socket".to_owned(), cause: reason.clone() }
        }
        Fetched::Answered(answer) if answer.status >= 300 => Called::Failed {
            error: format!("States.Http.StatusCode.{}", answer.status),
            cause: answer.body.clone(),
        },
        Fetched::Answered(answer) => Called::Answered(result(answer).to_string()),
    }
}

fn result(answer: &FetchAnswer) -> Value {
    let mut headers: Map<String, Value> = Map::new();
    for (name, value) in &answer.headers {
        if let Value::Array(values) = headers.entry(name.clone()).or_insert_with(|| json!([])) {
            values.push(json!(value));
        }
    }
    let body = serde_json::from_str(&answer.body).unwrap_or_else(|_| json!(answer.body));
    json!({
        "Headers": headers,
        "ResponseBody": body,
        "StatusCode": answer.status,
        "StatusText": answer.reason,
    })
}
