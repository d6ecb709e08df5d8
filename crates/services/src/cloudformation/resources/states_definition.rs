//! The definition of a state machine as its template gives it: an object, a text, with substitutions.
//!
//! An object is written as AWS's handler writes it, which DescribeStateMachine then shows: keys in order at every level,
//! two spaces of indent, `"key" : value`, and lists in one line, `[ a, b ]`.

use super::Problem;
use serde_json::{Map, Value};

/// Texts that a substitution may grow to: AWS's limit for a definition.
const MOST_BYTES: usize = 1_048_576;
/// Rounds of substitutions: a value may hold further ones, and a circle never ends.
const MOST_ROUNDS: usize = 100;

/// The text of the definition.
///
/// # Errors
/// In the words of AWS's handler.
pub fn definition(properties: &Map<String, Value>) -> Result<String, Problem> {
    let sources = ["Definition", "DefinitionString", "DefinitionS3Location"];
    let given: Vec<_> = sources.into_iter().filter(|name| properties.contains_key(*name)).collect();
    let text = match given.as_slice() {
        [] => {
            return Err(source_fault(
                "Required key [DefinitionS3Location], [DefinitionString] or [Definition] not found.",
            ));
        }
        ["Definition"] => written(&properties["Definition"]),
        ["DefinitionString"] => properties["DefinitionString"].as_str().unwrap_or_default().to_owned(),
        [_] => {
            let message = "DefinitionS3Location can not be read: S3 is not available. Use Definition or DefinitionString.";
            return Err(Problem::invalid_request(message));
        }
        _ => {
            return Err(source_fault(
                "Please use one of [DefinitionS3Location], [DefinitionString] or [Definition].",
            ));
        }
    };
    match properties.get("DefinitionSubstitutions").and_then(Value::as_object) {
        Some(substitutions) => substituted(text, substitutions),
        None => Ok(text),
    }
}

fn source_fault(rest: &str) -> Problem {
    Problem::handler(format!("Property validation failed. {rest}"), "InternalFailure")
}

/// Replaces every `${name}`, again and again, since values may hold further ones. Unknown names stay.
fn substituted(mut text: String, substitutions: &Map<String, Value>) -> Result<String, Problem> {
    let mut values = Vec::new();
    for (name, value) in substitutions {
        let value = match value {
            Value::String(value) => value.clone(),
            Value::Bool(value) => value.to_string(),
            Value::Number(number) if number.as_f64().is_some_and(|number| number.fract() == 0.0) => {
                number.to_string()
            }
            _ => {
                let message = "Invalid definition substitution type. Input should be either String, Integer, or Boolean";
                return Err(Problem::invalid_request(message));
            }
        };
        values.push((format!("${{{name}}}"), value));
    }
    for _ in 0..MOST_ROUNDS {
        let mut replaced = false;
        for (name, value) in &values {
            let count = text.matches(name.as_str()).count();
            if count == 0 {
                continue;
            }
            if text.len() + count * value.len() > MOST_BYTES + count * name.len() {
                return Err(Problem::invalid_request("State Machine definition file cannot exceed 1MB."));
            }
            text = text.replace(name.as_str(), value);
            replaced = true;
        }
        if !replaced {
            return Ok(text);
        }
    }
    Err(Problem::invalid_request("DefinitionSubstitutions refer to one another in a circle."))
}

/// A definition object as a text.
fn written(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    text
}

fn write(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(members) if members.is_empty() => text.push_str("{ }"),
        Value::Object(members) => {
            let mut keys: Vec<_> = members.iter().collect();
            keys.sort_unstable_by_key(|(key, _)| key.as_str());
            text.push('{');
            for (index, (key, member)) in keys.into_iter().enumerate() {
                text.push_str(if index == 0 { "\n" } else { ",\n" });
                indent(depth + 1, text);
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push_str(" : ");
                write(member, depth + 1, text);
            }
            text.push('\n');
            indent(depth, text);
            text.push('}');
        }
        Value::Array(items) if items.is_empty() => text.push_str("[ ]"),
        Value::Array(items) => {
            text.push_str("[ ");
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                write(item, depth, text);
            }
            text.push_str(" ]");
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

fn indent(depth: usize, text: &mut String) {
    text.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(properties: Value) -> Result<String, String> {
        definition(properties.as_object().unwrap()).map_err(|problem| format!("{problem:?}"))
    }

    #[test]
    fn an_object_is_written_as_awss_handler_writes_it() {
        let object = json!({"States": {"A": {"Type": "Pass", "End": true, "Result": [1, {"b": []}, "x"], "Parameters": {}}}, "StartAt": "A"});
        let expected = r#"{
  "StartAt" : "A",
  "States" : {
    "A" : {
      "End" : true,
      "Parameters" : { },
      "Result" : [ 1, {
        "b" : [ ]
      }, "x" ],
      "Type" : "Pass"
    }
  }
}"#;
        assert_eq!(of(json!({ "Definition": object })).unwrap(), expected);
    }

    #[test]
    fn substitutions_go_on_until_nothing_is_left_to_replace() {
        let text = |substitutions: Value| {
            of(
                json!({"DefinitionString": "\"${a}\" ${n} ${unknown}", "DefinitionSubstitutions": substitutions}),
            )
        };
        assert_eq!(text(json!({"a": "<${b}>", "b": true, "n": 5})).unwrap(), "\"<true>\" 5 ${unknown}");
        assert!(text(json!({"a": "${a}"})).unwrap_err().contains("circle"));
        assert!(text(json!({"a": "${a}${a}"})).unwrap_err().contains("1MB"));
        assert!(text(json!({"a": ["x"]})).unwrap_err().contains("Invalid definition substitution type"));
        assert!(text(json!({"a": 1.5})).unwrap_err().contains("Invalid definition substitution type"));
    }

    #[test]
    fn there_is_one_source() {
        assert!(of(json!({})).unwrap_err().contains("not found."));
        assert!(
            of(json!({"Definition": {}, "DefinitionString": "{}"}))
                .unwrap_err()
                .contains("Please use one of")
        );
        assert!(of(json!({"DefinitionS3Location": {}})).unwrap_err().contains("S3 is not available"));
    }
}
