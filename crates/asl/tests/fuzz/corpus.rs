//! What the other tests have: paths, calls and definitions, in an order that is the same everywhere.

use serde_json::Value;
use std::fs;
use std::path::PathBuf;

fn cases(file: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/asl").join(file);
    let text = fs::read_to_string(path).expect("the cases can be read");
    serde_json::from_str(&text).expect("the cases are JSON")
}

/// All texts that begin like this, wherever they stand.
fn texts(value: &Value, beginning: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with(beginning) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, beginning, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, beginning, found)),
        _ => {}
    }
}

pub fn paths() -> Vec<String> {
    let mut found = Vec::new();
    texts(&cases("jsonpath.json"), "$", &mut found);
    found
}

pub fn calls() -> Vec<String> {
    let mut found = Vec::new();
    texts(&cases("intrinsics.json"), "States.", &mut found);
    found
}

pub fn definitions() -> Vec<Value> {
    let cases = [cases("definitions.json"), cases("advice.json")];
    let cases = cases.iter().filter_map(Value::as_array).flatten();
    cases.filter_map(|case| case.get(0)).filter(|definition| definition.is_object()).cloned().collect()
}
