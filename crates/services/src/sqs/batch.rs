//! What all batches have in common: ten entries at most, each with an id of its own, each answered for itself.

use crate::failure::Failure;
use crate::sqs::errors;
use serde::Serialize;
use stepwell_wire::{ApiError, Fault};

const MOST: usize = 10;

/// An entry that failed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchResultErrorEntry {
    pub id: String,
    pub sender_fault: bool,
    pub code: String,
    pub message: String,
}

impl BatchResultErrorEntry {
    fn new(id: &str, error: &ApiError) -> Self {
        Self {
            id: id.to_owned(),
            sender_fault: error.fault() == Fault::Sender,
            code: error.query_code().to_owned(),
            message: error.message.clone(),
        }
    }
}

/// The answer to a batch.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchOutput<T> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub successful: Vec<T>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<BatchResultErrorEntry>,
}

/// An entry that succeeded and has nothing more to say.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchResultEntry {
    pub id: String,
}

impl<T> BatchOutput<T> {
    /// Does each entry by itself. A refused one has changed nothing, so the others aren't touched by it.
    ///
    /// # Errors
    /// What is not the fault of an entry.
    pub fn of<E>(
        entries: &[E],
        id: impl Fn(&E) -> &str,
        mut each: impl FnMut(&E) -> Result<T, Failure>,
    ) -> Result<Self, Failure> {
        let mut output = Self { successful: Vec::new(), failed: Vec::new() };
        for entry in entries {
            match each(entry) {
                Ok(success) => output.successful.push(success),
                Err(Failure::Refused(error)) => {
                    output.failed.push(BatchResultErrorEntry::new(id(entry), &error));
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(output)
    }
}

/// Checks the entries' number and ids. `entry` is the name of an entry in AWS's model.
///
/// # Errors
/// AWS's, for the batch as a whole.
pub fn check<'e>(ids: impl ExactSizeIterator<Item = &'e str>, entry: &str) -> Result<(), ApiError> {
    if ids.len() == 0 {
        return Err(errors::empty_batch_request(entry));
    }
    if ids.len() > MOST {
        return Err(errors::too_many_entries(ids.len()));
    }
    let mut seen = Vec::with_capacity(MOST);
    for id in ids {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !(1..=80).contains(&id.len()) || !id.bytes().all(allowed) {
            return Err(errors::invalid_batch_entry_id());
        }
        if seen.contains(&id) {
            return Err(errors::batch_entry_ids_not_distinct(id));
        }
        seen.push(id);
    }
    Ok(())
}
