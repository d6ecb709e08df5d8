//! The Parallel state: branches that get the same input and run beside each other.

use super::container::{self, Compiler, Container};
use super::fields::Fields;

#[derive(Clone, Debug)]
pub struct Parallel {
    /// Never empty.
    pub branches: Vec<Container>,
}

pub(crate) fn parse(fields: &Fields, compiler: &mut Compiler) -> Option<Parallel> {
    const FIELDS: &[&str] = &[
        "InputPath",
        "OutputPath",
        "Parameters",
        "ResultSelector",
        "ResultPath",
        "Assign",
        "Arguments",
        "Output",
        "Retry",
        "Catch",
        "Branches",
    ];
    fields.of_own_language(&mut compiler.report);
    fields.only(&[super::COMMON, super::TRANSITION, FIELDS], &mut compiler.report);
    if !fields.required(&["Branches"], &mut compiler.report) {
        return None;
    }
    let values = fields.objects("Branches", &mut compiler.report)?;
    if values.is_empty() {
        compiler.report.schema(&fields.field_location("Branches"), "Value cannot be empty");
        return None;
    }
    let mut branches = Vec::new();
    for branch in values {
        branches.push(branch.and_then(|branch| {
            branch.only(&[container::FIELDS, &["Comment"]], &mut compiler.report);
            container::parse(&branch, compiler)
        }));
    }
    let branches = branches.into_iter().collect::<Option<Vec<_>>>()?;
    Some(Parallel { branches })
}
