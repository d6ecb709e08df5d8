//! The Fail state: the container ends with an error and a cause, each of which may be absent.

use super::Reads;
use super::fields::Fields;
use crate::diagnostic::Report;
use crate::jsonata;
use crate::template::Expression;

#[derive(Clone, Debug)]
pub struct Fail {
    pub error: FailText,
    pub cause: FailText,
}

#[derive(Clone, Debug)]
pub enum FailText {
    Absent,
    Literal(String),
    /// `ErrorPath` or `CausePath`: a path, or the call of an intrinsic function.
    Expression(Expression),
    Jsonata(jsonata::Expression),
}

pub(crate) fn parse(fields: &Fields, report: &mut Report) -> Option<Fail> {
    fields.of_own_language(report);
    fields.only(&[super::COMMON, &["Error", "Cause", "ErrorPath", "CausePath"]], report);
    Some(Fail {
        error: text(fields, "Error", "ErrorPath", report),
        cause: text(fields, "Cause", "CausePath", report),
    })
}

fn text(fields: &Fields, literal: &str, path: &str, report: &mut Report) -> FailText {
    if fields.has(literal) && fields.has(path) {
        let message = format!("A Fail state cannot include both field '{literal}' and '{path}'");
        report.schema(&fields.location(), message);
    }
    if fields.has(path) {
        return expression(fields, path, report).map_or(FailText::Absent, FailText::Expression);
    }
    if fields.is_jsonata(literal) {
        return fields.jsonata(literal, report).map_or(FailText::Absent, FailText::Jsonata);
    }
    fields.string(literal, report).map_or(FailText::Absent, |text| FailText::Literal(text.to_owned()))
}

/// Only functions that give a text are allowed here.
fn expression(fields: &Fields, name: &str, report: &mut Report) -> Option<Expression> {
    const FUNCTIONS: &[&str] = &[
        "States.Format",
        "States.JsonToString",
        "States.ArrayGetItem",
        "States.Base64Encode",
        "States.Base64Decode",
        "States.Hash",
        "States.UUID",
    ];
    let expression = fields.expression(name, report)?;
    if let Expression::Call(call) = &expression
        && !FUNCTIONS.contains(&call.name())
    {
        let message =
            format!("The intrinsic function '{}' is not supported in the field '{name}'", call.name());
        report.schema(&fields.field_location(name), message);
        return None;
    }
    Some(expression)
}

impl Fail {
    pub(crate) fn reads<'a>(&'a self, reads: &mut Reads<'a>) {
        for text in [&self.error, &self.cause] {
            match text {
                FailText::Expression(expression) => reads.expression(expression),
                FailText::Jsonata(expression) => reads.jsonata(expression),
                FailText::Absent | FailText::Literal(_) => {}
            }
        }
    }
}
