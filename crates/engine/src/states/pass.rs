//! Pass: the fixed result, or the input after Parameters, is the result.

use std::sync::Arc;

use stepwell_asl::definition::{Pass, State};

use crate::data_flow::Extras;
use crate::failure::Failure;
use crate::record::FrameId;
use crate::run::Run;

pub(super) fn work(run: &mut Run, id: FrameId, state: &State, pass: &Pass) -> Result<(), Failure> {
    let input = run.effective_input(id, &state.data_flow)?;
    let parameters = run.parameters(id, state.data_flow.parameters.as_ref(), input, Extras::default())?;
    run.see(|seen| seen.arguments = Some(Arc::clone(&parameters)));
    let result = pass.result.as_ref().map_or(parameters, |result| Arc::new(result.clone()));
    let output = run.output(id, &state.data_flow, result)?;
    run.exit(id, output, &state.transition, run.frame(id).last_event)
}
