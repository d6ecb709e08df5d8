//! A run begins: its row, its definition, and what it keeps of its items. What is wrong with them fails the run, not the
//! command: the parent sees it begin and fail.

use crate::calls::{self, StoredPart};
use crate::context::Context;
use crate::failure::Failure;
use crate::states::keys;
use crate::states::map_run::model::{
    Batching, Counts, Format, MapRun, Phase, Place, RunLimits, RunStatus, Source, StoredItems, Style, Writing,
};
use crate::states::model::{Facts, Revision};
use crate::tx::Tx;
use serde_json::Value;
use sha2::{Digest, Sha256};
use stepwell_asl::definition::{InputType, ReaderAction, Transformation};
use stepwell_engine::{Event, Items, MapRunRequest, Reader, Writer};
use stepwell_wire::ids::hex;

/// A JSON document in which the items are only a part is read whole, once: so many bytes at most.
const MOST_DOCUMENT_BYTES: u64 = 16 << 20;

/// What a run's items are, or why there are none: an error's name and cause.
type Opened = Result<(Source, Option<u64>, Option<u64>), (String, String)>;

/// Begins a run of the execution at `(machine, execution)`, and says so to its engine.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn start(
    (machine, execution): (u64, u64),
    facts: &Facts,
    request: MapRunRequest,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Event, Failure> {
    let run = tx.next_sequence();
    let place = Place { machine, execution, run };
    let root = facts.child.as_ref().map_or(machine, |child| child.root);
    let label = request.label.clone().unwrap_or_else(|| label_of(root, &request.state));
    let mut map_run = MapRun {
        place,
        root,
        frame: request.frame,
        attempt: request.attempt,
        account: facts.account.clone(),
        region: facts.region.clone(),
        machine_name: format!("{}/{label}", facts.machine_name),
        name: context.entropy.uuid(),
        parent_arn: facts.execution_arn(),
        status: RunStatus::Running,
        started_ms: context.now_ms,
        stopped_ms: None,
        limits: RunLimits {
            max_concurrency: request.max_concurrency,
            tolerated_count: request.tolerated_count,
            tolerated_percentage: request.tolerated_percentage,
        },
        is_express: request.is_express,
        batch: request.batch.as_ref().map(|batch| Batching {
            max_items: batch.max_items,
            max_bytes: batch.max_bytes,
            input: batch.input.as_ref().map(Value::to_string),
        }),
        writer: None,
        source: None,
        items_left: None,
        items_known: None,
        executions: Counts::default(),
        items: Counts::default(),
        result_bytes: 0,
        phase: Phase::Beginning,
        is_owed: false,
        role_arn: facts.role_arn.clone(),
    };
    let opened =
        match calls::role_session(&facts.role_arn, &facts.machine_arn(), &facts.scope(), tx, context)? {
            Err(cause) => Err(("States.ItemReaderFailed".to_owned(), cause)),
            Ok(caller) => context.acting_as(caller, facts.scope(), |context| {
                map_run.writer = request.writer.as_ref().map(writing);
                match writable(&map_run, tx, context)? {
                    Err(cause) => Ok(Err(("States.ResultWriterFailed".to_owned(), cause))),
                    Ok(()) => open(request.items, tx, context),
                }
            })?,
        };
    match opened {
        Ok((source, left, known)) => {
            map_run.source = Some(source);
            (map_run.items_left, map_run.items_known) = (left, known);
        }
        Err((error, cause)) => map_run.phase = Phase::Failing { error, cause },
    }
    let revision = Revision {
        definition: request.processor.to_string(),
        role_arn: facts.role_arn.clone(),
        revision_id: None,
        created_ms: context.now_ms,
        configurations: None,
    };
    tx.put(&keys::revision(run, 0), &revision);
    tx.put(&keys::map_name(root, &map_run.name), &place);
    map_run.owe_turn(tx);
    map_run.put(tx);
    let map_run_arn = map_run.arn();
    Ok(Event::MapRunStarted { frame: request.frame, attempt: request.attempt, run, map_run_arn })
}

/// A label that nobody chose: the same for all runs of a state.
fn label_of(machine: u64, state: &str) -> String {
    let digest = Sha256::new().chain_update(machine.to_be_bytes()).chain_update(state).finalize();
    let digest = hex(&digest);
    digest.get(..32).unwrap_or(&digest).to_owned()
}

fn writing(writer: &Writer) -> Writing {
    let text = |name: &str| {
        let parameters = writer.parameters.as_ref()?;
        parameters.get(name).and_then(Value::as_str).map(str::to_owned)
    };
    let prefix = text("Prefix").unwrap_or_default();
    Writing {
        target: writer.parameters.is_some().then(|| (text("Bucket").unwrap_or_default(), prefix)),
        style: match writer.transformation {
            // What stays in the state's output is compact by default.
            Transformation::None if writer.parameters.is_some() => Style::Whole,
            Transformation::None | Transformation::Compact => Style::Compact,
            Transformation::Flatten => Style::Flatten,
        },
        is_lines: writer.is_lines,
        succeeded: Vec::new(),
        failed: Vec::new(),
    }
}

/// Whether results can be written where they are to go.
fn writable(run: &MapRun, tx: &Tx, context: &Context) -> Result<Result<(), String>, Failure> {
    let target = run.writer.as_ref().and_then(|writer| writer.target.as_ref());
    match target {
        Some((bucket, _)) => calls::s3_check_bucket(bucket, tx, context),
        None => Ok(Ok(())),
    }
}

fn open(items: Items, tx: &mut Tx, context: &mut Context) -> Result<Opened, Failure> {
    match items {
        Items::State(items) => {
            let known = items.len() as u64;
            Ok(Ok((stored(&Value::Array(items), tx, context), None, Some(known))))
        }
        Items::Reader(reader) => {
            let left = reader.max_items;
            let opened = opened(reader, tx, context)?;
            Ok(match opened {
                Ok(source) => Ok((source, left, None)),
                Err(cause) => Err(("States.ItemReaderFailed".to_owned(), cause)),
            })
        }
    }
}

fn stored(items: &Value, tx: &mut Tx, context: &mut Context) -> Source {
    let text = items.to_string();
    let size = text.len() as u64;
    let parts = calls::s3_store(text.into_bytes(), tx, context).into_iter().collect();
    Source::Stored(StoredItems { parts, size, format: Format::Array, offset: 0 })
}

fn opened(reader: Reader, tx: &mut Tx, context: &mut Context) -> Result<Result<Source, String>, Failure> {
    let text = |name: &str| reader.parameters.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(bucket) = text("Bucket") else { return Ok(Err("The field 'Bucket' is required".to_owned())) };
    if reader.action == ReaderAction::ListObjectsV2 {
        if let Err(cause) = calls::s3_check_bucket(&bucket, tx, context)? {
            return Ok(Err(cause));
        }
        let prefix = text("Prefix").unwrap_or_default();
        return Ok(Ok(Source::Listing { bucket, prefix, after: text("StartAfter") }));
    }
    let Some(key) = text("Key") else { return Ok(Err("The field 'Key' is required".to_owned())) };
    let (parts, size) = match calls::s3_keep_object(&bucket, &key, tx, context)? {
        Ok(found) => found,
        Err(cause) => return Ok(Err(cause)),
    };
    if let (Some(pointer), InputType::Json) = (&reader.items_pointer, reader.input_type) {
        return pointed(pointer, &parts, size, tx, context);
    }
    let format = match reader.input_type {
        InputType::Json => Format::Array,
        InputType::JsonLines => Format::Lines,
        InputType::Csv => Format::Csv { delimiter: reader.csv_delimiter, headers: reader.csv_headers },
    };
    Ok(Ok(Source::Stored(StoredItems { parts, size, format, offset: 0 })))
}

/// The items within a document: they are kept by themselves.
fn pointed(
    pointer: &str,
    parts: &[StoredPart],
    size: u64,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Result<Source, String>, Failure> {
    let found = match size <= MOST_DOCUMENT_BYTES {
        true => {
            let bytes = calls::s3_read(parts, 0..size, tx)?;
            let document: Option<Value> = serde_json::from_slice(&bytes).ok();
            document.and_then(|mut document| document.pointer_mut(pointer).map(Value::take))
        }
        false => None,
    };
    calls::s3_release(parts, tx)?;
    Ok(match found {
        Some(items @ Value::Array(_)) => Ok(stored(&items, tx, context)),
        _ => Err(super::source::NOT_ITERABLE.to_owned()),
    })
}
