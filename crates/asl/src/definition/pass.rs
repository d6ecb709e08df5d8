//! The Pass state: its input, or a fixed result, goes on.

use serde_json::Value;

use super::fields::Fields;
use crate::diagnostic::Report;

#[derive(Clone, Debug)]
pub struct Pass {
    /// Literal: keys that end in `.$` mean nothing here.
    pub result: Option<Value>,
}

pub(crate) fn parse(fields: &Fields, report: &mut Report) -> Option<Pass> {
    const FIELDS: &[&str] =
        &["InputPath", "OutputPath", "Parameters", "Result", "ResultPath", "Assign", "Output"];
    fields.of_own_language(report);
    fields.only(&[super::COMMON, super::TRANSITION, FIELDS], report);
    Some(Pass { result: fields.get("Result").cloned() })
}
