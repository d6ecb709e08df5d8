//! The log of executions, in their machine's log group: which events go into it, and how AWS writes them:
//! <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>
//!
//! What is written is durable with what it tells of; where the group is gone, it is left out.

use crate::calls::{self, Line};
use crate::context::Context;
use crate::failure::Failure;
use crate::kept::Compiled;
use crate::keys::Scope;
use crate::operation::{AnyCommand, Reply};
use crate::states::model::Machine;
use crate::tx::Tx;
use minicbor::{Decode, Encode};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use stepwell_engine::{EventKind, HistoryEvent, StateType};
use stepwell_wire::time::iso_seconds;

/// Longer inputs and outputs are cut off (documented).
const LONGEST_DATA: usize = 248 << 10;

/// What a machine's configuration says of its log, if it has one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Logging {
    #[n(0)]
    pub level: Level,
    #[n(1)]
    pub includes_data: bool,
    /// The group's name, in the account and region of the machine.
    #[n(2)]
    pub group: String,
}

/// Which events are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Level {
    #[n(0)]
    All,
    #[n(1)]
    Error,
    #[n(2)]
    Fatal,
}

impl Logging {
    /// What a configuration says, which was checked when it was given. Nothing if nothing is logged.
    #[must_use]
    pub fn of(configuration: Option<&str>) -> Option<Self> {
        let configuration: Value = serde_json::from_str(configuration?).ok()?;
        let level = match configuration.get("level")?.as_str()? {
            "ALL" => Level::All,
            "ERROR" => Level::Error,
            "FATAL" => Level::Fatal,
            _ => return None,
        };
        let group = configuration.pointer("/destinations/0/cloudWatchLogsLogGroup/logGroupArn")?.as_str()?;
        let (_, group) = group.strip_suffix(":*")?.split_once(":log-group:")?;
        let includes_data = configuration.get("includeExecutionData") == Some(&Value::Bool(true));
        Some(Self { level, includes_data, group: group.to_owned() })
    }

    /// What an execution logs that starts now: as its revision is configured, or its machine where that is an older row.
    #[must_use]
    pub fn of_execution(definition: &Compiled, machine: &Machine) -> Option<Self> {
        match &definition.logging {
            Some(logging) => logging.clone(),
            None => Self::of(machine.logging.as_deref()),
        }
    }

    fn takes(&self, kind: &EventKind) -> bool {
        match self.level {
            Level::All => true,
            Level::Error => is_error(kind),
            Level::Fatal => is_fatal(kind),
        }
    }

    /// The lines for some events of an execution.
    #[must_use]
    pub fn lines(&self, execution_arn: &str, redrive_count: u32, events: &[HistoryEvent]) -> Vec<Line> {
        let taken = events.iter().filter(|event| self.takes(&event.kind));
        let line = |event: &HistoryEvent| Line {
            timestamp_ms: event.timestamp_ms,
            message: self.message(execution_arn, redrive_count, event),
        };
        taken.map(line).collect()
    }

    /// All scalars are texts (recorded).
    fn message(&self, execution_arn: &str, redrive_count: u32, event: &HistoryEvent) -> String {
        let mut details = event.details(self.includes_data).unwrap_or_default();
        for name in ["input", "output"] {
            cut(&mut details, name);
        }
        json!({
            "id": event.id.to_string(),
            "type": event.kind.type_name(),
            "details": details,
            "redrive_count": redrive_count.to_string(),
            "previous_event_id": event.previous_event_id.to_string(),
            "event_timestamp": event.timestamp_ms.to_string(),
            "execution_arn": execution_arn,
        })
        .to_string()
    }
}

fn cut(details: &mut Map<String, Value>, name: &str) {
    let Some(Value::String(text)) = details.get_mut(name).filter(|text| is_long(text)) else { return };
    text.truncate(text.floor_char_boundary(LONGEST_DATA));
    details.insert(format!("{name}Details"), json!({"truncated": true}));
}

fn is_long(text: &Value) -> bool {
    text.as_str().is_some_and(|text| text.len() > LONGEST_DATA)
}

/// The ends of executions that didn't succeed (documented).
fn is_fatal(kind: &EventKind) -> bool {
    use EventKind::{ExecutionAborted, ExecutionFailed, ExecutionTimedOut};
    matches!(kind, ExecutionAborted(_) | ExecutionFailed(_) | ExecutionTimedOut(_))
}

/// What went wrong, whether or not it was caught (documented).
fn is_error(kind: &EventKind) -> bool {
    use EventKind::*;
    match kind {
        StateEntered { state_type, .. } => *state_type == StateType::Fail,
        StateAborted { .. } | EvaluationFailed { .. } => true,
        ActivityFailed(_) | ActivityTimedOut(_) | ActivityScheduleFailed(_) => true,
        LambdaFunctionFailed(_) | LambdaFunctionTimedOut(_) => true,
        LambdaFunctionScheduleFailed(_) | LambdaFunctionStartFailed(_) => true,
        TaskFailed(..) | TaskTimedOut(..) | TaskStartFailed(..) | TaskSubmitFailed(..) => true,
        ParallelStateFailed | MapStateFailed | MapRunFailed(_) | MapRunAborted => true,
        MapIterationFailed { .. } | MapIterationAborted { .. } => true,
        other => is_fatal(other),
    }
}

/// Lines for a log group: what executions in memory leave behind, also as a command of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteLog {
    pub scope: Scope,
    pub machine_name: String,
    pub group: String,
    pub lines: Vec<Line>,
}

impl WriteLog {
    /// Writes the lines. The stream is that of the machine and the hour of the first.
    ///
    /// # Errors
    /// [`Failure::NotLoaded`] or [`Failure::Broken`].
    pub fn write(&self, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
        let Some(first) = self.lines.first() else { return Ok(()) };
        let stream = self.stream(first.timestamp_ms);
        calls::write_execution_log(&self.scope, &self.group, &stream, self.lines.clone(), tx, context)
    }

    /// `states/machine/2026-01-31-12-00/0a1b2c3d`.
    fn stream(&self, at_ms: u64) -> String {
        let time = iso_seconds(i64::try_from(at_ms).unwrap_or(i64::MAX));
        let hour: String =
            time.chars().take(13).map(|character| if character == 'T' { '-' } else { character }).collect();
        let Scope { account, region } = &self.scope;
        let digest = Sha256::digest(format!("{account}/{region}/{}", self.machine_name));
        let hash: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        format!("states/{}/{hour}-00/{hash}", self.machine_name)
    }
}

impl AnyCommand for WriteLog {
    fn name(&self) -> &'static str {
        "WriteLog"
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        self.write(tx, context)?;
        Ok(Box::new(()))
    }
}

#[cfg(test)]
mod tests;
