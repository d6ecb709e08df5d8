//! Paths, intrinsic functions and definitions nobody wrote: mutated ones, made ones and plain noise. None may panic, all end
//! within their limits, and each gives the same twice. Time is told, not judged: a machine may stand still for reasons of its
//! own.
//!
//! A run is a seed. `STEPWELL_FUZZ_SECONDS` makes it longer than the second that each test has in every test run, and
//! `STEPWELL_FUZZ_SEED` begins it elsewhere; a failure names the input.

mod corpus;
mod made;
mod random;

use random::Random;
use serde_json::{Value, json};
use std::panic::catch_unwind;
use std::time::{Duration, Instant};
use stepwell_asl::definition::{MachineType, StateMachine};
use stepwell_asl::path::Path;
use stepwell_asl::scope::{ContextObject, Entropy, Scope, StateOutcome, Variables};
use stepwell_asl::template::{EvalError, Template};

/// What became of an input: whether it was one at all, and whether it had a result.
#[derive(Default)]
struct Told {
    parsed: bool,
    has_result: bool,
}

struct Fixed;

impl Entropy for Fixed {
    fn next_u64(&mut self) -> u64 {
        7
    }
}

fn document() -> Value {
    json!({
        "a": 1, "b": "two", "c": [1, 2, 3], "d": {"e": {"f": [{"g": 1, "h": "x"}, {"g": 2}]}}, "n": null, "t": true,
        "big": 9_007_199_254_740_993_u64, "half": 0.5, "u": "a\u{1f600}b\u{e9}", "arr": [[1, 2], [3, [4]]], "o": {},
        "items": [{"id": 1, "p": 10.5, "tags": ["r", "b"]}, {"id": 2, "p": 3, "tags": []}], "json": "{\"k\": [1]}",
        "": {"": 1}, "with space": 2, "it's": 3
    })
}

#[allow(clippy::disallowed_methods, reason = "a test may be told to run longer")]
fn option(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[allow(clippy::disallowed_methods, reason = "the test says how long an input took; the crate asks no clock")]
fn now() -> Instant {
    Instant::now()
}

/// Tries inputs until the time is over, and says what became of them.
#[allow(clippy::print_stdout, reason = "a test that is told to run longer says how many inputs that were")]
fn fuzz(what: &str, mut input: impl FnMut(&mut Random) -> String, tried: fn(&str) -> Told) {
    let seconds = option("STEPWELL_FUZZ_SECONDS").unwrap_or(1);
    let mut random = Random(option("STEPWELL_FUZZ_SEED").unwrap_or(1));
    let start = now();
    let (mut count, mut parsed, mut results) = (0_u64, 0_u64, 0_u64);
    let mut slowest = (Duration::ZERO, String::new());
    while start.elapsed() < Duration::from_secs(seconds) {
        let text = input(&mut random);
        let before = now();
        let told = catch_unwind(|| tried(&text)).unwrap_or_else(|_| panic!("failed: {text:?}"));
        if before.elapsed() > slowest.0 {
            slowest = (before.elapsed(), text);
        }
        count += 1;
        parsed += u64::from(told.parsed);
        results += u64::from(told.has_result);
    }
    println!(
        "{what}: {count} inputs, {parsed} parsed, {results} with a result; the slowest took {slowest:?}"
    );
    assert!(parsed > 0 && results > 0, "{what}: the inputs are all refused");
}

#[test]
fn no_path_panics() {
    let corpus = corpus::paths();
    let input = |random: &mut Random| random.text(&corpus, made::PATHS, made::path);
    fuzz("paths", input, |text| {
        let Ok(path) = Path::parse(text) else { return Told::default() };
        let document = document();
        let found = path.read_in(&document);
        let again = path.read_in(&document);
        assert_eq!(format!("{found:?}"), format!("{again:?}"));
        if path.is_reference()
            && let Ok(written) = path.write(document.clone(), json!("new"))
        {
            assert_eq!(path.read_in(&written).ok().as_deref(), Some(&json!("new")));
        }
        Told { parsed: true, has_result: found.is_ok() }
    });
}

fn evaluated(template: &Template) -> Result<Value, EvalError> {
    let context = ContextObject::new(|| json!({"State": {"Name": "P"}, "Execution": {"Input": [1]}}));
    let variables =
        Variables::from_iter([("x".to_owned(), json!({"y": [1, 2]})), ("n".to_owned(), json!(null))]);
    template.evaluate(&mut Scope {
        input: &document(),
        context: &context,
        variables: &variables,
        outcome: StateOutcome::None,
        now_ms: 0,
        allowance: None,
        entropy: &mut Fixed,
    })
}

#[test]
fn no_intrinsic_function_panics() {
    let corpus = corpus::calls();
    let input = |random: &mut Random| random.text(&corpus, made::CALLS, made::call);
    fuzz("intrinsic functions", input, |text| {
        let Ok(template) = Template::compile(&json!({"x.$": text})) else { return Told::default() };
        let first = evaluated(&template);
        assert_eq!(format!("{first:?}"), format!("{:?}", evaluated(&template)));
        Told { parsed: true, has_result: first.is_ok() }
    });
}

#[test]
fn no_definition_panics() {
    let corpus = corpus::definitions();
    let texts: Vec<String> = corpus.iter().map(Value::to_string).collect();
    let input = |random: &mut Random| match random.below(4) {
        0 => random.mutated(&texts, made::PATHS),
        _ => made::definition(random, &corpus).to_string(),
    };
    fuzz("definitions", input, |text| {
        let of_type = if text.len().is_multiple_of(2) { MachineType::Standard } else { MachineType::Express };
        let compiled = StateMachine::compile(text, of_type);
        // What is told of a definition is the same twice; one that is taken has no errors to be told.
        let diagnosed = StateMachine::diagnose(text, of_type);
        assert_eq!(format!("{diagnosed:?}"), format!("{:?}", StateMachine::diagnose(text, of_type)));
        if let Err(errors) = &compiled {
            assert!(!errors.is_empty());
            assert_eq!(
                format!("{errors:?}"),
                format!("{:?}", diagnosed.get(..errors.len()).unwrap_or_default())
            );
        }
        let is_json = serde_json::from_str::<Value>(text).is_ok();
        Told { parsed: is_json, has_result: compiled.is_ok() }
    });
}
