//! Templates: what is computed and what is copied, the texts of failures, limits, and the recorded cases of AWS.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::*;
use crate::scope::{ContextObject, Entropy, StateOutcome, Variables};

struct NoEntropy;

impl Entropy for NoEntropy {
    fn next_u64(&mut self) -> u64 {
        4
    }
}

fn evaluate(template: Value, input: Value) -> Result<Value, EvalError> {
    let template = Template::compile(&template).unwrap();
    let context = ContextObject::new(|| json!({"State": {"Name": "P"}}));
    let variables =
        Variables::from_iter([("x".to_owned(), json!({"y": [1, 2]})), ("n".to_owned(), json!(null))]);
    let entropy = &mut NoEntropy;
    template.evaluate(&mut Scope {
        input: &input,
        context: &context,
        variables: &variables,
        outcome: StateOutcome::None,
        now_ms: 0,
        allowance: None,
        entropy,
    })
}

#[test]
fn fields_with_a_dollar_are_computed_and_others_copied() {
    let template = json!({
        "whole.$": "$",
        "path": "$.a",
        "nested": {"a.$": "$.a.b", "list": [{"c.$": "$$.State.Name"}, "$.a", 1, ["x", {"d.$": "$x.y[1]"}]]},
        "call.$": "States.Format('{}-{}', $.a.b, $x.y)",
        "many.$": "$.a[*]",
        "none.$": "$.no.such[*]",
        "beyond.$": "$.l[5]",
        "null.$": "$n",
        ".$": "$.a.b",
        "$": "kept",
        "x.$ ": "kept"
    });
    let input = json!({"a": {"b": 7}, "l": [1]});
    let expected = json!({
        "whole": {"a": {"b": 7}, "l": [1]},
        "path": "$.a",
        "nested": {"a": 7, "list": [{"c": "P"}, "$.a", 1, ["x", {"d": 2}]]},
        "call": "7-[1, 2]",
        "many": [7],
        "none": [],
        "beyond": null,
        "null": null,
        "": 7,
        "$": "kept",
        "x.$ ": "kept"
    });
    // Compared as text: the order of fields is kept.
    assert_eq!(evaluate(template, input).unwrap().to_string(), expected.to_string());
}

#[test]
fn any_json_is_a_template() {
    for literal in
        [json!(null), json!("$.a"), json!(1.5), json!([]), json!({}), json!([{"a": [1, {"b": null}]}])]
    {
        assert_eq!(evaluate(literal.clone(), json!({})), Ok(literal));
    }
}

#[test]
fn what_is_missing_is_told_in_the_words_of_aws() {
    for (template, cause) in [
        (
            json!({"deep": [{"k.$": "$.no"}]}),
            r#"The JSONPath '$.no' specified for the field 'k.$' could not be found in the input '{"a":1}'"#,
        ),
        (
            json!({"k.$": "$.a.b.c"}),
            r#"The JSONPath '$.a.b.c' specified for the field 'k.$' could not be found in the input '{"a":1}'"#,
        ),
        (
            json!({"k.$": "$$.Task.Token"}),
            r#"The JSONPath '$$.Task.Token' specified for the field 'k.$' could not be found in the input '{"State":{"Name":"P"}}'"#,
        ),
        (
            json!({"k.$": "$x.z"}),
            r#"The JSONPath '$x.z' specified for the field 'k.$' could not be found in the input '{"y":[1,2]}'"#,
        ),
        (
            json!({"k.$": "$nope"}),
            r#"The JSONPath '$nope' specified for the field 'k.$' could not be found in the input '{"a":1}'"#,
        ),
        (
            json!({"k.$": "$.a.sum()"}),
            r#"The JSONPath '$.a.sum()' specified for the field 'k.$' could not be found in the input '{"a":1}'"#,
        ),
        (
            json!({"k.$": "States.Array($.no)"}),
            r#"The function 'States.Array($.no)' had the following error: The JsonPath argument for the field '$.no' could not be found in the input '{"a":1}'"#,
        ),
    ] {
        assert_eq!(evaluate(template, json!({"a": 1})), Err(EvalError::runtime(cause)));
    }
    let null = "Unable to apply Path transformation to null or empty input.";
    assert_eq!(evaluate(json!({"k.$": "$"}), json!(null)), Err(EvalError::runtime(null)));
    assert_eq!(evaluate(json!({"k.$": "$$.State.Name"}), json!(null)), Ok(json!({"k": "P"})));
}

#[test]
fn all_problems_are_reported_at_once() {
    let template = json!({
        "a.$": "no path", "b.$": 1, "c": {"d.$": "States.Nope()", "e": [{"f.$": "$["}]}, "g.$": "$.g", "g": 1
    });
    let problems = Template::compile(&template).unwrap_err();
    let told: Vec<(&str, &str)> = problems.iter().map(|p| (p.pointer.as_str(), p.field.as_str())).collect();
    assert_eq!(told, [("", "a.$"), ("", "b.$"), ("/c", "d.$"), ("/c/e[0]", "f.$"), ("", "g.$")]);
    assert_eq!(
        problems[0].message,
        "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call"
    );
    assert_eq!(problems[4].message, "The fields 'g' and 'g.$' cannot both be specified");
}

#[test]
fn a_template_says_what_it_reads() {
    let template = Template::compile(&json!({
        "a.$": "$b", "c": [{"d.$": "States.Format('{}{}{}', $e.f, $$.Task.Token, $b[0])"}], "g": "$h", "i.$": "$.j"
    }))
    .unwrap();
    assert_eq!(template.variables(), ["b", "e"]);
    let paths: Vec<&str> = template.paths().into_iter().map(Path::text).collect();
    assert_eq!(paths, ["$b", "$e.f", "$$.Task.Token", "$b[0]", "$.j"]);
}

#[test]
fn results_that_explode_are_given_up() {
    let fields: Map<String, Value> = (0..1000).map(|n| (format!("k{n}.$"), json!("$"))).collect();
    let error = evaluate(Value::Object(fields), json!("x".repeat(200_000))).unwrap_err();
    assert_eq!(error, EvalError::from(TooMuch));

    let nested = |levels: usize, inner: Value| (0..levels).fold(inner, |value, _| json!([value]));
    assert!(evaluate(nested(60, json!({"k.$": "$"})), nested(30, json!(1))).is_ok());
    assert_eq!(
        evaluate(nested(60, json!({"k.$": "$"})), nested(60, json!(1))),
        Err(EvalError::from(TooMuch))
    );
    assert!(Template::compile(&nested(120, json!(1))).is_err());
}

/// Machines of one Pass state with `Parameters`, as AWS ran them: the recorded output is the template's value.
#[test]
fn recorded_pass_states() {
    let Some(cases) = recordings() else { return };
    let mut compared = 0;
    for area in ["intrinsic_functions", "base", "scenarios"] {
        for case in case_files(&cases.join(area)) {
            compared += compare_with_recording(&case);
        }
    }
    assert!(compared > 40, "only {compared} executions were found in the recordings");
}

/// Every path and call in the definitions that AWS accepted is one here.
#[test]
fn recorded_expressions_are_understood() {
    let Some(cases) = recordings() else { return };
    let mut expressions = Vec::new();
    for case in case_files(&cases) {
        for step in case["steps"].as_array().unwrap() {
            let is_accepted = step["expect"].get("error").is_none();
            if let ("CreateStateMachine", Some(text), true) =
                (step["operation"].as_str().unwrap(), step["request"]["definition"].as_str(), is_accepted)
            {
                collect_expressions(&serde_json::from_str(text).unwrap_or_default(), &mut expressions);
            }
        }
    }
    assert!(expressions.len() > 100, "only {} expressions were found in the recordings", expressions.len());
    for expression in expressions {
        assert!(Expression::parse(&expression).is_some(), "{expression}");
    }
}

fn collect_expressions(value: &Value, expressions: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_expressions(item, expressions)),
        Value::Object(fields) => {
            for (name, field) in fields {
                let is_expression = name.ends_with(".$") || name.ends_with("Path") || name == "Variable";
                match field.as_str() {
                    Some(text) if is_expression => expressions.push(text.to_owned()),
                    // A literal, whatever it looks like.
                    _ if name == "Result" => {}
                    _ => collect_expressions(field, expressions),
                }
            }
        }
        _ => {}
    }
}

#[expect(clippy::disallowed_methods, reason = "a test finds its recordings by the environment")]
fn recordings() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var("STEPWELL_SHARED").map_or_else(|_| beside(), PathBuf::from);
    let cases = shared.join("conformance/cases");
    if cases.is_dir() {
        return Some(cases);
    }
    println!("skipped: no recordings at {}", cases.display());
    None
}

fn case_files(folder: &std::path::Path) -> Vec<Value> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            cases.extend(case_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            cases.push(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap());
        }
    }
    cases
}

/// The number of executions compared.
fn compare_with_recording(case: &Value) -> usize {
    let mut parameters = None;
    let mut input = json!({});
    let mut compared = 0;
    for step in case["steps"].as_array().unwrap() {
        let request = &step["request"];
        match step["operation"].as_str().unwrap() {
            "CreateStateMachine" => {
                let definition: Value =
                    serde_json::from_str(request["definition"].as_str().unwrap()).unwrap_or_default();
                let states = definition["States"].as_object().cloned().unwrap_or_default();
                parameters = states
                    .values()
                    .next()
                    .filter(|state| states.len() == 1 && state["Type"] == "Pass")
                    .and_then(|state| state.get("Parameters"))
                    .cloned();
            }
            "StartExecution" => {
                input = serde_json::from_str(request["input"].as_str().unwrap_or("{}")).unwrap()
            }
            "GetExecutionHistory" => {
                let events = step["expect"]["response"]["events"].as_array().cloned().unwrap_or_default();
                let output =
                    events.last().map(|event| event["executionSucceededEventDetails"]["output"].clone());
                if let (Some(template), Some(output)) =
                    (&parameters, output.filter(|output| !output.is_null()))
                {
                    assert_eq!(evaluate(template.clone(), input.clone()), Ok(output), "{}", case["id"]);
                    compared += 1;
                }
            }
            _ => {}
        }
    }
    compared
}
