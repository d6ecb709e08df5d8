//! Succeed: the container ends with the state's output.

use stepwell_asl::definition::State;

use crate::failure::Failure;
use crate::record::FrameId;
use crate::run::Run;

pub(super) fn work(run: &mut Run, id: FrameId, state: &State) -> Result<(), Failure> {
    let input = run.effective_input(id, &state.data_flow)?;
    let output = run.output(id, &state.data_flow, input)?;
    run.exit(id, output, &state.transition, run.frame(id).last_event)
}
