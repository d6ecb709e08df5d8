//! Fail: the error and cause that the definition names, or that the input holds. There is no event for leaving it.

use serde_json::Value;
use stepwell_asl::definition::{Fail, FailText};

use crate::data_flow::Extras;
use crate::failure::Failure;
use crate::record::FrameId;
use crate::run::Run;

pub(super) fn work(run: &mut Run, id: FrameId, fail: &Fail) -> Result<(), Failure> {
    let error = text(run, id, &fail.error, "ErrorPath")?;
    let cause = text(run, id, &fail.cause, "CausePath")?;
    Err(Failure::raised(error, cause))
}

fn text(run: &mut Run, id: FrameId, text: &FailText, field: &str) -> Result<Option<String>, Failure> {
    let expression = match text {
        FailText::Absent => return Ok(None),
        FailText::Literal(text) => return Ok(Some(text.clone())),
        FailText::Expression(expression) => expression,
        FailText::Jsonata(expression) => {
            let input = run.raw_input(id);
            return run.evaluate(id, &input, Extras::default(), |scope| expression.text(scope)).map(Some);
        }
    };
    let input = run.raw_input(id);
    match run.evaluate(id, &input, Extras::default(), |scope| expression.evaluate(field, scope))? {
        Value::String(text) => Ok(Some(text)),
        other => {
            let cause = format!("The value of the field '{field}' must be a string but was: {other}");
            Err(run.runtime_failure(id, &cause))
        }
    }
}
