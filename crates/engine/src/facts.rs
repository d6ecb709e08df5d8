//! What a step is given: the identity of the execution, fixed for its life and not stored by the engine; and the
//! environment of this one step. The engine reads no clock and no random source.

use stepwell_asl::jsonata::Allowance;
use stepwell_asl::scope::Entropy;

use crate::record::{Attempt, FrameId};

#[derive(Clone, Debug)]
pub struct Facts<'a> {
    pub execution_arn: &'a str,
    pub execution_name: &'a str,
    /// Without version or alias.
    pub state_machine_arn: &'a str,
    pub state_machine_name: &'a str,
    pub state_machine_version_arn: Option<&'a str>,
    pub state_machine_alias_arn: Option<&'a str>,
    pub role_arn: &'a str,
    pub region: &'a str,
    pub start_time_ms: u64,
    /// The caller's JSON text, verbatim. It was valid when the execution was started.
    pub input: &'a str,
    pub limits: Limits,
}

/// AWS's quotas on one execution.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of one input, output or result, in UTF-8.
    pub payload_bytes: usize,
    /// The event with this id is the last.
    pub history_events: u64,
    /// Of the whole execution, whatever its definition says.
    pub duration_ms: Option<u64>,
    /// Iterations of one inline Map state at a time.
    pub map_concurrency: u32,
    /// Of all variables of one frame.
    pub variable_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const YEAR_MS: u64 = 365 * 24 * 60 * 60 * 1000;
        Limits {
            payload_bytes: 262_144,
            history_events: 25_000,
            duration_ms: Some(YEAR_MS),
            map_concurrency: 40,
            variable_bytes: 10 * 1024 * 1024,
        }
    }
}

pub struct Environment<'a> {
    pub now_ms: u64,
    pub entropy: &'a mut dyn Entropy,
    /// The task token of an attempt.
    pub token: &'a dyn Fn(FrameId, Attempt) -> String,
    /// Whether there is an activity of this ARN: a state that names none can't be executed.
    pub has_activity: &'a dyn Fn(&str) -> bool,
    /// How many transitions this step may make before it stops with work left.
    pub budget: u32,
    /// What expressions of JSONata may do in this step. When it was asked for a verdict, the step is for nothing: it has
    /// to be made again from the same record, with the verdict known.
    pub allowance: Option<&'a Allowance>,
}
