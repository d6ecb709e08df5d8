//! The execution history as AWS records it: one event for each thing that happened, in order, each pointing at the
//! event that caused it. The list of kinds is closed and is the whole of what GetExecutionHistory can show.
//! `to_json` gives exactly the API's shape; the CBOR form has numbered fields, so newer binaries read older rows.

mod json;

use minicbor::{Decode, Encode};

use crate::record::CorruptRecord;

/// One event of the history. Ids are 1, 2, 3… without gaps; the first state entered has the previous event 0.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct HistoryEvent {
    #[n(0)]
    pub id: u64,
    #[n(1)]
    pub previous_event_id: u64,
    #[n(2)]
    pub timestamp_ms: u64,
    #[n(3)]
    pub kind: EventKind,
}

impl HistoryEvent {
    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("encoding to memory can't fail")
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, CorruptRecord> {
        minicbor::decode(bytes).map_err(CorruptRecord::from)
    }

    /// The events of one commit are one row.
    pub fn encode_many(events: &[Self]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256 * events.len());
        minicbor::encode(events, &mut bytes).expect("encoding to memory can't fail");
        bytes
    }

    pub fn decode_many(bytes: &[u8]) -> Result<Vec<Self>, CorruptRecord> {
        minicbor::decode(bytes).map_err(CorruptRecord::from)
    }
}

/// The type of a state, as it stands in the names of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum StateType {
    #[n(0)]
    Task,
    #[n(1)]
    Pass,
    #[n(2)]
    Choice,
    #[n(3)]
    Wait,
    #[n(4)]
    Succeed,
    #[n(5)]
    Fail,
    #[n(6)]
    Parallel,
    #[n(7)]
    Map,
}

/// Error and cause; both may be absent, which AWS shows as an empty object.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ErrorDetails {
    #[n(0)]
    pub error: Option<String>,
    #[n(1)]
    pub cause: Option<String>,
}

/// `sqs` and `sendMessage.waitForTaskToken`, for example.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct TaskResource {
    #[n(0)]
    pub resource_type: String,
    #[n(1)]
    pub resource: String,
}

/// A variable and the JSON text of its value.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct AssignedVariable {
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub value: String,
}

/// Everything that can stand in a history. Inputs, outputs, parameters and causes are JSON texts or plain texts,
/// never parsed again.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum EventKind {
    #[n(0)]
    #[cbor(map)]
    ExecutionStarted {
        #[n(0)]
        input: String,
        #[n(1)]
        role_arn: String,
        #[n(2)]
        state_machine_alias_arn: Option<String>,
        #[n(3)]
        state_machine_version_arn: Option<String>,
    },
    #[n(1)]
    #[cbor(map)]
    ExecutionSucceeded {
        #[n(0)]
        output: String,
    },
    #[n(2)]
    ExecutionFailed(#[n(0)] ErrorDetails),
    #[n(3)]
    ExecutionAborted(#[n(0)] ErrorDetails),
    #[n(4)]
    ExecutionTimedOut(#[n(0)] ErrorDetails),

    #[n(10)]
    #[cbor(map)]
    StateEntered {
        #[n(0)]
        state_type: StateType,
        #[n(1)]
        name: String,
        #[n(2)]
        input: String,
    },
    #[n(11)]
    #[cbor(map)]
    StateExited {
        #[n(0)]
        state_type: StateType,
        #[n(1)]
        name: String,
        #[n(2)]
        output: String,
        #[n(3)]
        assigned_variables: Vec<AssignedVariable>,
    },
    #[n(12)]
    #[cbor(map)]
    StateAborted {
        #[n(0)]
        state_type: StateType,
    },

    #[n(20)]
    #[cbor(map)]
    TaskScheduled {
        #[n(0)]
        resource: TaskResource,
        #[n(1)]
        region: String,
        #[n(2)]
        parameters: String,
        #[n(3)]
        timeout_in_seconds: Option<u64>,
        #[n(4)]
        heartbeat_in_seconds: Option<u64>,
        #[n(5)]
        credentials_role_arn: Option<String>,
    },
    #[n(21)]
    TaskStarted(#[n(0)] TaskResource),
    #[n(22)]
    #[cbor(map)]
    TaskSubmitted {
        #[n(0)]
        resource: TaskResource,
        #[n(1)]
        output: String,
    },
    #[n(23)]
    #[cbor(map)]
    TaskSucceeded {
        #[n(0)]
        resource: TaskResource,
        #[n(1)]
        output: String,
    },
    #[n(24)]
    TaskFailed(#[n(0)] TaskResource, #[n(1)] ErrorDetails),
    #[n(25)]
    TaskTimedOut(#[n(0)] TaskResource, #[n(1)] ErrorDetails),
    #[n(26)]
    TaskStartFailed(#[n(0)] TaskResource, #[n(1)] ErrorDetails),
    #[n(27)]
    TaskSubmitFailed(#[n(0)] TaskResource, #[n(1)] ErrorDetails),

    #[n(30)]
    #[cbor(map)]
    LambdaFunctionScheduled {
        #[n(0)]
        resource: String,
        #[n(1)]
        input: String,
        #[n(2)]
        timeout_in_seconds: Option<u64>,
        #[n(3)]
        credentials_role_arn: Option<String>,
    },
    #[n(31)]
    LambdaFunctionStarted,
    #[n(32)]
    #[cbor(map)]
    LambdaFunctionSucceeded {
        #[n(0)]
        output: String,
    },
    #[n(33)]
    LambdaFunctionFailed(#[n(0)] ErrorDetails),
    #[n(34)]
    LambdaFunctionTimedOut(#[n(0)] ErrorDetails),
    #[n(35)]
    LambdaFunctionScheduleFailed(#[n(0)] ErrorDetails),
    #[n(36)]
    LambdaFunctionStartFailed(#[n(0)] ErrorDetails),

    #[n(40)]
    #[cbor(map)]
    ActivityScheduled {
        #[n(0)]
        resource: String,
        #[n(1)]
        input: String,
        #[n(2)]
        timeout_in_seconds: Option<u64>,
        #[n(3)]
        heartbeat_in_seconds: Option<u64>,
    },
    #[n(41)]
    #[cbor(map)]
    ActivityStarted {
        #[n(0)]
        worker_name: Option<String>,
    },
    #[n(42)]
    #[cbor(map)]
    ActivitySucceeded {
        #[n(0)]
        output: String,
    },
    #[n(43)]
    ActivityFailed(#[n(0)] ErrorDetails),
    #[n(44)]
    ActivityTimedOut(#[n(0)] ErrorDetails),
    #[n(45)]
    ActivityScheduleFailed(#[n(0)] ErrorDetails),

    #[n(50)]
    ParallelStateStarted,
    #[n(51)]
    ParallelStateSucceeded,
    #[n(52)]
    ParallelStateFailed,

    #[n(60)]
    #[cbor(map)]
    MapStateStarted {
        #[n(0)]
        length: u64,
    },
    #[n(61)]
    MapStateSucceeded,
    #[n(62)]
    MapStateFailed,
    #[n(63)]
    #[cbor(map)]
    MapIterationStarted {
        #[n(0)]
        name: String,
        #[n(1)]
        index: u64,
    },
    #[n(64)]
    #[cbor(map)]
    MapIterationSucceeded {
        #[n(0)]
        name: String,
        #[n(1)]
        index: u64,
    },
    #[n(65)]
    #[cbor(map)]
    MapIterationFailed {
        #[n(0)]
        name: String,
        #[n(1)]
        index: u64,
    },
    #[n(66)]
    #[cbor(map)]
    MapIterationAborted {
        #[n(0)]
        name: String,
        #[n(1)]
        index: u64,
    },

    #[n(70)]
    #[cbor(map)]
    MapRunStarted {
        #[n(0)]
        map_run_arn: String,
    },
    #[n(71)]
    MapRunSucceeded,
    #[n(72)]
    MapRunFailed(#[n(0)] ErrorDetails),
    #[n(73)]
    MapRunAborted,
    #[n(74)]
    #[cbor(map)]
    MapRunRedriven {
        #[n(0)]
        map_run_arn: String,
        #[n(1)]
        redrive_count: u64,
    },
    #[n(80)]
    #[cbor(map)]
    ExecutionRedriven {
        #[n(0)]
        redrive_count: u64,
    },
    #[n(81)]
    #[cbor(map)]
    EvaluationFailed {
        #[n(0)]
        error: String,
        #[n(1)]
        cause: String,
        #[n(2)]
        location: Option<String>,
        #[n(3)]
        state: String,
    },
}

impl EventKind {
    /// Whether the execution is over with this event.
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            EventKind::ExecutionSucceeded { .. }
                | EventKind::ExecutionFailed(_)
                | EventKind::ExecutionAborted(_)
                | EventKind::ExecutionTimedOut(_)
        )
    }
}
