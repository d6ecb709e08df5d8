//! Parallel: every branch gets the state's effective input; their results, in order, are the state's.

use stepwell_asl::definition::{Parallel, State};

use crate::data_flow::Extras;
use crate::failure::Failure;
use crate::history::EventKind;
use crate::payload::Payload;
use crate::record::{ChildrenStage, FrameId, Stage};
use crate::run::Run;

pub(super) fn work(run: &mut Run, id: FrameId, state: &State, parallel: &Parallel) -> Result<(), Failure> {
    let input = run.effective_input(id, &state.data_flow)?;
    let input = run.parameters(id, state.data_flow.parameters.as_ref(), input, Extras::default())?;
    let input: Payload = run.payload(id, input)?;
    let started = run.emit_in(id, EventKind::ParallelStateStarted);
    run.frame_mut(id).stage = Stage::Children(ChildrenStage {
        results: vec![None; parallel.branches.len()],
        result_bytes: 0,
        next_index: 0,
        open: Vec::new(),
    });
    for (index, branch) in (0u32..).zip(&parallel.branches) {
        run.spawn(id, index, &branch.start_at, input.clone(), started);
    }
    Ok(())
}
