//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html>
//!
//! A long poll of a minute, answered without a token when nothing came. `ActivityStarted` is written when the task is handed
//! out, in the same commit.

use super::model::{Activity, WaitingTask};
use crate::context::Context;
use crate::effect::TaskAttempt;
use crate::failure::{Crowd, Failure, Wait, WaitOn};
use crate::operation::Command;
use crate::row;
use crate::rows::Rows;
use crate::states::model::Found;
use crate::states::run::Run;
use crate::states::{errors, keys, token, validation};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_engine::{Accepted, Attempt, Event, FrameId};
use stepwell_store::Direction;

/// How long a worker waits.
const PATIENCE_MS: u64 = 60_000;
/// Workers that wait for one activity's tasks. AWS's.
const MOST_WORKERS: usize = 1_000;
/// Tasks that are looked at in one command, should the first of them be over.
const LOOKED_AT: usize = 50;
/// Characters of a worker's name at most.
const LONGEST_WORKER: usize = 80;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetActivityTask {
    pub activity_arn: String,
    pub worker_name: Option<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetActivityTaskOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
}

impl Command for GetActivityTask {
    const NAME: &'static str = "GetActivityTask";
    type Output = GetActivityTaskOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<GetActivityTaskOutput, Failure> {
        self.check_worker()?;
        let activity = Activity::by_arn(&self.activity_arn, tx)?;
        let all = keys::activity_tasks(activity.id);
        for (key, value) in tx.scan(all.as_bytes(), &all.end(), Direction::Forward, LOOKED_AT)? {
            tx.remove_bytes(&key);
            if let Some(output) = self.hand_out(&key, row::decode(&value)?, tx, context)? {
                return Ok(output);
            }
        }
        if context.last_chance {
            return Ok(GetActivityTaskOutput::default());
        }
        let on = WaitOn::Activity(activity.id);
        let crowd = Crowd { most: MOST_WORKERS, refusal: errors::activity_worker_limit_exceeded().into() };
        Err(Failure::Wait(Wait { on, look_again_ms: None, patience_ms: PATIENCE_MS, crowd: Some(crowd) }))
    }
}

impl GetActivityTask {
    fn check_worker(&self) -> Result<(), Failure> {
        let Some(name) = &self.worker_name else { return Ok(()) };
        let rule = match name.chars().count() {
            0 => "Member must have length greater than or equal to 1".to_owned(),
            length if length > LONGEST_WORKER => {
                format!("Member must have length less than or equal to {LONGEST_WORKER}")
            }
            _ => return Ok(()),
        };
        Err(validation::violated(name, "workerName", &rule).into())
    }

    /// Gives the task to this worker, unless the attempt is over.
    fn hand_out(
        &self,
        key: &[u8],
        task: WaitingTask,
        tx: &mut Tx,
        context: &mut Context,
    ) -> Result<Option<GetActivityTaskOutput>, Failure> {
        let (machine, execution, number) = keys::read_activity_task(key)?;
        let attempt = TaskAttempt { machine, execution, frame: task.frame, attempt: number };
        let Some(found) = Found::by_number(machine, execution, tx)? else { return Ok(None) };
        let event = Event::ActivityStarted {
            frame: FrameId(attempt.frame),
            attempt: Attempt(attempt.attempt),
            worker_name: self.worker_name.clone(),
        };
        match Run::of(found, tx)?.advance(event, tx, context)? {
            Accepted::NoSuchAttempt => Ok(None),
            Accepted::Accepted => Ok(Some(GetActivityTaskOutput {
                task_token: Some(token::seal(&attempt, context.secrets)),
                input: Some(task.input),
            })),
        }
    }
}
