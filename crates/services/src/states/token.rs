//! Task tokens: computed and not stored. Sealed with a key of the installation, bound to one attempt of one state.

use crate::effect::TaskAttempt;
use crate::rows::Rows;
use crate::secrets::{Purpose, Secrets};
use crate::states::errors;
use crate::states::model::Found;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use stepwell_wire::ApiError;

/// Where a shard will stand in a token when there are several.
const SHARD: u16 = crate::keys::SHARD;

/// The token of an attempt: 66 characters that need no escaping in JSON, URLs and shells.
#[must_use]
pub fn seal(attempt: &TaskAttempt, secrets: &Secrets) -> String {
    let mut message = SHARD.to_be_bytes().to_vec();
    message.extend(attempt.machine.to_be_bytes());
    message.extend(attempt.execution.to_be_bytes());
    message.extend(attempt.frame.to_be_bytes());
    message.extend(attempt.attempt.to_be_bytes());
    URL_SAFE_NO_PAD.encode(secrets.seal(Purpose::TaskToken, &message))
}

/// The attempt of a token.
///
/// # Errors
/// `InvalidToken` for a text that we did not make.
pub fn open(token: &str, secrets: &Secrets) -> Result<TaskAttempt, ApiError> {
    let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| errors::invalid_token())?;
    let message = secrets.open(Purpose::TaskToken, &sealed).ok_or_else(errors::invalid_token)?;
    read(message).ok_or_else(errors::invalid_token)
}

/// The ARN of the execution that a token is for, if it is one of ours and the execution is there.
pub fn execution_of_token(token: &str, rows: &dyn Rows, secrets: &Secrets) -> Option<String> {
    let attempt = open(token, secrets).ok()?;
    let found = Found::by_number(attempt.machine, attempt.execution, rows).ok()??;
    Some(found.facts.execution_arn())
}

fn read(message: &[u8]) -> Option<TaskAttempt> {
    let (shard, rest) = message.split_first_chunk::<2>()?;
    let (machine, rest) = rest.split_first_chunk::<8>()?;
    let (execution, rest) = rest.split_first_chunk::<8>()?;
    let (frame, rest) = rest.split_first_chunk::<4>()?;
    let (attempt, rest) = rest.split_first_chunk::<8>()?;
    if !rest.is_empty() || u16::from_be_bytes(*shard) != SHARD {
        return None;
    }
    Some(TaskAttempt {
        machine: u64::from_be_bytes(*machine),
        execution: u64::from_be_bytes(*execution),
        frame: u32::from_be_bytes(*frame),
        attempt: u64::from_be_bytes(*attempt),
    })
}
