//! Wait: until a time that is given, or that the input holds. A time that has passed is no wait at all.

use std::sync::Arc;

use serde_json::Value;
use stepwell_asl::definition::{State, Wait};
use stepwell_asl::jsonata::Expression;
use stepwell_asl::path::Path;
use stepwell_asl::scope::Scope;
use stepwell_asl::template::EvalError;
use stepwell_asl::timestamp;

use crate::data_flow::Extras;
use crate::failure::Failure;
use crate::record::{FrameId, Stage};
use crate::run::Run;

/// A delay must fit into 31 bits of seconds.
const LONGEST_SECONDS: u64 = i32::MAX as u64;

pub(super) fn work(run: &mut Run, id: FrameId, state: &State, wait: &Wait) -> Result<(), Failure> {
    let input = run.effective_input(id, &state.data_flow)?;
    let until_ms = until(run, id, wait, input)?;
    if until_ms > run.environment.now_ms {
        run.frame_mut(id).stage = Stage::Waiting { until_ms };
        return Ok(());
    }
    finish(run, id, state)
}

/// The wait is over.
pub(crate) fn finish(run: &mut Run, id: FrameId, state: &State) -> Result<(), Failure> {
    let input = run.effective_input(id, &state.data_flow)?;
    let output = run.output(id, &state.data_flow, input)?;
    run.exit(id, output, &state.transition, run.frame(id).last_event)
}

fn until(run: &mut Run, id: FrameId, wait: &Wait, input: Arc<Value>) -> Result<u64, Failure> {
    let now_ms = run.environment.now_ms;
    let until_ms = match wait {
        Wait::Seconds(seconds) => now_ms.saturating_add(seconds.saturating_mul(1000)),
        Wait::Timestamp(instant) => u64::try_from(*instant).unwrap_or(0),
        Wait::SecondsPath(path) => {
            let seconds = seconds(run, id, path, &input)?;
            now_ms.saturating_add(seconds.saturating_mul(1000))
        }
        Wait::TimestampPath(path) => instant(run, id, path, &input)?,
        Wait::SecondsOf(expression) => {
            let seconds =
                run.evaluate(id, &input, Extras::default(), |scope| seconds_of(expression, scope))?;
            now_ms.saturating_add(seconds.saturating_mul(1000))
        }
        Wait::TimestampOf(expression) => {
            run.evaluate(id, &input, Extras::default(), |scope| instant_of(expression, scope))?
        }
    };
    if until_ms.saturating_sub(now_ms) / 1000 > LONGEST_SECONDS {
        return Err(run.runtime_failure(id, "Wait state delay is too long."));
    }
    Ok(until_ms)
}

fn seconds_of(expression: &Expression, scope: &mut Scope) -> Result<u64, EvalError> {
    let seconds = expression.integer(scope)?;
    u64::try_from(seconds).map_err(|_| {
        expression.query_error(format!("The Seconds field must not be negative but was: {seconds}"))
    })
}

fn instant_of(expression: &Expression, scope: &mut Scope) -> Result<u64, EvalError> {
    let text = expression.text(scope)?;
    match timestamp::parse(&text) {
        Some(instant) => Ok(u64::try_from(instant).unwrap_or(0)),
        None => Err(expression.query_error(format!(
            "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {text}"
        ))),
    }
}

fn seconds(run: &mut Run, id: FrameId, path: &Path, input: &Value) -> Result<u64, Failure> {
    let value = value(run, id, "SecondsPath", path, input)?;
    let problem = match value.as_number().filter(|number| !number.is_f64()) {
        Some(number) => match number.as_u64() {
            Some(seconds) => return Ok(seconds),
            None => "references a negative value",
        },
        None => "cannot be parsed as a long value",
    };
    Err(run.runtime_failure(
        id,
        &format!("The SecondsPath parameter {problem}: {} == {}", path.text(), plain(&value)),
    ))
}

fn instant(run: &mut Run, id: FrameId, path: &Path, input: &Value) -> Result<u64, Failure> {
    let value = value(run, id, "TimestampPath", path, input)?;
    if let Some(instant) = value.as_str().and_then(timestamp::parse) {
        return Ok(u64::try_from(instant).unwrap_or(0));
    }
    let cause = format!(
        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: \
         {} == {}",
        path.text(),
        plain(&value)
    );
    Err(run.runtime_failure(id, &cause))
}

fn value(run: &mut Run, id: FrameId, field: &str, path: &Path, input: &Value) -> Result<Value, Failure> {
    run.evaluate(id, input, Extras::default(), |scope| match path.read(scope) {
        Ok(value) => Ok(value.into_owned()),
        Err(_) => Err(EvalError::runtime(format!(
            "The {field} parameter does not reference an input value: {}",
            path.text()
        ))),
    })
}

/// Texts are shown without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
