//! The query language of the definition and of its states. JSONPath is what this server evaluates; a state that wants
//! JSONata is refused when the state machine is created, so that nothing fails later for it.

use super::fields::Fields;
use crate::diagnostic::Report;

const LANGUAGES: &[&str] = &["JSONPath", "JSONata"];

const NOT_SUPPORTED: &str = "The QueryLanguage 'JSONata' is not supported by this server";

/// What the definition as a whole says: whether its states can be read.
pub(crate) fn check_machine(fields: &Fields, report: &mut Report) -> bool {
    match fields.one_of("QueryLanguage", LANGUAGES, report) {
        Some("JSONata") => {
            report_downgrades(fields, report);
            if report.len() == 0 {
                report.schema(&fields.field_location("QueryLanguage"), NOT_SUPPORTED);
            }
            false
        }
        _ => true,
    }
}

/// What a state says of its own, in a definition of JSONPath.
pub(crate) fn check(fields: &Fields, report: &mut Report) -> bool {
    match fields.one_of("QueryLanguage", LANGUAGES, report) {
        Some("JSONata") => {
            report.schema(&fields.location(), NOT_SUPPORTED);
            false
        }
        _ => true,
    }
}

/// No state goes back to JSONPath once the whole state machine is in JSONata.
fn report_downgrades(fields: &Fields, report: &mut Report) {
    let Some(states) = fields.get("States").and_then(|states| states.as_object()) else { return };
    for (name, state) in states {
        if state.get("QueryLanguage").and_then(|language| language.as_str()) == Some("JSONPath") {
            let message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine";
            report.schema(&format!("/States/{name}"), message);
        }
    }
}
