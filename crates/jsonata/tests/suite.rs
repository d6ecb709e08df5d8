//! The part of JSONata's own test suite that lies beside the workspace, case by case.

use std::path::Path;

use serde_json::{Map, Value};
use stepwell_jsonata::{Exceeded, Expression, Failure, Limits, Outcome, Scope};

/// Cases that no implementation over UTF-8 can pass, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[];

struct World<'a> {
    bindings: &'a Map<String, Value>,
    input: Option<&'a Value>,
}

impl Scope for World<'_> {
    fn variable(&self, name: &str) -> Option<&Value> {
        self.bindings.get(name)
    }

    fn input(&self) -> Option<&Value> {
        self.input
    }

    fn now_ms(&self) -> i64 {
        1_790_000_000_000
    }
}

/// Whether two results are the same; numbers by their value.
fn same(left: &Value, right: &Value, unordered: bool) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) if unordered => {
            left.len() == right.len()
                && left.iter().all(|item| right.iter().any(|other| same(item, other, true)))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right, false))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| same(value, other, unordered)))
        }
        _ => left == right,
    }
}

/// What went wrong, if anything did.
fn run(case: &Value, datasets: &Value) -> Result<(), String> {
    let empty = Map::new();
    let bindings = case["bindings"].as_object().unwrap_or(&empty);
    let input = match case.get("dataset") {
        Some(Value::String(name)) => datasets.get(name),
        Some(_) => None,
        None => case.get("data"),
    };
    let depth = case["depth"].as_u64().map_or(3_000, |depth| depth as u32);
    let limits = Limits { steps: 30_000_000, bytes: 512 << 20, depth };
    let world = World { bindings, input };
    let text = case["expr"].as_str().unwrap_or_default();
    let outcome = Expression::parse(text)
        .map_err(Failure::Error)
        .and_then(|expression| expression.evaluate(&world, limits));
    let told = format!("{outcome:?}");
    let passed = match (&outcome, case.get("code").or(case.pointer("/error/code"))) {
        (Err(Failure::TooMuch(Exceeded::Depth | Exceeded::Steps)), Some(code)) => code == "U1001",
        (Err(Failure::Error(error)), Some(code)) => {
            let token = case.get("token").or(case.pointer("/error/token"));
            code == error.code
                && token.is_none_or(|token| Some(token.as_str().unwrap_or("")) == error.token.as_deref())
                && case
                    .pointer("/error/message")
                    .is_none_or(|message| message == &Value::from(&*error.message))
        }
        (_, Some(_)) => false,
        (Ok(Outcome::Undefined), None) => case.get("undefinedResult").is_some(),
        (Ok(Outcome::Value(value)), None) => {
            case.get("result").is_some_and(|expected| same(value, expected, case["unordered"] == true))
        }
        _ => false,
    };
    if passed { Ok(()) } else { Err(format!("{text}\n    gave {told}")) }
}

#[test]
fn the_part_of_the_suite_that_is_here_passes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/jsonata-suite");
    let (Ok(cases), Ok(datasets)) = (
        std::fs::read_to_string(folder.join("cases.json")),
        std::fs::read_to_string(folder.join("datasets.json")),
    ) else {
        println!("skipped: no suite at {}", folder.display());
        return;
    };
    // Half characters, which the files have as escapes, are none in a Rust string.
    let cases: Value = serde_json::from_str(&without_lone_surrogates(&cases)).unwrap();
    let datasets: Value = serde_json::from_str(&datasets).unwrap();
    let mut failures = Vec::new();
    let mut count = 0;
    for (group, cases) in cases.as_object().unwrap() {
        for (name, case) in cases.as_object().unwrap() {
            count += 1;
            if EXCEPTIONS.iter().any(|(exception, _)| exception == name) {
                continue;
            }
            if let Err(failure) = run(case, &datasets) {
                failures.push(format!("{name} ({group}): {failure}\n    expected {}", expectation(case)));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} failed:\n{}", failures.len(), failures.join("\n"));
}

fn expectation(case: &Value) -> String {
    ["result", "code", "error", "undefinedResult"]
        .iter()
        .filter_map(|key| case.get(key).map(|value| format!("{key} {value}")))
        .collect()
}

/// The text with escapes of halves that stand alone replaced by that of U+FFFD.
fn without_lone_surrogates(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\u") {
        let escaped = rest[..at].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
        let unit = |offset: usize| {
            let digits = rest.get(offset..offset + 6)?.strip_prefix("\\u")?;
            u32::from_str_radix(digits, 16).ok()
        };
        let (length, replaced) = match (escaped, unit(at), unit(at + 6)) {
            (true, _, _) => (2, None),
            (false, Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (12, None),
            (false, Some(0xd800..=0xdfff), _) => (6, Some("\\ufffd")),
            _ => (6, None),
        };
        let end = (at + length).min(rest.len());
        result.push_str(&rest[..at]);
        result.push_str(replaced.unwrap_or(&rest[at..end]));
        rest = &rest[end..];
    }
    result + rest
}
