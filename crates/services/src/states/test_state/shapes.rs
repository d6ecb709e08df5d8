//! The shapes of AWS's answers, against which a mocked result is checked: tables of one line for an operation or a
//! structure, drawn from AWS's service models by `e2e/shapes`. What isn't in a table isn't checked.
//!
//! `Name = Member!:shape …`, with `!` where the member is required. A shape is `s` (text, perhaps with its least length),
//! `s(A|B)` (one of), `n` (number, perhaps with `>least` and `<most`), `b`, `[shape]`, `<shape>` (a map), `*`, or a structure's name.

use serde_json::{Map, Value};
use stepwell_engine::{Integration, IntegrationPattern};

/// How strictly a mocked result is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Required members have to be there.
    Strict,
    /// Only what is there is checked.
    Present,
    None,
}

/// Services as the ARNs of integrations and of the SDK name them, and their tables.
const TABLES: &[(&[&str], &str)] = &[
    (&["athena", "aws-sdk:athena"], include_str!("shapes/athena.txt")),
    (&["batch", "aws-sdk:batch"], include_str!("shapes/batch.txt")),
    (&["codebuild", "aws-sdk:codebuild"], include_str!("shapes/codebuild.txt")),
    (&["databrew", "aws-sdk:databrew"], include_str!("shapes/databrew.txt")),
    (&["dynamodb", "aws-sdk:dynamodb"], include_str!("shapes/dynamodb.txt")),
    (&["ecs", "aws-sdk:ecs"], include_str!("shapes/ecs.txt")),
    (&["events", "aws-sdk:eventbridge"], include_str!("shapes/events.txt")),
    (&["glue", "aws-sdk:glue"], include_str!("shapes/glue.txt")),
    (&["aws-sdk:kms"], include_str!("shapes/kms.txt")),
    (&["lambda", "aws-sdk:lambda"], include_str!("shapes/lambda.txt")),
    (&["aws-sdk:s3"], include_str!("shapes/s3.txt")),
    (&["aws-sdk:secretsmanager"], include_str!("shapes/secretsmanager.txt")),
    (&["sns", "aws-sdk:sns"], include_str!("shapes/sns.txt")),
    (&["sqs", "aws-sdk:sqs"], include_str!("shapes/sqs.txt")),
    (&["states", "aws-sdk:sfn"], include_str!("shapes/stepfunctions.txt")),
    (&["aws-sdk:sts"], include_str!("shapes/sts.txt")),
];

/// What a job that is waited for is polled with: a mocked result is the answer to that.
const POLLED: &[(&str, &str, &str)] = &[
    ("athena", "startQueryExecution", "GetQueryExecution"),
    ("batch", "submitJob", "DescribeJobs"),
    ("codebuild", "startBuild", "BatchGetBuilds"),
    ("codebuild", "startBuildBatch", "BatchGetBuildBatches"),
    ("databrew", "startJobRun", "DescribeJobRun"),
    ("ecs", "runTask", "DescribeTasks"),
    ("glue", "startJobRun", "GetJobRun"),
    ("states", "startExecution", "DescribeExecution"),
];

/// Members that an integration gives as any JSON, where the operation itself has a text.
const ANY_JSON: &[(&str, &str)] = &[("lambda", "Payload"), ("states", "Output"), ("states", "Input")];

/// Checks a mocked result of an integration.
///
/// # Errors
/// AWS's words for the first thing that doesn't fit.
pub fn check(integration: &Integration, result: &Value, mode: Mode) -> Result<(), String> {
    let (Some(table), Some(operation)) = (table(integration), operation(integration)) else { return Ok(()) };
    if mode == Mode::None {
        return Ok(());
    }
    let Some(members) = line(table, &format!("{operation}()")) else { return Ok(()) };
    let Some(object) = result.as_object() else {
        return Err("Mocked result must be a JSON object.".to_owned());
    };
    let checker = Checker { table, service: &integration.service, mode };
    checker.structure(members, object).map_err(|text| format!("Mock result schema validation error: {text}"))
}

fn table(integration: &Integration) -> Option<&'static str> {
    let named = |(names, _): &&(&[&str], &str)| names.contains(&integration.service.as_str());
    TABLES.iter().find(named).map(|(_, table)| *table)
}

/// The operation whose answer the result is. What comes with a task token may be anything.
fn operation(integration: &Integration) -> Option<String> {
    match integration.pattern {
        IntegrationPattern::WaitForTaskToken => None,
        IntegrationPattern::RequestResponse => {
            let mut name = integration.action.clone();
            name.get_mut(..1)?.make_ascii_uppercase();
            Some(name)
        }
        IntegrationPattern::Sync | IntegrationPattern::Sync2 => {
            let is_it = |(service, action, _): &&(&str, &str, &str)| {
                (*service, *action) == (integration.service.as_str(), integration.action.as_str())
            };
            POLLED.iter().find(is_it).map(|(_, _, polled)| (*polled).to_owned())
        }
    }
}

/// The members of an operation's answer or of a structure.
fn line<'t>(table: &'t str, name: &str) -> Option<&'t str> {
    table.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" ="))
}

struct Checker<'t> {
    table: &'t str,
    service: &'t str,
    mode: Mode,
}

impl Checker<'_> {
    /// Members that the structure doesn't have are no matter.
    fn structure(&self, members: &str, object: &Map<String, Value>) -> Result<(), String> {
        for member in members.split_ascii_whitespace() {
            let Some((name, shape)) = member.split_once(':') else { continue };
            let (name, is_required) = match name.strip_suffix('!') {
                Some(name) => (name, self.mode == Mode::Strict),
                None => (name, false),
            };
            match object.get(name) {
                Some(value) => self.value(name, shape, value)?,
                None if is_required => return Err(format!("Required field '{name}' is missing")),
                None => {}
            }
        }
        Ok(())
    }

    fn value(&self, name: &str, shape: &str, value: &Value) -> Result<(), String> {
        let must_be = |what: &str| Err(format!("Field '{name}' must be {what}"));
        if shape == "*" || ANY_JSON.contains(&(self.service, name)) {
            return Ok(());
        }
        if let Some(inner) = enclosed(shape, '[', ']') {
            let Some(items) = value.as_array() else { return must_be("an array") };
            return items.iter().try_for_each(|item| self.value(name, inner, item));
        }
        if let Some(inner) = enclosed(shape, '<', '>') {
            let Some(members) = value.as_object() else { return must_be("an object") };
            return members.iter().try_for_each(|(key, item)| self.value(key, inner, item));
        }
        match shape.split_at(1) {
            ("s", rule) if rule.is_empty() || rule.starts_with(|c: char| c == '(' || c.is_ascii_digit()) => {
                let Some(text) = value.as_str() else { return must_be("a string") };
                text_fits(name, rule, text)
            }
            ("n", rule) if rule.is_empty() || rule.starts_with(['>', '<']) => {
                let Some(number) = value.as_f64() else { return must_be("a number") };
                number_fits(name, rule, number)
            }
            ("b", "") if value.is_boolean() => Ok(()),
            ("b", "") => must_be("a boolean"),
            _ => match (line(self.table, shape), value.as_object()) {
                (Some(members), Some(object)) => self.structure(members, object),
                (Some(_), None) => must_be("an object"),
                (None, _) => Ok(()),
            },
        }
    }
}

fn enclosed(shape: &str, open: char, close: char) -> Option<&str> {
    shape.strip_prefix(open)?.strip_suffix(close)
}

fn text_fits(name: &str, rule: &str, text: &str) -> Result<(), String> {
    if let Some(values) = enclosed(rule, '(', ')') {
        return match values.split('|').any(|value| value == text) {
            true => Ok(()),
            false => Err(format!("Field '{name}' is not an expected value")),
        };
    }
    let least = rule.parse().unwrap_or(0);
    match text.chars().count() < least {
        true => Err(format!("Field '{name}' is smaller than the minimum length")),
        false => Ok(()),
    }
}

fn number_fits(name: &str, rule: &str, number: f64) -> Result<(), String> {
    let (least, most) = rule.split_once('<').unwrap_or((rule, ""));
    let least = least.strip_prefix('>').and_then(|least| least.parse::<f64>().ok());
    if least.is_some_and(|least| number < least) {
        return Err(format!("Field '{name}' is less than the minimum value"));
    }
    match most.parse::<f64>().is_ok_and(|most| number > most) {
        true => Err(format!("Field '{name}' exceeds the maximum value")),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn integration(service: &str, action: &str, pattern: IntegrationPattern) -> Integration {
        Integration { service: service.to_owned(), action: action.to_owned(), pattern, parameters: None }
    }

    #[test]
    fn a_result_fits_the_shape_of_the_answer_or_says_where_it_does_not() {
        use IntegrationPattern::{RequestResponse, Sync2, WaitForTaskToken};
        let cases = [
            (
                ("aws-sdk:kms", "encrypt", RequestResponse),
                json!({"CiphertextBlob": 1}),
                "Field 'CiphertextBlob' must be a string",
            ),
            (
                ("dynamodb", "getItem", RequestResponse),
                json!({"Item": {"id": {"S": 1}}}),
                "Field 'S' must be a string",
            ),
            (("dynamodb", "getItem", RequestResponse), json!({"Item": []}), "Field 'Item' must be an object"),
            (
                ("dynamodb", "getItem", RequestResponse),
                json!({"Item": {"id": {"M": {"a": {"L": [{"BOOL": 1}]}}}}}),
                "Field 'BOOL' must be a boolean",
            ),
            (
                ("events", "putEvents", RequestResponse),
                json!({"Entries": {}}),
                "Field 'Entries' must be an array",
            ),
            (
                ("events", "putEvents", RequestResponse),
                json!({"FailedEntryCount": "1"}),
                "Field 'FailedEntryCount' must be a number",
            ),
            (
                ("states", "startExecution", RequestResponse),
                json!({"ExecutionArn": "a"}),
                "Required field 'StartDate' is missing",
            ),
            (
                ("states", "startExecution", Sync2),
                json!({"ExecutionArn": "a", "StateMachineArn": "m", "Status": "OVER"}),
                "Field 'Status' is not an expected value",
            ),
            (
                ("aws-sdk:kms", "getPublicKey", RequestResponse),
                json!({"KeyId": ""}),
                "Field 'KeyId' is smaller than the minimum length",
            ),
            (
                ("aws-sdk:kms", "getKeyRotationStatus", RequestResponse),
                json!({"RotationPeriodInDays": 1}),
                "Field 'RotationPeriodInDays' is less than the minimum value",
            ),
            (
                ("aws-sdk:kms", "getKeyRotationStatus", RequestResponse),
                json!({"RotationPeriodInDays": 9999}),
                "Field 'RotationPeriodInDays' exceeds the maximum value",
            ),
            (("lambda", "invoke", RequestResponse), json!({"Payload": {"any": 1}, "More": 1}), ""),
            (("sqs", "sendMessage", WaitForTaskToken), json!([1]), ""),
            (("aws-sdk:unheardOf", "do", RequestResponse), json!(1), ""),
        ];
        for ((service, action, pattern), result, expected) in cases {
            let found = check(&integration(service, action, pattern), &result, Mode::Strict);
            let text = found
                .err()
                .map(|text| text.trim_start_matches("Mock result schema validation error: ").to_owned());
            assert_eq!(text.unwrap_or_default(), expected, "{service}:{action}");
        }
    }

    #[test]
    fn what_is_required_may_be_missing_in_the_laxer_modes() {
        let start = integration("states", "startExecution", IntegrationPattern::RequestResponse);
        assert!(check(&start, &json!({}), Mode::Strict).is_err());
        assert!(check(&start, &json!({}), Mode::Present).is_ok());
        assert!(check(&start, &json!({"StartDate": 1}), Mode::Present).is_err());
        assert!(check(&start, &json!({"StartDate": 1}), Mode::None).is_ok());
    }

    /// A name that stands for nothing would be a hole in the checks.
    #[test]
    fn every_structure_of_a_table_has_its_line() {
        for (names, table) in TABLES {
            for line_of_table in table.lines().filter(|line| !line.starts_with('#')) {
                let (_, members) = line_of_table.split_once(" =").unwrap();
                for member in members.split_ascii_whitespace() {
                    let (_, shape) = member.split_once(':').unwrap();
                    let shape = shape.trim_matches(['[', ']', '<', '>']);
                    let is_scalar = ["*", "b", "s", "n"].contains(&shape)
                        || shape.starts_with("s(")
                        || shape.strip_prefix('s').is_some_and(|rest| rest.parse::<u32>().is_ok())
                        || shape.starts_with("n>")
                        || shape.starts_with("n<");
                    // `n<5>` inside a map loses its end to the trimming above, and is a number all the same.
                    assert!(is_scalar || line(table, shape).is_some(), "{names:?}: {shape}");
                }
            }
        }
    }
}
