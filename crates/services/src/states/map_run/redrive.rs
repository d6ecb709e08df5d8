//! A run that goes on with its children that didn't succeed, some at a turn and never more at a time than the run may have;
//! then with the items that it hadn't come to.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html>

use crate::calls;
use crate::context::Context;
use crate::failure::Failure;
use crate::keys::Key;
use crate::rows::Rows;
use crate::states::keys;
use crate::states::map_run::model::{Counts, MapRun, Phase, Place, RunRedriven, RunStatus, Undone};
use crate::states::map_run::turn;
use crate::states::model::{Facts, Found, State};
use crate::states::redrive::Redrivability;
use crate::states::run::Run;
use crate::tx::Tx;
use stepwell_engine::{Event, MapRunRedrive, Status};
use stepwell_store::Direction;

/// Children that one turn looks at.
const CHILDREN_PER_TURN: usize = 32;

/// The state that waits for a run was redriven. Children of the last time that are still to be stopped are stopped first.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn redrive(
    (machine, execution): (u64, u64),
    request: &MapRunRedrive,
    tx: &mut Tx,
    context: &Context,
) -> Result<Event, Failure> {
    let place = Place { machine, execution, run: request.run };
    let Some(mut run) = MapRun::at(&place, tx)? else {
        return Err(Failure::broken(format!("run {} is gone before its execution", request.run)));
    };
    let count = run.redriven.map_or(0, |redriven| redriven.count) + 1;
    run.redriven = Some(RunRedriven { count, at_ms: context.now_ms });
    run.status = RunStatus::Running;
    run.stopped_ms = None;
    if run.phase == Phase::Over {
        begin(&mut run, tx);
    }
    run.owe_turn(tx);
    run.put(tx);
    let MapRunRedrive { frame, attempt, .. } = *request;
    let (map_run_arn, redrive_count) = (run.arn(), count.into());
    Ok(Event::MapRunRedriven { frame, attempt, map_run_arn, redrive_count })
}

/// What didn't succeed waits for its turn. What was gathered of the results is gathered again.
pub fn begin(run: &mut MapRun, tx: &mut Tx) {
    tx.remove(&keys::map_output(run.place.run));
    run.executions.wait_for_redrive();
    run.items.wait_for_redrive();
    run.phase = Phase::Redriving(Vec::new());
    run.owe_turn(tx);
}

/// Redrives some children, from `cursor` on; behind the last, the run goes on with its items.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn redrive_children(
    mut run: MapRun,
    cursor: &[u8],
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    let room = run.room();
    if room == 0 {
        // A child's end brings it on.
        return Ok(());
    }
    let all = keys::executions(run.place.run);
    let start = if cursor.is_empty() { all.as_bytes() } else { cursor };
    let most = usize::try_from(room).map_or(CHILDREN_PER_TURN, |room| room.min(CHILDREN_PER_TURN));
    let children = tx.scan(start, &all.end(), Direction::Forward, most)?;
    let Some((last, _)) = children.last() else {
        run.phase = Phase::Beginning;
        return turn::look_ahead(run, tx);
    };
    run.phase = Phase::Redriving(Key::after(last));
    let mut redriven = Vec::new();
    for (key, _) in &children {
        let number = keys::read_execution(key)?;
        let found = Found::by_number(run.place.run, number, tx)?;
        let Some(found) = found.filter(|found| found.state.status() != Status::Succeeded) else { continue };
        if counted(&mut run, &found.facts, &found.state, context) {
            redriven.push(number);
        }
    }
    run.owe_turn(tx);
    run.put(tx);
    for number in redriven {
        if let Some(found) = Found::by_number(run.place.run, number, tx)? {
            Run::of(found, tx)?.redrive(None, tx, context)?;
        }
    }
    Ok(())
}

/// Counts a child that didn't succeed and was waiting: it runs now, or can't. Says which.
fn counted(run: &mut MapRun, facts: &Facts, state: &State, context: &Context) -> bool {
    let Some(child) = &facts.child else { return false };
    let can_run = Redrivability::of(facts, state, context.now_ms) == Redrivability::ByMapRun;
    for (counts, by) in [(&mut run.executions, 1), (&mut run.items, child.items)] {
        counts.come_to(state.status(), by, can_run);
    }
    can_run
}

/// A run that ends before it came to all: they are again what they were.
pub fn give_back(run: &mut MapRun) {
    run.executions.give_back();
    run.items.give_back();
}

/// What a run that can be redriven doesn't need any more: the parts of its results.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn release_results(run: &mut MapRun, tx: &mut Tx) -> Result<(), Failure> {
    let Some(writer) = &mut run.writer else { return Ok(()) };
    let parts: Vec<_> = writer.succeeded.drain(..).chain(writer.failed.drain(..)).collect();
    calls::s3_release(&parts, tx)
}

impl Counts {
    fn wait_for_redrive(&mut self) {
        let Self { failed, timed_out, aborted, .. } = *self;
        (self.failed, self.timed_out, self.aborted) = (0, 0, 0);
        self.not_redrivable = None;
        self.pending_redrive = Some(Undone { failed, timed_out, aborted });
    }

    /// Takes so many out of those that wait.
    fn come_to(&mut self, status: Status, by: u64, can_run: bool) {
        let pending = self.pending_redrive.get_or_insert_default();
        let (waiting, ended) = match status {
            Status::TimedOut => (&mut pending.timed_out, &mut self.timed_out),
            Status::Aborted => (&mut pending.aborted, &mut self.aborted),
            Status::Failed | Status::Running | Status::Succeeded => (&mut pending.failed, &mut self.failed),
        };
        *waiting = waiting.saturating_sub(by);
        if can_run {
            self.running += by;
        } else {
            *ended += by;
            *self.not_redrivable.get_or_insert_default() += by;
        }
        if self.pending_redrive == Some(Undone::default()) {
            self.pending_redrive = None;
        }
    }

    fn give_back(&mut self) {
        let Undone { failed, timed_out, aborted } = self.pending_redrive.take().unwrap_or_default();
        self.failed += failed;
        self.timed_out += timed_out;
        self.aborted += aborted;
    }
}
