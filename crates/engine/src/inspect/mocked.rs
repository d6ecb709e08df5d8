//! Parallel and Map in a test: all that the state makes for its branches or iterations is made, and what became of them is
//! what the test says.

use std::sync::Arc;

use serde_json::Value;
use stepwell_asl::definition::{Distributed, Map, State, StateKind};

use super::Children;
use crate::context::STATE_DATA;
use crate::data_flow::Extras;
use crate::failure::Failure;
use crate::map_run::{self, Batch, MapItem};
use crate::record::{FrameId, Outcome};
use crate::run::Run;
use crate::states::{distributed, map};

const THRESHOLD_EXCEEDED: (&str, &str) =
    ("States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded");

pub(crate) fn work(run: &mut Run, id: FrameId, state: &State, children: Children) -> Result<(), Failure> {
    match &state.kind {
        StateKind::Map(map) => {
            let iterations = iterations(run, id, state, map, &children)?;
            if children.failed.is_some_and(|failed| failed > iterations) {
                run.see(|seen| seen.has_too_many_failures = true);
                run.execution.outcome = Some(Outcome::Failed { error: None, cause: None });
                return Ok(());
            }
            finish(run, id, state, children, iterations)
        }
        _ => {
            let input = run.effective_input(id, &state.data_flow)?;
            run.parameters(id, state.data_flow.parameters.as_ref(), input, Extras::default())?;
            finish(run, id, state, children, 0)
        }
    }
}

fn finish(
    run: &mut Run,
    id: FrameId,
    state: &State,
    children: Children,
    iterations: u64,
) -> Result<(), Failure> {
    let result = match children.outcome {
        Err(details) => return Err(Failure::raised(details.error, details.cause)),
        Ok(_) if is_beyond_tolerance(run, children.failed.unwrap_or(0), iterations) => {
            let (error, cause) = THRESHOLD_EXCEEDED;
            return Err(Failure::raised(Some(error.to_owned()), Some(cause.to_owned())));
        }
        Ok(result) => result,
    };
    let output = run.output(id, &state.data_flow, Arc::new(result))?;
    let at = run.frame(id).last_event;
    run.exit(id, output, &state.transition, at)
}

/// As a run's own rule: none is tolerated where neither bound is given.
fn is_beyond_tolerance(run: &Run, failed: u64, iterations: u64) -> bool {
    let Some(seen) = run.inspection.as_ref().map(|inspection| &inspection.seen) else { return false };
    match (seen.tolerated_failure_count, seen.tolerated_failure_percentage) {
        (None, None) => failed > 0,
        (count, percentage) => {
            let share = percentage.is_some_and(|most| failed as f64 * 100.0 > most * iterations as f64);
            share || count.is_some_and(|most| failed > most)
        }
    }
}

/// How many iterations there would be.
fn iterations(
    run: &mut Run,
    id: FrameId,
    state: &State,
    map: &Map,
    children: &Children,
) -> Result<u64, Failure> {
    let input = run.effective_input(id, &state.data_flow)?;
    let items = items(run, id, map, &input, children)?;
    let concurrency = map::concurrency(run, id, map, &input)?;
    run.see(|seen| seen.max_concurrency = Some(concurrency));
    let items = selected(run, id, map, &input, items)?;
    match &map.distributed {
        None => Ok(items.len() as u64),
        Some(distributed) => executions(run, id, distributed, &input, items),
    }
}

fn items(
    run: &mut Run,
    id: FrameId,
    map: &Map,
    input: &Arc<Value>,
    children: &Children,
) -> Result<Vec<MapItem>, Failure> {
    let reader = map.distributed.as_ref().and_then(|distributed| distributed.reader.as_ref());
    let Some(reader) = reader else { return state_items(run, id, map, input) };
    // Where the items stand is evaluated, and not looked at.
    let reader = distributed::reader(run, id, reader, input)?;
    let text = |name: &str| reader.parameters.get(name).and_then(Value::as_str).unwrap_or_default();
    let source: Arc<str> = format!("S3://{}/{}", text("Bucket"), text("Key")).into();
    let most = reader.max_items.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let read = children.read_items.iter().flatten().take(most).cloned();
    Ok(read.map(|(key, value)| MapItem { value, key, source: Arc::clone(&source) }).collect())
}

/// An array, or of a distributed map an object, whose members are the items.
fn state_items(run: &mut Run, id: FrameId, map: &Map, input: &Arc<Value>) -> Result<Vec<MapItem>, Failure> {
    let found = Arc::new(map::items(run, id, map, input)?);
    run.see(|seen| seen.items = Some(Arc::clone(&found)));
    let item = |key, value: &Value| MapItem { value: value.clone(), key, source: STATE_DATA.into() };
    match &*found {
        Value::Array(items) => Ok(items.iter().map(|value| item(None, value)).collect()),
        Value::Object(members) if map.distributed.is_some() => {
            Ok(members.iter().map(|(key, value)| item(Some(key.clone()), value)).collect())
        }
        other => Err(map::not_items(run, id, map, other)),
    }
}

fn selected(
    run: &mut Run,
    id: FrameId,
    map: &Map,
    input: &Arc<Value>,
    items: Vec<MapItem>,
) -> Result<Vec<Value>, Failure> {
    let Some(selector) = &map.item_selector else {
        return Ok(items.into_iter().map(MapItem::into_input).collect());
    };
    let selected = map_run::select(run, id, selector, input, (0, &items))?;
    run.see(|seen| seen.selected_items = Some(selected.clone()));
    Ok(selected)
}

/// How many child executions a distributed map would have: one for each batch, or for each item.
fn executions(
    run: &mut Run,
    id: FrameId,
    distributed: &Distributed,
    input: &Arc<Value>,
    items: Vec<Value>,
) -> Result<u64, Failure> {
    let tolerated = distributed::tolerated(run, id, distributed, input)?;
    run.see(|seen| (seen.tolerated_failure_count, seen.tolerated_failure_percentage) = tolerated);
    let Some(batcher) = &distributed.batcher else { return Ok(items.len() as u64) };
    let batch = distributed::batch(run, id, batcher, input)?;
    let batches: Vec<Value> = batches(&batch, items);
    let count = batches.len() as u64;
    run.see(|seen| seen.batches = Some(batches));
    Ok(count)
}

fn batches(batch: &Batch, items: Vec<Value>) -> Vec<Value> {
    let most = batch.max_items.filter(|most| *most > 0).unwrap_or(u64::MAX);
    let most_bytes = batch.max_bytes.filter(|most| *most > 0).unwrap_or(u64::MAX);
    let mut batches = Vec::new();
    let mut open: Vec<Value> = Vec::new();
    for item in items {
        open.push(item);
        let is_too_large = || batch.input_for(open.clone()).to_string().len() as u64 > most_bytes;
        if open.len() > 1 && (open.len() as u64 > most || (most_bytes != u64::MAX && is_too_large())) {
            let next = open.pop();
            batches.push(batch.input_for(std::mem::take(&mut open)));
            open.extend(next);
        }
    }
    if !open.is_empty() {
        batches.push(batch.input_for(open));
    }
    batches
}
