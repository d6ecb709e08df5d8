//! The one place that every request passes: may this caller do this?
//!
//! Policies are stored, and not enforced yet: a caller may do in the account that it acts in whatever an operation offers.
//! What is checked from the first is that there is a caller at all.

use crate::context::Caller;
use stepwell_wire::{ApiError, Service};

/// What is asked for, in IAM's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    pub service: Service,
    /// As AWS spells it, such as `SendMessage`.
    pub operation: &'static str,
}

/// Lets the caller pass, or says why not.
///
/// # Errors
/// `AccessDeniedException` for a caller without an account.
pub fn authorize(caller: &Caller, action: &Action) -> Result<(), ApiError> {
    if caller.account.is_empty() {
        let named = format!("{}:{}", action.service.signing_name(), action.operation);
        let text = format!("User: anonymous is not authorized to perform: {named}");
        return Err(ApiError::access_denied(action.service, text));
    }
    Ok(())
}
