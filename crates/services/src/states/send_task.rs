//! The answers to a task token:
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html>,
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html>,
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html>
//!
//! A token is good for one attempt of one state, once. A text that we never made is an invalid token; a token whose attempt
//! is over, however it ended, names a task that does not exist anymore.

use crate::context::Context;
use crate::failure::Failure;
use crate::operation::{Command, Nothing};
use crate::states::model::Found;
use crate::states::run::Run;
use crate::states::{errors, token, validation};
use crate::tx::Tx;
use serde::Deserialize;
use stepwell_engine::{Accepted, Attempt, Event, FrameId};

/// Characters of a task token at most (the model's).
const LONGEST_TOKEN: usize = 2048;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendTaskSuccess {
    pub task_token: String,
    pub output: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendTaskFailure {
    pub task_token: String,
    pub error: Option<String>,
    pub cause: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendTaskHeartbeat {
    pub task_token: String,
}

impl Command for SendTaskSuccess {
    const NAME: &'static str = "SendTaskSuccess";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        validation::output(&self.output)?;
        let output = self.output.clone();
        let event = |frame, attempt| Event::TaskSucceeded { frame, attempt, output };
        answer(&self.task_token, event, tx, context)
    }
}

impl Command for SendTaskFailure {
    const NAME: &'static str = "SendTaskFailure";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        validation::failure(self.error.as_deref(), self.cause.as_deref())?;
        let (error, cause) = (self.error.clone(), self.cause.clone());
        let event = |frame, attempt| Event::TaskFailed { frame, attempt, error, cause };
        answer(&self.task_token, event, tx, context)
    }
}

impl Command for SendTaskHeartbeat {
    const NAME: &'static str = "SendTaskHeartbeat";
    type Output = Nothing;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<Nothing, Failure> {
        answer(&self.task_token, |frame, attempt| Event::Heartbeat { frame, attempt }, tx, context)
    }
}

fn answer(
    text: &str,
    event: impl FnOnce(FrameId, Attempt) -> Event,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Nothing, Failure> {
    if text.is_empty() {
        let rule = "Member must have length greater than or equal to 1";
        return Err(validation::violated(text, "taskToken", rule).into());
    }
    if text.chars().count() > LONGEST_TOKEN {
        let rule = format!("Member must have length less than or equal to {LONGEST_TOKEN}");
        return Err(validation::violated(text, "taskToken", &rule).into());
    }
    let attempt = token::open(text, context.secrets)?;
    let Some(found) = Found::by_number(attempt.machine, attempt.execution, tx)? else {
        // The execution is gone with its state machine.
        return Err(errors::task_timed_out().into());
    };
    if found.facts.account != context.account() {
        return Err(errors::task_does_not_exist().into());
    }
    let event = event(FrameId(attempt.frame), Attempt(attempt.attempt));
    match Run::of(found, tx)?.advance(event, tx, context)? {
        Accepted::Accepted => Ok(Nothing {}),
        Accepted::NoSuchAttempt => Err(errors::task_timed_out().into()),
    }
}
