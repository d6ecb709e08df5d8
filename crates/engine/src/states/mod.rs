//! The work of each state type, done once the state has been entered. An error is a failure of the state, at the
//! frame's last event.

mod choice;
pub(crate) mod distributed;
mod fail;
pub(crate) mod map;
mod parallel;
mod pass;
mod succeed;
pub(crate) mod task;
pub(crate) mod wait;

use stepwell_asl::definition::{State, StateKind};

use crate::failure::Failure;
use crate::record::FrameId;
use crate::run::Run;

pub(crate) fn work(run: &mut Run, id: FrameId, state: &State) -> Result<(), Failure> {
    match &state.kind {
        StateKind::Task(task) => task::work(run, id, state, task),
        StateKind::Pass(pass) => pass::work(run, id, state, pass),
        StateKind::Choice(choice) => choice::work(run, id, state, choice),
        StateKind::Wait(wait) => wait::work(run, id, state, wait),
        StateKind::Succeed(_) => succeed::work(run, id, state),
        StateKind::Fail(fail) => fail::work(run, id, fail),
        StateKind::Parallel(parallel) => parallel::work(run, id, state, parallel),
        StateKind::Map(map) => match &map.distributed {
            None => map::work(run, id, state, map),
            Some(distributed) => distributed::work(run, id, state, map, distributed),
        },
    }
}
