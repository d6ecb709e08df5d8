//! Comparisons as cases: an operator, an input, and what AWS decides.

use serde_json::{Value, json};

use super::Pattern;
use crate::definition::{MachineType, StateKind, StateMachine};
use crate::scope::{ContextObject, Entropy, Scope, StateOutcome, Variables};

struct None;

impl Entropy for None {
    fn next_u64(&mut self) -> u64 {
        0
    }
}

/// Whether a rule holds for an input: `Err` is the cause of the failure.
fn holds(rule: &Value, input: &Value) -> Result<bool, String> {
    let mut rule = rule.clone();
    rule["Next"] = "S".into();
    let definition = json!({"StartAt": "C", "States": {
        "C": {"Type": "Choice", "Choices": [rule], "Default": "S"},
        "S": {"Type": "Succeed"},
    }});
    let machine = StateMachine::compile(&definition.to_string(), MachineType::Standard).unwrap();
    let StateKind::Choice(choice) = &machine.state("C").unwrap().kind else { panic!("a Choice state") };
    let context = ContextObject::new(|| json!({"Execution": {"Input": {"n": 1}}}));
    let variables = Variables::from_iter([("v".to_owned(), json!("text"))]);
    let (outcome, entropy) = (StateOutcome::None, &mut None);
    let mut scope = Scope {
        input,
        context: &context,
        variables: &variables,
        outcome,
        now_ms: 0,
        allowance: Option::None,
        entropy,
    };
    choice.rules[0].condition.holds(&mut scope).map_err(|error| error.cause)
}

#[test]
fn operators_compare_as_aws_does() {
    let cases = include_str!("../../../../testdata/asl/choice.json");
    let cases: Vec<(Value, Value, Value)> = serde_json::from_str(cases).unwrap();
    for (rule, input, expected) in cases {
        let actual = match holds(&rule, &input) {
            Ok(held) => Value::from(held),
            Err(cause) => Value::from(cause),
        };
        assert_eq!(actual, expected, "{rule} on {input}");
    }
}

#[test]
fn patterns_match_with_stars() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("", "a", false),
        ("*", "", true),
        ("*", "anything", true),
        ("log-*.txt", "log-.txt", true),
        ("log-*.txt", "log-2.txt", true),
        ("log-*.txt", "log-2.txt.gz", false),
        ("foo*.*", "foo.", true),
        ("foo*.*", "foo", false),
        ("a*a", "a", false),
        ("*a*b*", "xxbxxaxxbxx", true),
        ("a\\*b", "a*b", true),
        ("a\\*b", "axb", false),
        ("a\\\\*", "a\\xyz", true),
        ("a\\b", "a\\b", true),
        ("é*", "éa", true),
    ] {
        assert_eq!(Pattern::parse(pattern).matches(text), expected, "{pattern} on {text}");
    }
}

#[test]
fn a_hostile_pattern_costs_no_more_than_the_text() {
    let pattern = Pattern::parse(&"a*".repeat(100_000));
    assert!(!pattern.matches(&"a".repeat(99_999)));
    assert!(!Pattern::parse(&format!("{}b", "*a".repeat(1000))).matches(&"a".repeat(250_000)));
}
