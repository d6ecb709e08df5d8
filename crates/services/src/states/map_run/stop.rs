//! A run that nobody waits for any more: its children are stopped, a few at a turn, and what it keeps is given back.

use crate::calls;
use crate::context::Context;
use crate::effect::{Continuation, DeleteMachine, Effect};
use crate::failure::Failure;
use crate::keys::Key;
use crate::rows::{Rows, RowsExt};
use crate::states::keys;
use crate::states::map_run::model::{MapRun, Phase, Place, RunStatus};
use crate::states::map_run::redrive;
use crate::states::model::Found;
use crate::states::run::Run;
use crate::tx::Tx;
use stepwell_engine::{Event, Status};
use stepwell_store::Direction;

/// Children that one turn stops.
const CHILDREN_PER_TURN: usize = 32;

/// The state that waited for a run is over.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn give_up(place: &Place, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let Some(mut run) = MapRun::at(place, tx)? else { return Ok(()) };
    if run.status == RunStatus::Running {
        run.status = RunStatus::Aborted;
        redrive::give_back(&mut run);
        run.stopped_ms = Some(context.now_ms);
        run.phase = Phase::Stopping(Vec::new());
        run.owe_turn(tx);
        run.put(tx);
    }
    Ok(())
}

/// Stops some of the children that still run, from `cursor` on.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn stop_children(
    mut run: MapRun,
    cursor: &[u8],
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let all = keys::executions(run.place.run);
    let start = if cursor.is_empty() { all.as_bytes() } else { cursor };
    let children = tx.scan(start, &all.end(), Direction::Forward, CHILDREN_PER_TURN)?;
    if let Some((last, _)) = children.last() {
        run.phase = Phase::Stopping(Key::after(last));
        run.owe_turn(tx);
        run.put(tx);
        for (key, _) in &children {
            stop(run.place.run, keys::read_execution(key)?, tx, context)?;
        }
        return Ok(());
    }
    over(run, tx)
}

fn stop(run: u64, execution: u64, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let Some(found) = Found::by_number(run, execution, tx)? else { return Ok(()) };
    if found.state.status() == Status::Running {
        let event = Event::Stop { error: None, cause: None };
        Run::of(found, tx)?.advance(event, tx, context)?;
    }
    Ok(())
}

/// Nothing is left to do. One that succeeded gives back what it keeps, and express children leave nothing behind; any other
/// keeps its children and what is left of its items, since it can be redriven, or is redriven already.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn over(mut run: MapRun, tx: &mut Tx) -> Result<(), Failure> {
    if run.status != RunStatus::Succeeded {
        redrive::release_results(&mut run, tx)?;
        run.phase = Phase::Over;
        if run.status == RunStatus::Running {
            redrive::begin(&mut run, tx);
        }
        run.put(tx);
        return Ok(());
    }
    release(&mut run, tx)?;
    run.phase = Phase::Over;
    run.put(tx);
    if run.is_express {
        tx.owe(Effect::Continue(Continuation::DeleteMachine(DeleteMachine { machine: run.place.run })));
    }
    Ok(())
}

fn release(run: &mut MapRun, tx: &mut Tx) -> Result<(), Failure> {
    calls::s3_release(&run.parts().cloned().collect::<Vec<_>>(), tx)?;
    run.source = None;
    if let Some(writer) = &mut run.writer {
        (writer.succeeded, writer.failed) = (Vec::new(), Vec::new());
    }
    Ok(())
}

/// Forgets the runs whose rows begin with `prefix`, so many at most, with all that they have; how many there were.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn forget_all_of(prefix: &Key, most: usize, tx: &mut Tx) -> Result<usize, Failure> {
    let runs = tx.rows::<MapRun>(prefix, most)?;
    for (key, mut run) in runs.iter().cloned() {
        release(&mut run, tx)?;
        tx.remove_bytes(&key);
        tx.remove(&keys::map_name(run.root, &run.name));
        let is_swept = run.is_express && run.phase == Phase::Over && run.status == RunStatus::Succeeded;
        if !is_swept {
            tx.owe(Effect::Continue(Continuation::DeleteMachine(DeleteMachine { machine: run.place.run })));
        }
    }
    Ok(runs.len())
}
