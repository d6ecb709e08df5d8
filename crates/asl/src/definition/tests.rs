//! Definitions that are taken and refused, by cases of our own and by the recordings.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{MachineType, StateMachine};
use crate::diagnostic::{Diagnostic, Severity, invalid_definition};

fn machine_type(case: &Value) -> MachineType {
    if case == "EXPRESS" { MachineType::Express } else { MachineType::Standard }
}

fn diagnostics(definition: &str, machine_type: MachineType) -> Vec<Diagnostic> {
    StateMachine::compile(definition, machine_type).err().unwrap_or_default()
}

/// `[definition or text, [[code, message, location], …]]`, with the type as a third member where it matters.
#[test]
fn a_definition_that_is_wrong_is_told_everything_at_once() {
    let cases = include_str!("../../../../testdata/asl/definitions.json");
    let cases: Vec<Value> = serde_json::from_str(cases).unwrap();
    for case in &cases {
        let definition = case[0].as_str().map_or_else(|| case[0].to_string(), str::to_owned);
        let found: Vec<Value> = diagnostics(&definition, machine_type(&case[2]))
            .iter()
            .map(|d| json!([d.code.as_str(), d.message, d.location]))
            .collect();
        assert_eq!(Value::from(found), case[1], "{definition}");
    }
}

/// What surrounds it isn't known; what is inside it is.
#[test]
fn one_state_may_lead_anywhere_and_is_checked_within() {
    let state = json!({"Type": "Pass", "Next": "Elsewhere"});
    let machine = StateMachine::compile_state("S", &state.to_string()).unwrap();
    assert!(machine.state("S").is_some());
    let inner = json!({"StartAt": "I", "States": {"I": {"Type": "Pass", "Next": "Nowhere"}}});
    let state = json!({"Type": "Parallel", "Branches": [inner], "End": true});
    let wrong = StateMachine::compile_state("S", &state.to_string()).unwrap_err();
    assert_eq!(wrong[0].location.as_deref(), Some("/States/S/Branches[0]/States/I/Next"));
}

/// `[definition, [[code, location], …]]`
#[test]
fn what_is_most_likely_not_meant_is_a_warning() {
    let cases = include_str!("../../../../testdata/asl/advice.json");
    let cases: Vec<(Value, Value)> = serde_json::from_str(cases).unwrap();
    for (definition, expected) in &cases {
        let found = StateMachine::diagnose(&definition.to_string(), MachineType::Standard);
        assert!(found.iter().all(|d| d.severity == Severity::Warning), "{found:?}");
        let found: Vec<Value> = found.iter().map(|d| json!([d.code.as_str(), d.location])).collect();
        assert_eq!(Value::from(found), *expected, "{definition}");
        assert!(StateMachine::compile(&definition.to_string(), MachineType::Standard).is_ok());
    }
}

#[test]
fn every_field_that_aws_knows_is_taken() {
    let definition = json!({"Comment": "c", "Version": "1.0", "TimeoutSeconds": 60, "QueryLanguage": "JSONPath",
      "StartAt": "Task", "States": {
        "Task": {"Type": "Task", "Comment": "c", "QueryLanguage": "JSONPath",
            "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f:1", "InputPath": "$.a", "OutputPath": "$$.x",
            "Parameters": {"a.$": "$"}, "ResultSelector": {"b.$": "$.c"}, "ResultPath": "$.r", "Assign": {"v.$": "$.d"},
            "TimeoutSecondsPath": "$.t", "HeartbeatSeconds": 1, "Credentials": {"RoleArn.$": "$.role"},
            "Retry": [{"ErrorEquals": ["a", "b"], "IntervalSeconds": 1, "MaxAttempts": 0, "BackoffRate": 1.5,
                       "MaxDelaySeconds": 2, "JitterStrategy": "FULL", "Comment": "c"}, {"ErrorEquals": ["States.ALL"]}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Pass", "ResultPath": null, "Assign": {"e.$": "$.Error"},
                       "Comment": "c"}],
            "Next": "Pass"},
        "Pass": {"Type": "Pass", "InputPath": null, "OutputPath": null, "Parameters": {}, "Result": {"x.$": 1},
            "ResultPath": null, "Assign": {}, "Next": "Wait"},
        "Wait": {"Type": "Wait", "SecondsPath": "$.s", "InputPath": "$", "OutputPath": "$", "Assign": {}, "Next": "Choice"},
        "Choice": {"Type": "Choice", "InputPath": "$", "OutputPath": "$", "Assign": {},
            "Choices": [{"And": [{"Variable": "$.a", "IsPresent": true, "Comment": "c"}], "Next": "Parallel", "Assign": {}, "Comment": "c"}],
            "Default": "Fail"},
        "Parallel": {"Type": "Parallel", "InputPath": "$", "OutputPath": "$", "Parameters": {}, "ResultSelector": {},
            "ResultPath": "$", "Assign": {}, "Retry": [], "Catch": [],
            "Branches": [{"Comment": "c", "StartAt": "B", "States": {"B": {"Type": "Succeed"}}}], "Next": "Map"},
        "Map": {"Type": "Map", "InputPath": "$", "OutputPath": "$", "ItemsPath": "$.i", "ItemSelector": {},
            "MaxConcurrencyPath": "$.m", "ResultSelector": {}, "ResultPath": "$", "Assign": {}, "Retry": [], "Catch": [],
            "ToleratedFailureCount": 1, "ToleratedFailurePercentagePath": "$.p",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}},
            "End": true},
        "Fail": {"Type": "Fail", "Error": "e", "CausePath": "States.Format('{}', $.x)"},
    }});
    let found = diagnostics(&definition.to_string(), MachineType::Standard);
    assert!(found.is_empty(), "{}", invalid_definition(&found));
}

#[test]
fn the_variables_that_states_read_are_listed() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Parameters": {"x.$": "States.Format('{} {}', $b, $a.c)"}, "OutputPath": "$b", "Next": "M"},
        "M": {"Type": "Map", "ItemsPath": "$items", "ItemProcessor": {"StartAt": "P", "States": {
            "P": {"Type": "Choice", "Choices": [{"Variable": "$x", "StringEqualsPath": "$y", "Next": "Q"}], "Default": "Q"},
            "Q": {"Type": "Pass", "End": true}}}, "End": true},
    }});
    let machine = StateMachine::compile(&definition.to_string(), MachineType::Standard).unwrap();
    let references = serde_json::to_value(
        machine.variable_references().into_iter().collect::<std::collections::BTreeMap<_, _>>(),
    );
    assert_eq!(references.unwrap(), json!({"A": ["a", "b"], "M": ["items"], "P": ["x", "y"]}));
}

#[test]
fn hostile_definitions_are_refused_and_harm_nothing() {
    let many = (0..20_000).map(|i| format!("\"s{i}\":{{\"Type\":\"Pass\",\"Next\":\"s{}\"}}", i + 1));
    let chain = format!("{{\"StartAt\":\"s0\",\"States\":{{{}}}}}", many.collect::<Vec<_>>().join(","));
    assert_eq!(diagnostics(&chain, MachineType::Standard).len(), 1);

    let mut nested = "{\"StartAt\":\"x\",\"States\":{\"x\":{\"Type\":\"Succeed\"}}}".to_owned();
    for depth in 0..200 {
        nested = format!(
            "{{\"StartAt\":\"p{depth}\",\"States\":{{\"p{depth}\":{{\"Type\":\"Parallel\",\"End\":true,\"Branches\":[{nested}]}}}}}}"
        );
    }
    assert_eq!(diagnostics(&nested, MachineType::Standard).len(), 1);

    for text in ["[]", "1", "null", "\"\"", "{\"States\": []}", "{\"StartAt\": 1, \"States\": {\"\": null}}"]
    {
        assert!(!diagnostics(text, MachineType::Standard).is_empty(), "{text}");
    }
}

/// What AWS made of the recorded definitions, where they are at hand.
#[test]
fn definitions_fare_as_they_fared_at_aws() {
    let Some(cases) = recorded() else {
        println!("skipped: no recorded cases here");
        return;
    };
    let mut compared = 0;
    for path in files(&cases) {
        let case: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for step in
            case["steps"].as_array().unwrap().iter().filter(|step| step["operation"] == "CreateStateMachine")
        {
            let Some(definition) = step["request"]["definition"].as_str() else { continue };
            let activity = "arn:aws:states:us-east-1:111111111111:activity:a";
            let definition = definition.replace("${0.activityArn}", activity);
            let found = diagnostics(&definition, machine_type(&step["request"]["type"]));
            match step["expect"]["error"]["message"].as_str() {
                Some(_) if found.iter().any(is_later_work) => continue,
                Some(message) if message.starts_with("Invalid State Machine Definition") => {
                    assert_eq!(invalid_definition(&found), message, "{}", path.display());
                }
                Some(_) => continue,
                None => {
                    let unexpected: Vec<&Diagnostic> = found.iter().filter(|d| !is_later_work(d)).collect();
                    assert!(unexpected.is_empty(), "{}: {unexpected:?}", path.display());
                }
            }
            compared += 1;
        }
    }
    println!("{compared} recorded definitions compared");
    assert!(compared > 200, "only {compared} recorded definitions were found");
}

/// What is refused for now, and not by AWS.
fn is_later_work(diagnostic: &Diagnostic) -> bool {
    ["'JSONata' is not supported", "is not supported by this server", "is not recognized"]
        .iter()
        .any(|words| diagnostic.message.contains(words))
}

fn recorded() -> Option<PathBuf> {
    let shared = match std::env::var_os("STEPWELL_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    Some(shared.join("conformance/cases")).filter(|cases| cases.is_dir())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    found.sort();
    found
}
