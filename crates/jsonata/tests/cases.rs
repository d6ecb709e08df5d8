//! Cases of our own, whose results are those of the `jsonata` package of npm (2.2.2): `tests/cases/*.json`.
//!
//! A file has `data` and `cases`; a case is an expression, perhaps its `bindings`, and `result`, `undefined`, `unsupported` (a function in the result), or the
//! `code`, `message`, `position` and `token` of its error.

use std::path::Path;

use serde_json::{Map, Value};
use stepwell_jsonata::{Error, Expression, Failure, Limits, Outcome, Scope};

struct World<'a> {
    case: &'a Value,
    data: &'a Value,
}

impl Scope for World<'_> {
    fn variable(&self, name: &str) -> Option<&Value> {
        self.case.get("bindings")?.get(name)
    }

    fn input(&self) -> Option<&Value> {
        Some(self.data)
    }
}

/// Numbers by their value: JavaScript has no others.
fn normal(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_f64()),
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(fields) => {
            let mut keys: Vec<_> = fields.iter().collect();
            keys.sort_by_key(|(key, _)| key.as_str());
            Value::Object(
                keys.into_iter().map(|(key, value)| (key.clone(), normal(value))).collect::<Map<_, _>>(),
            )
        }
        _ => value.clone(),
    }
}

fn told(error: &Error) -> Value {
    let mut fields = Map::new();
    fields.insert("code".to_owned(), error.code.into());
    fields.insert("message".to_owned(), error.message.clone().into());
    fields.insert("position".to_owned(), error.position.into());
    if let Some(token) = &error.token {
        fields.insert("token".to_owned(), token.clone().into());
    }
    Value::Object(fields)
}

fn check(case: &Value, data: &Value) -> Result<(), String> {
    let text = case["expr"].as_str().unwrap_or_default();
    let outcome = Expression::parse(text)
        .map_err(Failure::Error)
        .and_then(|expression| expression.evaluate(&World { case, data }, Limits::default()));
    let passed = match &outcome {
        Ok(Outcome::Undefined) => case.get("undefined").is_some(),
        Ok(Outcome::Unsupported { .. }) => case.get("unsupported").is_some(),
        Ok(Outcome::Value(value)) => {
            case.get("result").is_some_and(|expected| normal(expected) == normal(value))
        }
        Err(Failure::Error(error)) => {
            let told = told(error);
            let fields = ["code", "message", "position", "token"];
            case.get("code").is_some()
                && fields.iter().all(|key| case.get(key).is_none_or(|v| *v == told[*key]))
        }
        Err(Failure::TooMuch(_)) => false,
    };
    let expected: Map<String, Value> = case.as_object().cloned().unwrap_or_default();
    if passed {
        Ok(())
    } else {
        Err(format!("{text}\n    gave {outcome:?}\n    case {}", Value::Object(expected)))
    }
}

#[test]
fn our_own_cases_agree_with_jsonata() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut failures = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let cases = file["cases"].as_array().unwrap();
        count += cases.len();
        failures.extend(cases.iter().filter_map(|case| check(case, &file["data"]).err()));
    }
    assert!(count > 0, "there are no cases");
    assert!(failures.is_empty(), "{} of {count} failed:\n{}", failures.len(), failures.join("\n"));
}
