//! Removing what belonged to a deleted group or stream, a bounded number of rows a turn.

use crate::context::Context;
use crate::effect::{Continuation, Effect, ForgetLogs};
use crate::failure::Failure;
use crate::logs::keys;
use crate::logs::model::LogStream;
use crate::rows::{Rows, RowsExt};
use crate::tx::Tx;
use stepwell_store::Direction;

/// Removes a turn's worth, and owes the rest.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn go_on(what: &ForgetLogs, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let mut budget = context.settings.rows_per_command;
    match what {
        ForgetLogs::Stream(stream) => forget_events(*stream, &mut budget, tx)?,
        ForgetLogs::Group(group) => forget_streams(*group, &mut budget, tx)?,
    }
    if budget == 0 {
        tx.owe(Effect::Continue(Continuation::ForgetLogs(what.clone())));
    }
    Ok(())
}

fn forget_streams(group: u64, budget: &mut usize, tx: &mut Tx) -> Result<(), Failure> {
    while *budget > 0 {
        let streams = tx.rows::<LogStream>(&keys::streams(group), 1)?;
        let Some((key, stream)) = streams.first() else { break };
        forget_events(stream.id, budget, tx)?;
        // A stream stays as long as it has events: it is how they are found.
        if *budget > 0 {
            tx.remove_bytes(key);
            *budget -= 1;
        }
    }
    Ok(())
}

fn forget_events(stream: u64, budget: &mut usize, tx: &mut Tx) -> Result<(), Failure> {
    let all = keys::all_events(stream);
    let rows = tx.scan(all.as_bytes(), &all.end(), Direction::Forward, *budget)?;
    for (key, _) in &rows {
        tx.remove_bytes(key);
    }
    *budget -= rows.len();
    Ok(())
}
