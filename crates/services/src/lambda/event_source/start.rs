//! Pollers begin: with a mapping, after a change of it, when its function or its queue is there, and after a restart.

use super::mapping::{Mapping, MappingState};
use super::poll::PollMapping;
use crate::context::Context;
use crate::failure::{Failure, WaitOn};
use crate::keys::{Family, Key, Scope};
use crate::lambda::keys;
use crate::operation::{AnyCommand, Reply};
use crate::rows::{Rows, RowsExt};
use crate::tx::Tx;

/// Writes a mapping in a state of passage, which another turn ends.
pub fn put_and_settle(mapping: &Mapping, tx: &mut Tx) {
    tx.put(&keys::mapping(&mapping.scope(), &mapping.uuid), mapping);
    tx.then(SettleMapping { scope: mapping.scope(), uuid: mapping.uuid.clone() });
}

/// Brings a mapping to the state that it was on its way to.
struct SettleMapping {
    scope: Scope,
    uuid: String,
}

impl AnyCommand for SettleMapping {
    fn name(&self) -> &'static str {
        "SettleMapping"
    }

    fn apply_any(&self, tx: &mut Tx, _: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        let key = keys::mapping(&self.scope, &self.uuid);
        let Some(mut mapping) = tx.row::<Mapping>(&key)? else { return Ok(Box::new(())) };
        match mapping.state.settled() {
            None => {
                tx.remove(&key);
                dismiss(&mapping, tx)?;
            }
            Some(MappingState::Enabled) => {
                mapping.state = MappingState::Enabled;
                start(mapping, tx)?;
            }
            Some(state) => {
                mapping.state = state;
                mapping.generation += 1;
                tx.put(&key, &mapping);
                dismiss(&mapping, tx)?;
            }
        }
        Ok(Box::new(()))
    }
}

/// Starts a mapping's pollers, and has those of before end.
fn start(mut mapping: Mapping, tx: &mut Tx) -> Result<(), Failure> {
    mapping.generation += 1;
    tx.put(&keys::mapping(&mapping.scope(), &mapping.uuid), &mapping);
    dismiss(&mapping, tx)?;
    for slot in 0..mapping.concurrency() {
        tx.then(PollMapping::new(&mapping, slot));
    }
    Ok(())
}

/// Has whoever waits for the queue look again: pollers of an older generation see that they are over.
fn dismiss(mapping: &Mapping, tx: &mut Tx) -> Result<(), Failure> {
    if let Some(queue) = crate::calls::SourceQueue::by_arn(&mapping.event_source_arn, tx)? {
        tx.wake_all(WaitOn::Queue(queue.id));
    }
    Ok(())
}

/// Starts the enabled mappings of an account and region that `is_meant` says.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn start_where(scope: &Scope, tx: &mut Tx, is_meant: impl Fn(&Mapping) -> bool) -> Result<(), Failure> {
    for mapping in Mapping::all(scope, tx)? {
        if mapping.state == MappingState::Enabled && is_meant(&mapping) {
            start(mapping, tx)?;
        }
    }
    Ok(())
}

/// The commands that a start of the server begins with: every mapping comes to its state, and its pollers with it.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn resumed(rows: &dyn Rows) -> Result<Vec<Box<dyn AnyCommand>>, Failure> {
    let mappings = rows.rows::<Mapping>(&Key::new(Family::EventSourceMapping), usize::MAX)?;
    let unsettled = mappings.into_iter().filter(|(_, mapping)| mapping.state != MappingState::Disabled);
    let settle = |(_, mapping): (_, Mapping)| {
        let command = SettleMapping { scope: mapping.scope(), uuid: mapping.uuid };
        Box::new(command) as Box<dyn AnyCommand>
    };
    Ok(unsettled.map(settle).collect())
}
