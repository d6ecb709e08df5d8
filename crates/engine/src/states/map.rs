//! Map, inline: an iteration for each item, as many at a time as the state allows. Iterations begin as others end.

use std::sync::Arc;

use serde_json::Value;
use stepwell_asl::definition::{Map, QueryLanguage, Seconds as Number, State};
use stepwell_asl::jsonata::Expression;
use stepwell_asl::template::{EvalError, Template};

use crate::context::{Item, STATE_DATA};
use crate::data_flow::Extras;
use crate::failure::Failure;
use crate::history::EventKind;
use crate::record::{ChildrenStage, FrameId, Stage};
use crate::run::Run;

/// What the iterations are made of: a function of the state's input and variables, so it is never stored.
#[derive(Clone)]
pub(crate) struct Plan {
    /// The state's effective input, which is `$` of the ItemSelector.
    input: Arc<Value>,
    items: Arc<Vec<Value>>,
    concurrency: usize,
}

pub(super) fn work(run: &mut Run, id: FrameId, state: &State, map: &Map) -> Result<(), Failure> {
    let plan = plan(run, id, state, map)?;
    let length = plan.items.len();
    run.maps.insert(id, plan);
    let started = run.emit_in(id, EventKind::MapStateStarted { length: length as u64 });
    run.frame_mut(id).stage = Stage::Children(ChildrenStage {
        results: vec![None; length],
        result_bytes: 0,
        next_index: 0,
        open: Vec::new(),
    });
    if length == 0 {
        return run.all_succeeded(id, started);
    }
    begin(run, id, map, started)
}

/// The first iterations. When one of them can't begin, those before it have not done anything yet.
fn begin(run: &mut Run, id: FrameId, map: &Map, started: u64) -> Result<(), Failure> {
    next_iterations(run, id, map, started).inspect_err(|_| run.give_up_iterations(id, started))
}

/// Begins as many iterations as there is room for; each first event points at `previous`.
pub(crate) fn next_iterations(run: &mut Run, id: FrameId, map: &Map, previous: u64) -> Result<(), Failure> {
    let state = run.state(id);
    let plan = match run.maps.get(&id) {
        Some(plan) => plan.clone(),
        None => {
            let plan = plan(run, id, state, map)?;
            run.maps.insert(id, plan.clone());
            plan
        }
    };
    while let Some(index) = room(run, id, &plan) {
        iteration(run, id, map, &plan, index, previous)?;
    }
    Ok(())
}

/// The index of the next iteration, if there is one and it may begin.
fn room(run: &Run, id: FrameId, plan: &Plan) -> Option<u32> {
    let children = run.children(id)?;
    let may_begin =
        children.open.len() < plan.concurrency && (children.next_index as usize) < plan.items.len();
    (may_begin && !run.is_closed()).then_some(children.next_index)
}

fn iteration(
    run: &mut Run,
    id: FrameId,
    map: &Map,
    plan: &Plan,
    index: u32,
    previous: u64,
) -> Result<(), Failure> {
    let Some(item) = plan.items.get(index as usize) else { return Ok(()) };
    let shown = Item { index, value: item, key: None, source: STATE_DATA };
    let extras = Extras { item: Some(shown), ..Extras::default() };
    let input = match &map.item_selector {
        None => Arc::new(item.clone()),
        selector => run.parameters(id, selector.as_ref(), Arc::clone(&plan.input), extras)?,
    };
    let input = run.payload(id, input)?;
    let item = run.payload(id, Arc::new(item.clone()))?;
    let name = run.frame(id).state.clone();
    let started = run.emit(previous, EventKind::MapIterationStarted { name, index: index.into() });
    if let Some(children) = run.children_mut(id) {
        children.next_index += 1;
    }
    let child = run.spawn(id, index, &map.processor.start_at, input, started);
    run.frame_mut(child).item = Some(item);
    Ok(())
}

fn plan(run: &mut Run, id: FrameId, state: &State, map: &Map) -> Result<Plan, Failure> {
    let input = run.effective_input(id, &state.data_flow)?;
    let items = match items(run, id, map, &input)? {
        Value::Array(items) => items,
        other => return Err(not_items(run, id, map, &other)),
    };
    let own = concurrency(run, id, map, &input)?;
    let most = u64::from(run.facts.limits.map_concurrency);
    let concurrency = if own == 0 { most } else { own.min(most) } as usize;
    Ok(Plan { input, items: Arc::new(items), concurrency })
}

/// What the state maps over.
/// What the definition says that the items are, whatever it is.
pub(crate) fn items(run: &mut Run, id: FrameId, map: &Map, input: &Arc<Value>) -> Result<Value, Failure> {
    match (run.state(id).language, &map.items_path) {
        (QueryLanguage::JsonPath, None) => Ok(Value::clone(input)),
        (QueryLanguage::JsonPath, Some(path)) => run.read(id, path, input),
        (QueryLanguage::Jsonata, _) => {
            let found = run.parameters(id, map.items.as_ref(), Arc::clone(input), Extras::default())?;
            Ok(Arc::unwrap_or_clone(found))
        }
    }
}

/// Why a value can't be iterated over.
pub(crate) fn not_items(run: &mut Run, id: FrameId, map: &Map, found: &Value) -> Failure {
    if run.state(id).language == QueryLanguage::JsonPath {
        let path = map.items_path.as_ref().map_or("$", |path| path.text());
        return run.runtime_failure(id, &format!("Reference path \"{path}\" must point to array."));
    }
    let problem = match map.items.as_ref().and_then(Template::as_jsonata) {
        Some(expression) => expression.unexpected("array", found),
        None => EvalError::query(format!("Map state input must be an array but was: {found}"), None),
    };
    run.failure_in_state(id, &problem)
}

/// 0 means that the definition sets no limit. A numeric text is taken for its number.
pub(crate) fn concurrency(run: &mut Run, id: FrameId, map: &Map, input: &Value) -> Result<u64, Failure> {
    let path = match &map.max_concurrency {
        None => return Ok(0),
        Some(Number::Literal(most)) => return Ok(*most),
        Some(Number::Jsonata(expression)) => {
            return not_negative(run, id, "MaxConcurrency", expression, input);
        }
        Some(Number::Path(path)) => path,
    };
    let value = run.read(id, path, input)?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.parse::<i64>() {
        Ok(most) => {
            u64::try_from(most).map_err(|_| run.runtime_failure(id, "MaxConcurrency cannot be negative."))
        }
        Err(_) => {
            let cause = format!(
                "The MaxConcurrencyPath field refers to value \"{text}\" which is not a valid integer: {}",
                path.text()
            );
            Err(run.runtime_failure(id, &cause))
        }
    }
}

/// A number that an expression gives.
pub(super) fn not_negative(
    run: &mut Run,
    id: FrameId,
    field: &str,
    expression: &Expression,
    input: &Value,
) -> Result<u64, Failure> {
    run.evaluate(id, input, Extras::default(), |scope| {
        let number = expression.integer(scope)?;
        u64::try_from(number).map_err(|_| expression.query_error(format!("{field} cannot be negative.")))
    })
}
