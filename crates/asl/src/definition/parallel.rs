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
        "Retry",
        "Catch",
        "Branches",
    ];
    fields.only(&[super::COMMON, super::TRANSITION, FIELDS], &mut compiler.report);
    if !fields.required(&["Branches"], &mut compiler.report) {
        return None;
    }
    let values = fields.array("Branches", &mut compiler.report)?;
    let location = fields.field_location("Branches");
    if values.is_empty() {
        compiler.report.schema(&location, "Value cannot be empty");
        return None;
    }
    let mut branches = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let branch = Fields::read(value, format!("{location}[{index}]"), &mut compiler.report);
        branches.push(branch.and_then(|branch| {
            branch.only(&[container::FIELDS, &["Comment"]], &mut compiler.report);
            container::parse(&branch, compiler)
        }));
    }
    let branches = branches.into_iter().collect::<Option<Vec<_>>>()?;
    Some(Parallel { branches })
}
