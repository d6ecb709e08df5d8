//! The query language of the definition and of its states. A state machine of JSONPath may have states of JSONata, but not
//! the other way round. The states of a branch or of a processor follow the state machine, not the state around them.

use super::fields::Fields;
use crate::diagnostic::Report;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryLanguage {
    #[default]
    JsonPath,
    Jsonata,
}

const LANGUAGES: &[&str] = &["JSONPath", "JSONata"];

/// Fields that a state has in one of the languages only, beside those whose names end in `Path`.
const JSON_PATH_ONLY: &[&str] = &["ResultSelector", "Parameters", "Result"];
const JSONATA_ONLY: &[&str] = &["Output", "Arguments", "Items", "Condition"];

impl QueryLanguage {
    pub fn as_str(self) -> &'static str {
        match self {
            QueryLanguage::JsonPath => "JSONPath",
            QueryLanguage::Jsonata => "JSONata",
        }
    }

    /// What a field that belongs to the other language is told.
    pub(crate) fn refusal(self, field: &str) -> Option<String> {
        let other = match self {
            QueryLanguage::JsonPath if JSONATA_ONLY.contains(&field) => QueryLanguage::Jsonata,
            QueryLanguage::Jsonata if field.ends_with("Path") || JSON_PATH_ONLY.contains(&field) => {
                QueryLanguage::JsonPath
            }
            _ => return None,
        };
        Some(format!(
            "The QueryLanguage is set to '{}', but field '{field}' is only supported for the '{}' QueryLanguage",
            self.as_str(),
            other.as_str()
        ))
    }
}

/// What the definition as a whole says.
pub(crate) fn of_machine(fields: &Fields, report: &mut Report) -> QueryLanguage {
    own(fields, report).unwrap_or_default()
}

/// What a state says for itself, in a state machine of some language.
pub(crate) fn of_state(machine: QueryLanguage, fields: &Fields, report: &mut Report) -> QueryLanguage {
    let own = own(fields, report);
    if machine == QueryLanguage::Jsonata && own == Some(QueryLanguage::JsonPath) {
        let message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine";
        report.schema(&fields.location(), message);
    }
    own.unwrap_or(machine)
}

fn own(fields: &Fields, report: &mut Report) -> Option<QueryLanguage> {
    match fields.one_of("QueryLanguage", LANGUAGES, report)? {
        "JSONata" => Some(QueryLanguage::Jsonata),
        _ => Some(QueryLanguage::JsonPath),
    }
}
