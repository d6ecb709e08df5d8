//! What the engine asks of the world for a distributed Map state: a run, whose items become executions of their own. The
//! engine says what the state's fields evaluate to; it knows neither where items stand nor how the run is kept.

use std::sync::Arc;

use serde_json::{Value, json};
use stepwell_asl::definition::{Data, ReaderAction, StateKind, StateMachine, Transformation};
use stepwell_asl::template::Template;

use crate::context::Item;
use crate::data_flow::Extras;
use crate::facts::{Environment, Facts};
use crate::failure::Failure;
use crate::history::ErrorDetails;
use crate::record::{Attempt, Execution, FrameId};
use crate::run::Run;

/// A run that is to begin.
#[derive(Clone, Debug, PartialEq)]
pub struct MapRunRequest {
    pub frame: FrameId,
    pub attempt: Attempt,
    /// The Map state.
    pub state: String,
    pub is_express: bool,
    pub label: Option<String>,
    /// The definition of the child executions, as JSON text.
    pub processor: Arc<str>,
    pub items: Items,
    /// 0 means that the definition sets no limit.
    pub max_concurrency: u64,
    /// Where neither is given, none is tolerated.
    pub tolerated_count: Option<u64>,
    /// From 0 to 100.
    pub tolerated_percentage: Option<f64>,
    pub batch: Option<Batch>,
    pub writer: Option<Writer>,
}

/// Where the items come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Items {
    /// They are the state's input, or a part of it: an array, or an object whose members are the items.
    State(Value),
    Reader(Reader),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Reader {
    pub action: ReaderAction,
    /// The evaluated `Parameters`.
    pub parameters: Value,
    pub data: Data,
    pub csv_delimiter: char,
    pub csv_headers: Option<Vec<String>>,
    pub items_pointer: Option<String>,
    pub max_items: Option<u64>,
}

/// An item on its way to a child execution.
#[derive(Clone, Debug, PartialEq)]
pub struct MapItem {
    pub value: Value,
    /// Its name, where the items are the members of an object.
    pub key: Option<String>,
    /// Where it comes from, as the context object says it.
    pub source: Arc<str>,
}

impl MapItem {
    /// What a child execution is given where no ItemSelector says otherwise: a member of an object is a pair.
    #[must_use]
    pub fn into_input(self) -> Value {
        match self.key {
            Some(key) => json!({ "Key": key, "Value": self.value }),
            None => self.value,
        }
    }
}

/// How items are put together, several to an execution.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    pub max_items: Option<u64>,
    /// Of the execution's input, in bytes.
    pub max_bytes: Option<u64>,
    pub input: Option<Value>,
}

/// Where the results go.
#[derive(Clone, Debug, PartialEq)]
pub struct Writer {
    /// The evaluated `Parameters`, where they go to S3.
    pub parameters: Option<Value>,
    pub transformation: Transformation,
    pub is_lines: bool,
}

/// What items become on their way to child executions: themselves, or what the ItemSelector of the frame's state makes of
/// them. The first of them has the index `first`.
///
/// # Errors
/// Why the selector can't be evaluated, as the state fails with it.
pub fn map_items<'a>(
    machine: &'a StateMachine,
    facts: &'a Facts<'a>,
    execution: &'a mut Execution,
    frame: FrameId,
    (first, items): (u64, Vec<MapItem>),
    environment: &'a mut Environment<'_>,
) -> Result<Vec<Value>, ErrorDetails> {
    let is_there = execution.frames.contains_key(&frame);
    let mut run = Run::new(machine, facts, execution, environment);
    if !is_there {
        return Ok(items.into_iter().map(MapItem::into_input).collect());
    }
    selected(&mut run, frame, first, items).map_err(|failure| failure.details())
}

fn selected(run: &mut Run, id: FrameId, first: u64, items: Vec<MapItem>) -> Result<Vec<Value>, Failure> {
    let state = run.state(id);
    let selector = match &state.kind {
        StateKind::Map(map) => map.item_selector.as_ref(),
        _ => None,
    };
    let Some(selector) = selector else { return Ok(items.into_iter().map(MapItem::into_input).collect()) };
    let input = run.effective_input(id, &state.data_flow)?;
    select(run, id, selector, &input, (first, &items))
}

/// What an ItemSelector makes of items, the first of which has the index `first`.
pub(crate) fn select(
    run: &mut Run,
    id: FrameId,
    selector: &Template,
    input: &Arc<Value>,
    (first, items): (u64, &[MapItem]),
) -> Result<Vec<Value>, Failure> {
    let mut selected = Vec::with_capacity(items.len());
    for (index, item) in (first..).zip(items) {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let item = Item { index, value: &item.value, key: item.key.as_deref(), source: &item.source };
        let extras = Extras { item: Some(item), ..Extras::default() };
        let value = run.parameters(id, Some(selector), Arc::clone(input), extras)?;
        selected.push(Arc::unwrap_or_clone(value));
    }
    Ok(selected)
}

impl Batch {
    /// The input of an execution for these items.
    #[must_use]
    pub fn input_for(&self, items: Vec<Value>) -> Value {
        match &self.input {
            Some(input) => json!({ "BatchInput": input, "Items": items }),
            None => json!({ "Items": items }),
        }
    }
}
