//! A running operation of a stack: a stored plan, advanced by commands until it is over.
//!
//! Each turn does a few resources and commits what it did together with how far it came, so a server that is killed goes on
//! where it stood and makes nothing twice. What takes time (a function that is made ready) is a wait: whoever ends it tells
//! the stack ([`told`]). Rollback is the same plan with the changes that were made, backwards.

mod begin;
mod facts;
mod finish;
mod make;
mod remove;
mod requester;
mod run;
mod undo;

pub use begin::{Begin, create, delete, update};
pub use facts::Known;
pub use finish::{continue_rollback, roll_back};
pub use requester::Requester;

use super::keys;
use super::model::Configuration;
use super::retention;
use crate::context::Context;
use crate::effect::{Continuation, Effect};
use crate::failure::Failure;
use crate::rows::RowsExt;
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use run::Run;
use std::collections::BTreeSet;

/// Resources that one turn makes, changes or takes away.
const RESOURCES_PER_TURN: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Plan {
    #[n(0)]
    pub kind: Kind,
    #[n(1)]
    pub phase: Phase,
    #[n(2)]
    pub requester: Requester,
    /// A UUID: names and request tokens are made of it, the same however often a step runs.
    #[n(3)]
    pub token: String,
    /// As the caller gave it; events show it.
    #[n(4)]
    pub request_token: Option<String>,
    /// What the rollback of an update brings back.
    #[n(5)]
    pub before: Option<Configuration>,
    #[n(6)]
    pub on_failure: OnFailure,
    #[n(7)]
    pub deadline_ms: Option<u64>,
    /// The exports that values were taken from so far.
    #[n(8)]
    pub imports: BTreeSet<String>,
    /// What a deletion keeps.
    #[n(9)]
    pub retain: Vec<String>,
    /// A deletion keeps what it can't take away.
    #[n(10)]
    pub force: bool,
    /// The change set that is executed.
    #[n(11)]
    pub change_set: Option<u64>,
    /// Resources with a policy to retain go with a stack that could not be made.
    #[n(12)]
    pub retain_except_on_create: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Kind {
    #[n(0)]
    Create,
    #[n(1)]
    Update,
    #[n(2)]
    Delete,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Phase {
    /// Resources are made and changed.
    #[n(0)]
    Make,
    /// After an update: what was replaced and what left goes.
    #[n(1)]
    CleanUp,
    /// What an update changed is changed back.
    #[n(2)]
    Undo,
    /// After that: what the update had made goes.
    #[n(3)]
    UndoCleanUp,
    /// The stack could not be made: all goes.
    #[n(4)]
    RollBack,
    #[n(5)]
    Delete,
    /// The rollback of an update failed; it waits to be continued.
    #[n(6)]
    Stuck,
}

/// What becomes of a stack that can't be made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum OnFailure {
    #[n(0)]
    Rollback,
    #[n(1)]
    DoNothing,
    #[n(2)]
    Delete,
}

impl OnFailure {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rollback => "ROLLBACK",
            Self::DoNothing => "DO_NOTHING",
            Self::Delete => "DELETE",
        }
    }
}

/// What a turn came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// There is more to do now.
    Turn,
    /// There is more to do when something is ready.
    Wait,
    /// The operation is over.
    Over,
}

/// Takes the next turn of a stack's operation. A turn that comes late, or twice, finds nothing to do.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn advance(stack: u64, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let Some(plan) = tx.row::<Plan>(&keys::plan(stack))? else {
        return retention::sweep(stack, tx, context);
    };
    if plan.phase == Phase::Stuck {
        return Ok(());
    }
    let mut run = Run::load(stack, plan, tx)?;
    let requester = run.plan.requester.clone();
    let next = requester.acting(context, |context| {
        if run.is_too_late(context) {
            return make::too_late(&mut run, tx, context);
        }
        match run.plan.phase {
            Phase::Make => make::turn(&mut run, tx, context),
            Phase::Undo => undo::turn(&mut run, tx, context),
            Phase::CleanUp | Phase::UndoCleanUp | Phase::RollBack | Phase::Delete => {
                remove::turn(&mut run, tx, context)
            }
            Phase::Stuck => Ok(Next::Over),
        }
    })?;
    run.save(next, tx);
    Ok(())
}

/// Something is ready, or never will be: the stack that waits for it goes on.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn told(what: &str, tx: &mut Tx) -> Result<(), Failure> {
    let key = keys::wait(what);
    if let Some(stack) = tx.row::<u64>(&key)? {
        tx.remove(&key);
        go_on(stack, tx);
    }
    Ok(())
}

/// Owes the next turn.
fn go_on(stack: u64, tx: &mut Tx) {
    tx.owe(Effect::Continue(Continuation::Stack(stack)));
}
