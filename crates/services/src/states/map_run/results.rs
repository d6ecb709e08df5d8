//! The results of a run whose children have all ended, gathered some at a turn in the order of the items: into the state's
//! output, or into files of a bucket. <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>

use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::row;
use crate::rows::{Rows, RowsExt};
use crate::states::keys;
use crate::states::map_run::model::{MapRun, Phase, RunStatus, Style, Writing};
use crate::states::map_run::{stop, written};
use crate::states::model::{Facts, State};
use crate::states::run;
use crate::tx::Tx;
use serde_json::Value;
use stepwell_engine::{Event, Outcome};
use stepwell_store::Direction;

/// Children whose results one turn gathers.
const CHILDREN_PER_TURN: usize = 200;
/// A state's output has so many bytes at most. AWS's.
const MOST_OUTPUT_BYTES: u64 = 262_144;

/// What a turn found: entries of the file or of the array of successes, and of that of failures.
#[derive(Default)]
struct Entries {
    succeeded: Vec<String>,
    failed: Vec<String>,
}

/// Gathers the results of some children, from `cursor` on; behind the last, the run is done.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn gather(mut run: MapRun, cursor: &[u8], tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let is_exported = run.writer.as_ref().is_some_and(|writer| writer.target.is_some());
    if !is_exported && run.result_bytes > MOST_OUTPUT_BYTES {
        return succeed(run, None, tx, context);
    }
    let all = keys::executions(run.place.run);
    let start = if cursor.is_empty() { all.as_bytes() } else { cursor };
    let children = tx.scan(start, &all.end(), Direction::Forward, CHILDREN_PER_TURN)?;
    let Some((last, _)) = children.last() else { return finish(run, is_exported, tx, context) };
    run.phase = Phase::Gathering(Key::after(last));
    let mut entries = Entries::default();
    let style = run.writer.as_ref().map_or(Style::Compact, |writer| writer.style);
    for (key, value) in &children {
        let facts: Facts = row::decode(value)?;
        let state = tx.row::<State>(&keys::state(run.place.run, keys::read_execution(key)?))?;
        let state = state.ok_or_else(|| Failure::broken("a child without a state"))?;
        entry(&facts, &state, style, is_exported, &mut entries);
    }
    if let Some(writer) = run.writer.as_mut().filter(|_| is_exported) {
        keep_files(writer, &entries, tx, context)?;
    } else if keep_output(&run, &entries, tx)? > MOST_OUTPUT_BYTES {
        tx.remove(&keys::map_output(run.place.run));
        return succeed(run, None, tx, context);
    }
    run.owe_turn(tx);
    run.put(tx);
    Ok(())
}

fn entry(facts: &Facts, state: &State, style: Style, is_exported: bool, entries: &mut Entries) {
    match state.engine.outcome() {
        Some(Outcome::Succeeded { output }) => match style {
            Style::Whole => entries.succeeded.push(written::whole(facts, state)),
            Style::Compact => entries.succeeded.push(output.clone()),
            Style::Flatten => match serde_json::from_str(output) {
                Ok(Value::Array(items)) => entries.succeeded.extend(items.iter().map(Value::to_string)),
                _ => entries.succeeded.push(output.clone()),
            },
        },
        _ if is_exported => entries.failed.push(written::whole(facts, state)),
        // Where failures are tolerated, an item's place in the output says what went wrong.
        outcome => entries.succeeded.push(written::failure(outcome)),
    }
}

/// What was gathered so far stands in a row of its own; how many bytes that is.
fn keep_output(run: &MapRun, entries: &Entries, tx: &mut Tx) -> Result<u64, Failure> {
    let key = keys::map_output(run.place.run);
    let mut gathered: String = tx.row(&key)?.unwrap_or_default();
    let separator = separator(run.writer.as_ref());
    for entry in &entries.succeeded {
        if !gathered.is_empty() {
            gathered.push_str(separator);
        }
        gathered.push_str(entry);
    }
    tx.put(&key, &gathered);
    Ok(gathered.len() as u64)
}

fn separator(writer: Option<&Writing>) -> &'static str {
    if writer.is_some_and(|writer| writer.is_lines) { "\n" } else { "," }
}

/// A file's part is what one turn brings; the first of them opens the array.
fn keep_files(
    writer: &mut Writing,
    entries: &Entries,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let separator = separator(Some(writer));
    let is_lines = writer.is_lines;
    for (parts, entries) in
        [(&mut writer.succeeded, &entries.succeeded), (&mut writer.failed, &entries.failed)]
    {
        if entries.is_empty() {
            continue;
        }
        let opening = match (parts.is_empty(), is_lines) {
            (true, true) => "",
            (true, false) => "[",
            (false, _) => separator,
        };
        let text = [opening, &entries.join(separator)].concat();
        parts.extend(calls::s3_store(text.into_bytes(), tx, context));
    }
    Ok(())
}

fn finish(mut run: MapRun, is_exported: bool, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    if is_exported {
        return match written::export(&mut run, tx, context)? {
            Ok(output) => succeed(run, Some(output), tx, context),
            Err(cause) => {
                run.phase = Phase::Failing { error: "States.ResultWriterFailed".to_owned(), cause };
                run.owe_turn(tx);
                run.put(tx);
                Ok(())
            }
        };
    }
    let key = keys::map_output(run.place.run);
    let gathered: String = tx.row(&key)?.unwrap_or_default();
    tx.remove(&key);
    let output = match run.writer.as_ref().is_some_and(|writer| writer.is_lines) {
        true => Value::from(gathered).to_string(),
        false => format!("[{gathered}]"),
    };
    succeed(run, Some(output), tx, context)
}

fn succeed(
    mut run: MapRun,
    output: Option<String>,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    run.status = RunStatus::Succeeded;
    run.stopped_ms = Some(context.now_ms);
    let place = run.place;
    let event = Event::MapRunSucceeded { frame: run.frame, attempt: run.attempt, output };
    stop::over(run, tx)?;
    run::deliver(place.machine, place.execution, event, tx, context).map(drop)
}
