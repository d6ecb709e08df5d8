//! Map, distributed: the state asks for a run and waits for its end, as a task does for its result. The children's histories
//! are their own; here stands only how the run began and ended.

use std::sync::Arc;

use serde_json::{Value, json};
use stepwell_asl::definition::{
    Distributed, ItemBatcher, ItemReader, Map, Percentage, Seconds as Number, State,
};
use stepwell_asl::path::Path;

use crate::data_flow::Extras;
use crate::failure::Failure;
use crate::history::{ErrorDetails, EventKind};
use crate::map_run::{Batch, Items, MapRunRequest, Reader, Writer};
use crate::record::{Attempt, FrameId, MapRunStage, Stage};
use crate::run::Run;
use crate::states::map;

/// AWS takes more, and stops there.
const MOST_ITEMS: u64 = 100_000_000;

pub(super) fn work(
    run: &mut Run,
    id: FrameId,
    state: &State,
    map: &Map,
    distributed: &Distributed,
) -> Result<(), Failure> {
    let input = run.effective_input(id, &state.data_flow)?;
    let state_items = match &distributed.reader {
        None => Some(state_items(run, id, map, &input)?),
        Some(_) => None,
    };
    let length = match &state_items {
        Some(Value::Array(items)) => items.len(),
        Some(Value::Object(members)) => members.len(),
        _ => 0,
    } as u64;
    run.emit_in(id, EventKind::MapStateStarted { length });
    if run.is_closed() {
        return Ok(());
    }
    let attempt = Attempt(run.execution.next_attempt);
    run.execution.next_attempt += 1;
    let request = request(run, id, (map, distributed), &input, state_items, attempt)?;
    run.frame_mut(id).stage = Stage::MapRun(MapRunStage { attempt, run: None });
    run.map_runs.push(request);
    Ok(())
}

/// An array, or an object whose members are the items.
fn state_items(run: &mut Run, id: FrameId, map: &Map, input: &Arc<Value>) -> Result<Value, Failure> {
    let found = map::items(run, id, map, input)?;
    match found.is_array() || found.is_object() {
        true => Ok(found),
        false => Err(map::not_items(run, id, map, &found)),
    }
}

fn request(
    run: &mut Run,
    id: FrameId,
    (map, distributed): (&Map, &Distributed),
    input: &Arc<Value>,
    state_items: Option<Value>,
    attempt: Attempt,
) -> Result<MapRunRequest, Failure> {
    let max_concurrency = map::concurrency(run, id, map, input)?;
    let (count, percentage) = tolerated(run, id, distributed, input)?;
    let items = match (&distributed.reader, state_items) {
        (Some(item_reader), _) => Items::Reader(reader(run, id, item_reader, input)?),
        (None, items) => Items::State(items.unwrap_or_else(|| json!([]))),
    };
    let batch = match &distributed.batcher {
        Some(batcher) => Some(batch(run, id, batcher, input)?),
        None => None,
    };
    let writer = match &distributed.writer {
        Some(writer) => Some(Writer {
            parameters: evaluated(run, id, writer.parameters.as_ref(), input)?,
            transformation: writer.transformation,
            is_lines: writer.is_lines,
        }),
        None => None,
    };
    Ok(MapRunRequest {
        frame: id,
        attempt,
        state: run.frame(id).state.clone(),
        is_express: distributed.is_express,
        label: distributed.label.clone(),
        processor: Arc::clone(&distributed.processor),
        items,
        max_concurrency,
        tolerated_count: count,
        tolerated_percentage: percentage,
        batch,
        writer,
    })
}

/// How many failures the state stands, and what share of its items.
pub(crate) fn tolerated(
    run: &mut Run,
    id: FrameId,
    distributed: &Distributed,
    input: &Value,
) -> Result<(Option<u64>, Option<f64>), Failure> {
    let count = number(run, id, "ToleratedFailureCount", distributed.tolerated_count.as_ref(), input)?;
    let percentage = percentage(run, id, distributed.tolerated_percentage.as_ref(), input)?;
    Ok((count, percentage))
}

pub(crate) fn reader(
    run: &mut Run,
    id: FrameId,
    reader: &ItemReader,
    input: &Arc<Value>,
) -> Result<Reader, Failure> {
    let max_items = match &reader.max_items {
        None => None,
        Some(Number::Literal(most)) => Some(*most),
        Some(Number::Path(path)) => Some(max_items_at(run, id, path, input)?),
        Some(Number::Jsonata(expression)) => Some(map::not_negative(run, id, "MaxItems", expression, input)?),
    };
    Ok(Reader {
        action: reader.action,
        parameters: evaluated(run, id, reader.parameters.as_ref(), input)?.unwrap_or_else(|| json!({})),
        data: reader.data,
        csv_delimiter: reader.csv_delimiter,
        csv_headers: reader.csv_headers.clone(),
        items_pointer: reader.items_pointer.clone(),
        // 0 means all.
        max_items: max_items.filter(|most| *most > 0).map(|most| most.min(MOST_ITEMS)),
    })
}

fn max_items_at(run: &mut Run, id: FrameId, path: &Path, input: &Value) -> Result<u64, Failure> {
    let most = integer_at(run, id, "MaxItems", path, input)?;
    u64::try_from(most).map_err(|_| {
        let cause = Some("field MaxItems must be positive".to_owned());
        Failure::raised(Some("States.ItemReaderFailed".to_owned()), cause)
    })
}

pub(crate) fn batch(
    run: &mut Run,
    id: FrameId,
    batcher: &ItemBatcher,
    input: &Arc<Value>,
) -> Result<Batch, Failure> {
    Ok(Batch {
        max_items: number(run, id, "MaxItemsPerBatch", batcher.max_items.as_ref(), input)?,
        max_bytes: number(run, id, "MaxInputBytesPerBatch", batcher.max_bytes.as_ref(), input)?,
        input: evaluated(run, id, batcher.batch_input.as_ref(), input)?,
    })
}

fn evaluated(
    run: &mut Run,
    id: FrameId,
    template: Option<&stepwell_asl::template::Template>,
    input: &Arc<Value>,
) -> Result<Option<Value>, Failure> {
    let Some(template) = template else { return Ok(None) };
    let value = run.parameters(id, Some(template), Arc::clone(input), Extras::default())?;
    Ok(Some(Arc::unwrap_or_clone(value)))
}

fn number(
    run: &mut Run,
    id: FrameId,
    name: &str,
    number: Option<&Number>,
    input: &Value,
) -> Result<Option<u64>, Failure> {
    match number {
        None => Ok(None),
        Some(Number::Literal(number)) => Ok(Some(*number)),
        Some(Number::Jsonata(expression)) => map::not_negative(run, id, name, expression, input).map(Some),
        Some(Number::Path(path)) => match u64::try_from(integer_at(run, id, name, path, input)?) {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(run.runtime_failure(id, &format!("{name} cannot be negative."))),
        },
    }
}

/// A numeric text is taken for its number.
fn integer_at(run: &mut Run, id: FrameId, name: &str, path: &Path, input: &Value) -> Result<i64, Failure> {
    let value = run.read(id, path, input)?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse::<i64>().map_err(|_| not_a(run, id, name, &text, "integer", path))
}

fn percentage(
    run: &mut Run,
    id: FrameId,
    percentage: Option<&Percentage>,
    input: &Value,
) -> Result<Option<f64>, Failure> {
    const BOUNDS: &str = "ToleratedFailurePercentage must be between 0 and 100.";
    let path = match percentage {
        None => return Ok(None),
        Some(Percentage::Jsonata(expression)) => {
            return run.evaluate(id, input, Extras::default(), |scope| {
                let value = expression.evaluate(scope)?;
                match value.as_f64() {
                    Some(percentage) if (0.0..=100.0).contains(&percentage) => Ok(Some(percentage)),
                    Some(_) => Err(expression.query_error(BOUNDS.to_owned())),
                    None => Err(expression.unexpected("number", &value)),
                }
            });
        }
        Some(Percentage::Literal(percentage)) => return Ok(Some(*percentage)),
        Some(Percentage::Path(path)) => path,
    };
    let value = run.read(id, path, input)?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.parse::<f64>() {
        Ok(percentage) if (0.0..=100.0).contains(&percentage) => Ok(Some(percentage)),
        Ok(_) => Err(run.runtime_failure(id, BOUNDS)),
        Err(_) => Err(not_a(run, id, "ToleratedFailurePercentage", &text, "float", path)),
    }
}

fn not_a(run: &Run, id: FrameId, name: &str, text: &str, kind: &str, path: &Path) -> Failure {
    let cause = format!(
        "The {name}Path field refers to value \"{text}\" which is not a valid {kind}: {}",
        path.text()
    );
    run.runtime_failure(id, &cause)
}

/// The error of a run of which more failed than is tolerated.
const TOO_MANY_FAILURES: &str = "States.ExceedToleratedFailureThreshold";

impl Run<'_, '_> {
    /// The run has begun.
    pub fn map_run_started(&mut self, id: FrameId, number: u64, map_run_arn: String) {
        self.emit_in(id, EventKind::MapRunStarted { map_run_arn });
        if let Stage::MapRun(stage) = &mut self.frame_mut(id).stage {
            stage.run = Some(number);
        }
    }

    /// The run is done. `None` is a result that is larger than a state's may be.
    pub fn map_run_succeeded(&mut self, id: FrameId, output: Option<&str>) {
        let started = self.frame(id).last_event;
        let done = self.emit_in(id, EventKind::MapRunSucceeded);
        let state = self.state(id);
        let result = output.filter(|text| text.len() <= self.facts.limits.payload_bytes);
        let Some(result) = result.and_then(|text| stepwell_asl::jackson::parse(text).ok()) else {
            self.fail(id, Failure::state_output_too_large(&state.name), done);
            return self.begins_anew(id);
        };
        self.frame_mut(id).stage = Stage::Work;
        self.emit_in(id, EventKind::MapStateSucceeded);
        let left = self
            .output(id, &state.data_flow, result.into())
            // The exit points at the beginning of the run.
            .and_then(|output| self.exit(id, output, &state.transition, started));
        if let Err(failure) = left {
            let at = self.frame(id).last_event;
            self.fail(id, failure, at);
        }
    }

    /// The run failed.
    pub fn map_run_failed(&mut self, id: FrameId, details: ErrorDetails) {
        let failure = Failure::raised(details.error.clone(), details.cause.clone());
        // Only a run of children that failed can go on with them.
        let has_failed_children = failure.error.as_deref() == Some(TOO_MANY_FAILURES);
        let at = self.emit_in(id, EventKind::MapRunFailed(details));
        self.fail(id, failure, at);
        if !has_failed_children {
            self.begins_anew(id);
        }
    }
}
