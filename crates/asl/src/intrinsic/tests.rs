//! The cases of `testdata/asl/intrinsics.json`, entropy, limits, and hostile calls.

use serde_json::{Value, json};

use super::*;
use crate::scope::{ContextObject, StateOutcome, Variables};

const CASES: &str = include_str!("../../../../testdata/asl/intrinsics.json");

/// Counts up from a given number.
struct Counter(u64);

impl Entropy for Counter {
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        self.0
    }
}

fn evaluate(call: &Call, input: &Value, entropy: u64) -> Result<Value, EvalError> {
    let context = ContextObject::new(|| json!({"Execution": {"Name": "run-1"}}));
    let variables = Variables::from_iter([("count".to_owned(), json!(7))]);
    let entropy = &mut Counter(entropy);
    call.evaluate(&mut Scope {
        input,
        context: &context,
        variables: &variables,
        outcome: StateOutcome::None,
        now_ms: 0,
        allowance: None,
        entropy,
    })
}

fn run(text: &str, input: &Value) -> Result<Value, EvalError> {
    evaluate(&Call::parse(text).unwrap(), input, 0)
}

#[test]
fn cases() {
    let groups: Vec<Value> = serde_json::from_str(CASES).unwrap();
    for group in &groups {
        for case in group["cases"].as_array().unwrap() {
            let text = case["call"].as_str().unwrap();
            let got = match Call::parse(text) {
                Err(error) => json!({"call": text, "syntax": error.to_string()}),
                Ok(call) => match evaluate(&call, &group["input"], 0) {
                    Ok(value) => json!({"call": text, "value": value}),
                    Err(EvalError { error, cause, .. }) => {
                        let frame = format!("The function '{text}' had the following error: ");
                        json!({"call": text, "error": error, "detail": cause.strip_prefix(&frame).unwrap()})
                    }
                },
            };
            assert_eq!(got.to_string(), case.to_string(), "{}: {text}", group["about"]);
        }
    }
}

#[test]
fn a_call_says_what_it_is() {
    let text = "States.Format('{} {}', States.ArrayGetItem($.a, $i), $$.State.Name)";
    let call = Call::parse(text).unwrap();
    assert_eq!((call.name(), call.text()), ("States.Format", text));
    let paths: Vec<&str> = call.paths().into_iter().map(Path::text).collect();
    assert_eq!(paths, ["$.a", "$i", "$$.State.Name"]);
    let functions: Vec<&str> = call.functions().into_iter().map(Function::name).collect();
    assert_eq!(functions, ["States.Format", "States.ArrayGetItem"]);
}

#[test]
fn every_function_is_found_by_its_name() {
    let names = [
        "Array",
        "ArrayContains",
        "ArrayGetItem",
        "ArrayLength",
        "ArrayPartition",
        "ArrayRange",
        "ArrayUnique",
        "Base64Decode",
        "Base64Encode",
        "Format",
        "Hash",
        "JsonMerge",
        "JsonToString",
        "MathAdd",
        "MathRandom",
        "StringSplit",
        "StringToJson",
        "UUID",
    ];
    for name in names {
        let name = format!("States.{name}");
        assert_eq!(Function::named(&name).map(Function::name), Some(name.as_str()));
    }
}

#[test]
fn uuids_are_of_version_4_and_come_from_the_entropy() {
    let call = Call::parse("States.UUID()").unwrap();
    for seed in [0, 1, u64::MAX - 1, 0x0123_4567_89ab_cdef] {
        let value = evaluate(&call, &json!({}), seed).unwrap();
        assert_eq!(value, evaluate(&call, &json!({}), seed).unwrap());
        let uuid = value.as_str().unwrap();
        let bytes = uuid.as_bytes();
        assert_eq!(uuid.len(), 36, "{uuid}");
        assert!([8, 13, 18, 23].iter().all(|at| bytes[*at] == b'-'), "{uuid}");
        assert_eq!(bytes[14], b'4', "{uuid}");
        assert!(b"89ab".contains(&bytes[19]), "{uuid}");
    }
    assert_ne!(evaluate(&call, &json!({}), 1), evaluate(&call, &json!({}), 2));
}

#[test]
fn random_numbers_stay_between_their_bounds() {
    let call = Call::parse("States.MathRandom(-2, 2.4)").unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for step in 0..1000_u64 {
        let drawn = evaluate(&call, &json!({}), step.wrapping_mul(0x9e37_79b9_7f4a_7c15)).unwrap();
        seen.insert(drawn.as_i64().unwrap());
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [-2, -1, 0, 1]);
}

#[test]
fn ten_thousand_characters_are_the_limit() {
    let input = |count: usize| json!({"s": "A".repeat(count), "wide": "😀".repeat(count)});
    for call in [
        "States.Base64Encode($.s)",
        "States.Base64Decode($.s)",
        "States.Hash($.s, 'MD5')",
        "States.Base64Encode($.wide)",
    ] {
        assert!(run(call, &input(10_000)).is_ok(), "{call}");
        let error = run(call, &input(10_004)).unwrap_err();
        assert_eq!(error.error, "States.IntrinsicFailure");
        assert!(
            error.cause.ends_with("The string has 10004 characters but at most 10000 are allowed"),
            "{error:?}"
        );
    }
}

#[test]
fn calls_nest_ten_levels() {
    let nested = |levels: usize| format!("{}{}", "States.Array(".repeat(levels), ")".repeat(levels));
    assert!(Call::parse(&nested(10)).is_ok());
    assert!(Call::parse(&nested(11)).is_err());
    assert!(Call::parse(&nested(100_000)).is_err());
}

#[test]
fn results_that_explode_are_given_up() {
    let input = json!({"s": "x".repeat(200_000), "l": vec![1; 100_000]});
    let many = |argument: &str, count: usize| vec![argument; count].join(", ");
    for call in [
        format!("States.Array({})", many("$.s", 1000)),
        format!("States.Format('{}', {})", "{}".repeat(1000), many("$.s", 1000)),
        format!("States.Array({})", many("States.JsonToString($.s)", 1000)),
        format!("States.Array({})", many("$..*", 1000)),
        format!("States.Array({})", many("States.ArrayContains($.l, 2)", 1000)),
        format!("States.Array({})", many("States.ArrayUnique($.l)", 1000)),
        format!("States.Array({})", many("States.StringSplit($.s, 'y')", 1000)),
    ] {
        let error = run(&call, &input).unwrap_err();
        assert_eq!(error.error, "States.Runtime");
        assert!(error.cause.ends_with("The evaluation exceeds the limits on work, size or nesting."));
    }
    assert_eq!(run("States.ArrayUnique($.l)", &input), Ok(json!([1])));
    assert_eq!(run("States.ArrayContains($.l, 2)", &input), Ok(json!(false)));
    let deep = json!({"s": format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))});
    assert_eq!(run("States.StringToJson($.s)", &deep).unwrap_err().error, "States.IntrinsicFailure");
}

#[test]
fn no_text_makes_the_parser_panic() {
    let pieces = [
        "States.Format(",
        "States.Array(",
        "States.",
        ")",
        "(",
        "'",
        "\\",
        "{}",
        "{",
        "}",
        ",",
        " ",
        "$",
        "$.a",
        "$$.b",
        "$x",
        "[",
        "]",
        "?(@.a == ')')",
        "1",
        "-",
        "e9",
        "null",
        "true",
        "é",
        "😀",
        "'{}'",
        "[0]",
        "States.UUID()",
    ];
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for _ in 0..50_000 {
        let mut text = String::from(if next() % 2 == 0 { "States.Format(" } else { "States.Array(" });
        for _ in 0..next() % 12 {
            text.push_str(pieces[next() % pieces.len()]);
        }
        if let Ok(call) = Call::parse(&text) {
            let _ = evaluate(&call, &json!({"a": ["b", {"c": 1}]}), 0);
        }
    }
}
