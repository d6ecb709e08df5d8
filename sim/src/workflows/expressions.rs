//! A state machine in JSONata whose expressions are too heavy for a command: they are evaluated elsewhere, and what they come to
//! is known beforehand.

use crate::ask::queue_url;
use serde_json::{Value, json};

/// Its name.
pub const WEIGH: &str = "weigh";
/// The error that a heavy expression ends with.
pub const REFUSED: &str = "States.QueryEvaluationError";

/// Numbers that are summed up for each of `n`.
const PORTION: u64 = 2000;
const MODULUS: u64 = 7;

/// Weighs in a state without effects, in the arguments of one that sends, and where it fails after all.
pub fn weigh() -> Value {
    let sum = format!("$sum($map([1..($n + 1) * {PORTION}], function($v) {{ $v % {MODULUS} }}))");
    let body = format!("{{% '<<' & $states.context.Execution.Name & '-weighed>> ' & {sum} %}}");
    json!({"QueryLanguage": "JSONata", "StartAt": "Take", "States": {
        "Take": {"Type": "Pass", "Assign": {"n": "{% $states.input.n %}"}, "Next": "Weigh"},
        "Weigh": {"Type": "Pass", "Assign": {"weight": format!("{{% {sum} %}}")}, "Next": "TellWeight"},
        "TellWeight": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
                 "Arguments": {"QueueUrl": queue_url("work-0"), "MessageBody": body}, "Next": "Refuse"},
        "Refuse": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
                   "Arguments": {"QueueUrl": queue_url("work-0"),
                                 "MessageBody": format!("{{% ({sum}; $error('weighed')) %}}")},
                   "Catch": [{"ErrorEquals": [REFUSED], "Next": "Done",
                              "Assign": {"refused": "{% $states.errorOutput.Error %}"}}],
                   "Next": "Unrefused"},
        "Done": {"Type": "Succeed", "Output": {"n": "{% $n %}", "sum": "{% $weight %}", "refused": "{% $refused %}"}},
        "Unrefused": {"Type": "Fail", "Error": "Unrefused"}
    }})
}

/// The output for this `n`.
#[must_use]
pub fn weighed(n: u64) -> Value {
    let sum: u64 = (1..=(n + 1) * PORTION).map(|value| value % MODULUS).sum();
    json!({"n": n, "sum": sum, "refused": REFUSED})
}
