//! Receipt handles: sealed, so that nobody makes one up, and carrying where the message's rows are.

use crate::secrets::{Purpose, Secrets};
use crate::sqs::errors;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use stepwell_wire::ApiError;

/// What a handle says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    pub queue: u64,
    pub sequence: u64,
    /// The end of the visibility timeout, as it was set when the message was received.
    pub visible_from_ms: u64,
    /// How often the message had been received then.
    pub receive_count: u32,
}

impl Receipt {
    #[must_use]
    pub fn seal(&self, secrets: &Secrets) -> String {
        let numbers = [self.queue, self.sequence, self.visible_from_ms, self.receive_count.into()];
        let message = numbers.map(u64::to_be_bytes).concat();
        STANDARD.encode(secrets.seal(Purpose::ReceiptHandle, &message))
    }

    /// The receipt of a handle that was given for `queue`.
    ///
    /// # Errors
    /// `ReceiptHandleIsInvalid`.
    pub fn open(handle: &str, queue: u64, secrets: &Secrets) -> Result<Self, ApiError> {
        let read = || {
            let sealed = STANDARD.decode(handle).ok()?;
            let message = secrets.open(Purpose::ReceiptHandle, &sealed)?;
            let (numbers, []) = message.as_chunks::<8>() else { return None };
            let [queue, sequence, visible_from_ms, receive_count] = numbers else { return None };
            Some(Self {
                queue: u64::from_be_bytes(*queue),
                sequence: u64::from_be_bytes(*sequence),
                visible_from_ms: u64::from_be_bytes(*visible_from_ms),
                receive_count: u32::try_from(u64::from_be_bytes(*receive_count)).ok()?,
            })
        };
        read()
            .filter(|receipt| receipt.queue == queue)
            .ok_or_else(|| errors::receipt_handle_is_invalid(handle))
    }
}
