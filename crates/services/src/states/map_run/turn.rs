//! One turn of a run: what its phase asks for, a little of it, and another turn where more is left.

use crate::calls;
use crate::context::{Caller, Context};
use crate::failure::Failure;
use crate::states::map_run::files;
use crate::states::map_run::items::{self, Item, Taken};
use crate::states::map_run::model::{Batching, MapRun, Phase, Place, RunStatus};
use crate::states::map_run::source::{Files, Source};
use crate::states::map_run::{child, redrive, results, stop};
use crate::states::{arn, run};
use crate::tx::Tx;
use serde_json::Value;
use stepwell_engine::{Batch, Event, MapItem};

/// Children that one turn begins.
const CHILDREN_PER_TURN: u64 = 16;
/// Items that one turn looks at, unless a single batch may have more.
const ITEMS_PER_TURN: u64 = 1000;
/// No batch has more: each item takes two bytes of its input at least.
const MOST_ITEMS_OF_BATCH: u64 = MOST_INPUT_BYTES / 2;
/// What a child's input may have, in bytes. AWS's.
const MOST_INPUT_BYTES: u64 = 262_144;

/// Takes a turn. A run that is gone needs none.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn go_on(place: &Place, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let Some(mut run) = MapRun::at(place, tx)? else { return Ok(()) };
    run.is_owed = false;
    run.put(tx);
    // It acts as the role that its execution has, in the account that both are in.
    let caller = Caller::root(&run.account);
    let scope = run.scope();
    context.acting_as(caller, scope, |context| match run.phase.clone() {
        Phase::Beginning => begin_children(run, tx, context),
        Phase::Gathering(cursor) => results::gather(run, &cursor, tx, context),
        Phase::Failing { error, cause } => fail(run, error, cause, tx, context),
        Phase::Stopping(cursor) => stop::stop_children(run, &cursor, tx, context),
        Phase::Over => Ok(()),
        Phase::Redriving(cursor) => redrive::redrive_children(run, &cursor, tx, context),
    })
}

/// A child's input, how many items it has, and what is left of the source after it.
struct Prepared {
    input: Value,
    items: u64,
    after: Source,
}

fn begin_children(mut run: MapRun, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let wanted = run.room().min(CHILDREN_PER_TURN);
    let Some(source) = run.source.clone().filter(|_| wanted > 0) else { return look_ahead(run, tx) };
    if let Source::Files(files) = &source
        && files.open.is_none()
    {
        return open_next(run, files.clone(), tx, context);
    }
    let of_each = run.batch.as_ref().map_or(1, |batch| batch.max_items.unwrap_or(u64::MAX));
    let of_each = of_each.min(MOST_ITEMS_OF_BATCH);
    let most = wanted.saturating_mul(of_each).min(ITEMS_PER_TURN.max(of_each));
    let most = most.min(run.items_left.unwrap_or(u64::MAX));
    let taken = match items::look(&source, usize::try_from(most).unwrap_or(usize::MAX), tx, context)? {
        Ok(taken) => taken,
        Err(cause) => return fail(run, "States.ItemReaderFailed".to_owned(), cause, tx, context),
    };
    let is_last = run.items_left == Some(taken.items.len() as u64);
    let is_all = taken.is_all || is_last;
    let prepared = match prepare(&run, taken, is_all, wanted, tx, context)? {
        Ok(prepared) => prepared,
        Err((error, cause)) => return fail(run, error, cause, tx, context),
    };
    let used: u64 = prepared.children.iter().map(|child| child.items).sum();
    run.items_left = run.items_left.map(|left| left.saturating_sub(used));
    for counts in [(&mut run.items, used), (&mut run.executions, prepared.children.len() as u64)] {
        counts.0.total += counts.1;
        counts.0.running += counts.1;
    }
    if let Some(last) = prepared.children.last() {
        run.source = Some(last.after.clone());
    }
    if is_all && prepared.is_whole {
        run.source = left_after(run.source, is_last, tx)?;
    }
    run.put(tx);
    for Prepared { input, items, .. } in prepared.children {
        child::begin(&run, input, items, tx, context)?;
    }
    // The children may have ended already, and changed the row.
    match MapRun::at(&run.place, tx)? {
        Some(run) => look_ahead(run, tx),
        None => Ok(()),
    }
}

/// The next of several files is opened, in a turn of its own.
fn open_next(mut run: MapRun, files: Files, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let parent = run.machine_name.rsplit_once('/').map_or(run.machine_name.as_str(), |(parent, _)| parent);
    let machine_arn = arn::machine(&run.scope(), parent);
    let caller = match calls::role_session(&run.role_arn, &machine_arn, &run.scope(), tx, context)? {
        Ok(caller) => caller,
        Err(cause) => return fail(run, "States.ItemReaderFailed".to_owned(), cause, tx, context),
    };
    let next = context.acting_as(caller, run.scope(), |context| files::open_next(files, tx, context))?;
    match next {
        Ok(source) => run.source = source,
        Err(cause) => return fail(run, "States.ItemReaderFailed".to_owned(), cause, tx, context),
    }
    look_ahead(run, tx)
}

/// What is left when the last item of a source, or of the file that is open, was taken.
fn left_after(source: Option<Source>, is_last: bool, tx: &mut Tx) -> Result<Option<Source>, Failure> {
    let Some(source) = source else { return Ok(None) };
    match source {
        Source::Files(files) if !is_last => files::close(files, tx).map(Source::Files).map(Some),
        source => {
            calls::s3_release(&source.parts().into_iter().cloned().collect::<Vec<_>>(), tx)?;
            Ok(None)
        }
    }
}

/// Owes a turn if there is something for it to do that no child's end brings about.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn look_ahead(mut run: MapRun, tx: &mut Tx) -> Result<(), Failure> {
    match (&run.phase, &run.source) {
        (Phase::Beginning, None) if run.executions.running == 0 => {
            if run.is_beyond_tolerance() {
                run.phase = child::beyond_tolerance();
            } else {
                run.phase = Phase::Gathering(Vec::new());
            }
            run.owe_turn(tx);
        }
        (Phase::Beginning, Some(_)) if run.room() > 0 => run.owe_turn(tx),
        _ => {}
    }
    run.put(tx);
    Ok(())
}

struct AllPrepared {
    children: Vec<Prepared>,
    /// All items that were taken are in one of them.
    is_whole: bool,
}

type Selected = Result<AllPrepared, (String, String)>;

/// Makes inputs of items: by the ItemSelector, and several together where they are batched.
fn prepare(
    run: &MapRun,
    taken: Taken,
    is_all: bool,
    wanted: u64,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Selected, Failure> {
    let (items, sources): (Vec<MapItem>, Vec<Source>) = taken.items.into_iter().map(named).unzip();
    let first = run.items.total;
    let items = match run::map_items(&run.place, run.frame, (first, items), tx, context)? {
        Ok(items) => items,
        Err(details) => {
            let error = details.error.unwrap_or_default();
            return Ok(Err((error, details.cause.unwrap_or_default())));
        }
    };
    let Some(batching) = &run.batch else {
        let children = items.into_iter().zip(sources);
        let children: Vec<_> = children.map(|(input, after)| Prepared { input, items: 1, after }).collect();
        return Ok(Ok(AllPrepared { children, is_whole: true }));
    };
    Ok(Ok(batched(batching, items, sources, is_all, wanted)))
}

fn named(Item { value, key, after }: Item) -> (MapItem, Source) {
    (MapItem { value, key, source: after.name().into() }, after)
}

fn batched(
    batching: &Batching,
    items: Vec<Value>,
    sources: Vec<Source>,
    is_all: bool,
    wanted: u64,
) -> AllPrepared {
    let batch = Batch {
        max_items: batching.max_items,
        max_bytes: batching.max_bytes,
        input: batching.input.as_deref().and_then(|text| serde_json::from_str(text).ok()),
    };
    let most_bytes = batching.max_bytes.unwrap_or(MOST_INPUT_BYTES).min(MOST_INPUT_BYTES);
    let empty_bytes = batch.input_for(Vec::new()).to_string().len() as u64;
    let mut children: Vec<Prepared> = Vec::new();
    let (mut open, mut bytes, mut last): (Vec<Value>, u64, Option<Source>) = (Vec::new(), empty_bytes, None);
    let mut close = |open: &mut Vec<Value>, last: &mut Option<Source>| {
        if let Some(after) = last.take() {
            let count = open.len() as u64;
            children.push(Prepared { input: batch.input_for(std::mem::take(open)), items: count, after });
        }
        children.len() as u64
    };
    for (item, after) in items.into_iter().zip(sources) {
        let item_bytes = item.to_string().len() as u64 + 1;
        let is_full = batch.max_items.is_some_and(|most| open.len() as u64 >= most)
            || bytes + item_bytes > most_bytes + 1;
        if is_full && last.is_some() {
            bytes = empty_bytes;
            if close(&mut open, &mut last) >= wanted {
                return AllPrepared { children, is_whole: false };
            }
        }
        bytes += item_bytes;
        open.push(item);
        last = Some(after);
    }
    // A batch that could take more waits for the next turn, unless there is nothing that it could take.
    let is_full = batch.max_items.is_some_and(|most| open.len() as u64 >= most);
    let is_first = close(&mut Vec::new(), &mut None) == 0;
    if is_all || is_full || is_first {
        close(&mut open, &mut last);
    }
    AllPrepared { children, is_whole: last.is_none() }
}

/// The run failed: its parent is told at once, and what still runs is stopped by and by.
fn fail(
    mut run: MapRun,
    error: String,
    cause: String,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    run.status = RunStatus::Failed;
    run.stopped_ms = Some(context.now_ms);
    redrive::give_back(&mut run);
    run.phase = Phase::Stopping(Vec::new());
    run.owe_turn(tx);
    run.put(tx);
    let (error, cause) = (Some(error), Some(cause));
    let event = Event::MapRunFailed { frame: run.frame, attempt: run.attempt, error, cause };
    run::deliver(run.place.machine, run.place.execution, event, tx, context).map(drop)
}
