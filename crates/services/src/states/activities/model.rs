//! The nouns of activities as they are stored.

use crate::failure::Failure;
use crate::keys::Scope;
use crate::rows::{Rows, RowsExt};
use crate::states::{arn, errors, keys};
use minicbor::{Decode, Encode};
use std::sync::Arc;

/// An activity.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Activity {
    #[n(0)]
    pub id: u64,
    #[n(1)]
    pub account: String,
    #[n(2)]
    pub region: String,
    #[n(3)]
    pub name: String,
    #[n(4)]
    pub created_ms: u64,
    /// JSON text, as it was given.
    #[n(5)]
    pub encryption: Option<String>,
    /// In the order in which they were given.
    #[n(6)]
    pub tags: Vec<(String, String)>,
}

/// A task that waits for a worker. Its key says which attempt that is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WaitingTask {
    /// The frame within the execution.
    #[n(0)]
    pub frame: u32,
    /// JSON text.
    #[n(1)]
    pub input: String,
}

impl Activity {
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::new(&self.account, &self.region)
    }

    #[must_use]
    pub fn arn(&self) -> String {
        arn::activity(&self.scope(), &self.name)
    }

    /// The activity of an ARN, if it is there.
    ///
    /// # Errors
    /// `InvalidArn` for what is no activity's.
    pub fn find(text: &str, rows: &(impl Rows + ?Sized)) -> Result<Option<Arc<Self>>, Failure> {
        let parsed = arn::parse(text, "activity")?;
        rows.kept_row(&keys::activity(&parsed.scope, &parsed.name))
    }

    /// The activity of an ARN.
    ///
    /// # Errors
    /// `InvalidArn`, `ActivityDoesNotExist`.
    pub fn by_arn(text: &str, rows: &(impl Rows + ?Sized)) -> Result<Arc<Self>, Failure> {
        Self::find(text, rows)?.ok_or_else(|| errors::activity_does_not_exist(text).into())
    }
}
