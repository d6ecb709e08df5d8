//! The Succeed state: the container ends, well.

use super::fields::Fields;
use crate::diagnostic::Report;

#[derive(Clone, Debug)]
pub struct Succeed;

pub(crate) fn parse(fields: &Fields, report: &mut Report) -> Option<Succeed> {
    fields.of_own_language(report);
    fields.only(&[super::COMMON, &["InputPath", "OutputPath", "Output"]], report);
    Some(Succeed)
}
