//! Which service a due timer or a completed effect belongs to: two closed tables.

use crate::context::Context;
use crate::effect::{Effect, EffectResult};
use crate::failure::Failure;
use crate::operation::AnyCommand;
use crate::rows::Rows;
use crate::timer::Timer;
use crate::tx::Tx;

/// The commands of our own that a start begins with: event source mappings that go on polling.
pub(crate) fn resumed(rows: &dyn Rows) -> Result<Vec<Box<dyn AnyCommand>>, Failure> {
    let _ = rows;
    Ok(Vec::new())
}

/// A timer is due.
pub(crate) fn due(timer: &Timer, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let _ = (tx, context);
    Err(Failure::broken(format!("a timer that nothing armed: {timer:?}")))
}

/// An effect's result came back.
pub(crate) fn completed(
    effect: Effect,
    result: &EffectResult,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    use crate::effect::Continuation::PurgeQueue;
    match (effect, result) {
        (Effect::Continue(PurgeQueue(purge)), _) => crate::sqs::purge_queue::go_on(&purge, tx, context),
        (effect, result) => {
            Err(Failure::broken(format!("a result that fits no effect: {effect:?}, {result:?}")))
        }
    }
}
