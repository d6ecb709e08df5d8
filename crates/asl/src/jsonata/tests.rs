//! JSONata as a definition has it: AWS's own functions, errors in AWS's words, and the limits.

use serde_json::{Value, json};

use super::{Allowance, Expression, source};
use crate::definition::{MachineType, StateMachine};
use crate::scope::{ContextObject, Entropy, Scope, StateOutcome, Variables};
use crate::template::EvalError;

struct Counting(u64);

impl Entropy for Counting {
    fn next_u64(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

fn evaluate_within(
    expression: &Expression,
    input: &Value,
    allowance: Option<&Allowance>,
) -> Result<Value, EvalError> {
    let context = ContextObject::new(|| json!({"State": {"Name": "s"}}));
    let variables = Variables::from_iter([("v".to_owned(), json!({"w": [1, 2]}))]);
    let (outcome, entropy) = (StateOutcome::Result(&Value::Null), &mut Counting(0));
    let now_ms = 1_700_000_000_000;
    expression.evaluate(&mut Scope {
        input,
        context: &context,
        variables: &variables,
        outcome,
        now_ms,
        allowance,
        entropy,
    })
}

fn compile(source: &str) -> Expression {
    Expression::compile(source, "Output".to_owned())
        .unwrap_or_else(|problems| panic!("{source}: {problems:?}"))
}

fn evaluate(source: &str, input: &Value) -> Result<Value, EvalError> {
    evaluate_within(&compile(source), input, None)
}

#[test]
fn only_a_text_with_nothing_around_the_marks_is_an_expression() {
    for (text, expected) in [
        ("{% 1 %}", Some("1")),
        ("{%%}", Some("")),
        ("{%\n a\t%}", Some("a")),
        (" {% 1 %}", None),
        ("{% 1 %} ", None),
        ("{%", None),
        ("{%}", None),
        ("", None),
    ] {
        assert_eq!(source(text), expected, "{text}");
    }
}

/// `[expression, input, value]`, or `[expression, input, null, what the error's cause ends with]`.
#[test]
fn expressions_give_what_aws_gives() {
    let cases = include_str!("../../../../testdata/asl/jsonata.json");
    let cases: Vec<Vec<Value>> = serde_json::from_str(cases).unwrap();
    for case in &cases {
        let text = case[0].as_str().unwrap();
        match (evaluate(text, &case[1]), case.get(3)) {
            (Ok(value), None) => assert_eq!(value, case[2], "{text}"),
            (Err(error), Some(expected)) => {
                let expected = expected.as_str().unwrap();
                assert!(error.cause.ends_with(expected), "{text}: {} for {expected}", error.cause);
                assert_eq!(
                    (error.error, error.location.as_deref()),
                    ("States.QueryEvaluationError", Some("Output"))
                );
            }
            (outcome, _) => panic!("{text}: {outcome:?}"),
        }
    }
}

#[test]
fn identifiers_are_drawn_anew_and_repeatable() {
    let drawn = evaluate("[$uuid(), $uuid()]", &json!({})).unwrap();
    assert_ne!(drawn[0], drawn[1]);
    assert_eq!(drawn[0].as_str().map(str::len), Some(36));
    assert_eq!(drawn, evaluate("[$uuid(), $uuid()]", &json!({})).unwrap());
    let number = evaluate("$random()", &json!({})).unwrap().as_f64().unwrap();
    assert!((0.0..1.0).contains(&number));
}

#[test]
fn what_runs_away_is_stopped_and_says_so() {
    let brackets = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    assert!(Expression::compile(&brackets, "Output".to_owned()).is_err());
    for runaway in [
        r#"$pad("a", 1e9)"#,
        r#"$pad("a", -1e9)"#,
        "[1..1e9]",
        "($f := function($x) { $f($x + 1) }; $f(1))",
        "($f := function($x) { 1 + $f($x + 1) }; $f(1))",
        r#"($f := function($s) { $f($s & $s) }; $f("ab"))"#,
        r#"$replace($pad("", 100000, "a"), /a/, $pad("", 100000, "b"))"#,
        "$map([1..100000], function($i) { $map([1..100000], function($j) { $i * $j }) })",
        "$sort([1..10000000])",
    ] {
        let error = evaluate(runaway, &json!({})).unwrap_err();
        assert_eq!(error.error, "States.QueryEvaluationError", "{runaway}");
        assert!(error.cause.contains("threw an error during evaluation"), "{runaway}: {}", error.cause);
    }
}

#[test]
fn long_chains_work() {
    let text = vec!["'a'"; 5_000].join(" & ");
    assert_eq!(evaluate(&text, &json!({})).unwrap().as_str().map(str::len), Some(5_000));
    let sum = vec!["1"; 5_000].join(" + ");
    assert_eq!(evaluate(&sum, &json!({})), Ok(json!(5_000)));
}

#[test]
fn an_evaluation_that_is_too_long_here_ends_elsewhere_as_it_would_have_ended_here() {
    let input = json!({"n": 100_000});
    for text in [
        "$sum([1..$states.input.n].($ * 2)) + $count($v.w)",
        "$states.context.State.Name & $string($sum([1..$states.input.n]^(>$)))",
        "($f := function($x) { $f($x + 1) }; $f(1))",
        "[1..$states.input.n].$random()[0]",
    ] {
        let expression = compile(text);
        let whole = evaluate_within(&expression, &input, None);
        let allowance = Allowance::default();
        evaluate_within(&expression, &input, Some(&allowance)).unwrap_err();
        let asked = allowance.take_asked().unwrap_or_else(|| panic!("{text} isn't too long"));
        let allowance = Allowance::new(vec![asked.perform().into()]);
        assert_eq!(evaluate_within(&expression, &input, Some(&allowance)), whole, "{text}");
        assert!(allowance.take_asked().is_none());
        // On other data it is another evaluation.
        evaluate_within(&expression, &json!({"n": 100_001}), Some(&allowance)).unwrap_err();
        assert!(allowance.take_asked().is_some(), "{text}");
    }
}

#[test]
fn what_is_short_asks_for_nothing() {
    let allowance = Allowance::default();
    let value = evaluate_within(&compile("$states.input.a & 'b'"), &json!({"a": "x"}), Some(&allowance));
    assert_eq!(value, Ok(json!("xb")));
    assert!(allowance.take_asked().is_none());
}

#[test]
fn variables_are_those_that_an_expression_doesnt_bind() {
    for (text, expected) in [
        ("$a + $b.c[$d = 1] + $states.input", vec!["a", "b", "d"]),
        ("($x := $y; $x + $x)", vec!["y"]),
        ("$map($list, function($i) { $i + $sum([$k]) })", vec!["k", "list"]),
        ("$uuid() & $partition($p, 2) & $string($q)", vec!["p", "q"]),
        ("$p ~> $uppercase", vec!["p"]),
        // A variable may have the name of a function, and then hides it.
        ("$hash & $range", vec!["hash", "range"]),
    ] {
        assert_eq!(compile(text).variables().collect::<Vec<_>>(), expected, "{text}");
    }
}

#[test]
fn result_and_error_output_exist_where_there_is_one() {
    let machine = |state: Value| {
        let definition = json!({"QueryLanguage": "JSONata", "StartAt": "A", "States": {
            "A": state, "B": {"Type": "Succeed"}}});
        let found =
            StateMachine::compile(&definition.to_string(), MachineType::Standard).err().unwrap_or_default();
        found.into_iter().map(|d| (d.message, d.location.unwrap_or_default())).collect::<Vec<_>>()
    };
    let task = json!({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Next": "B",
        "Arguments": {"QueueUrl": "{% $states.result %}"}, "Output": "{% $states.result %}",
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B", "Output": "{% $states.errorOutput %}", "Assign": {"r": "{% $states.result %}"}}]});
    let missing = |name: &str| format!("Field '$states.{name}' does not exist.");
    assert_eq!(
        machine(task),
        [
            (missing("result"), "/States/A/Arguments/QueueUrl".to_owned()),
            (missing("result"), "/States/A/Catch[0]/Assign/r".to_owned())
        ]
    );
}
