//! What can be wrong with an input before its service sees it, as facts; and the words AWS has for them.
//! Every protocol's decoder reports through this one type.

use std::fmt;

use serde::de::{self, Unexpected};

use crate::constraints;
use crate::error::{ApiError, CORAL_SERVICE};
use crate::service::Service;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// The bytes don't fit the protocol, or a member has the wrong type; in AWS's words.
    Malformed(String),
    /// A member that the input's type requires is absent: its path, innermost last.
    Missing(Vec<String>),
}

impl DecodeError {
    pub(crate) fn malformed(text: impl Into<String>) -> DecodeError {
        DecodeError::Malformed(text.into())
    }

    /// The same fact, seen from the container of the value it was found in.
    pub(crate) fn within(self, segment: impl fmt::Display) -> DecodeError {
        match self {
            DecodeError::Missing(mut path) => {
                path.insert(0, segment.to_string());
                DecodeError::Missing(path)
            }
            malformed => malformed,
        }
    }

    /// The error as `service` answers it.
    pub fn for_service(self, service: Service) -> ApiError {
        match self {
            DecodeError::Malformed(text) => ApiError::serialization(text),
            DecodeError::Missing(path) => missing(service, &path),
        }
    }
}

fn missing(service: Service, path: &[String]) -> ApiError {
    if service == Service::Sqs {
        let text = format!("The request must contain the parameter {}.", path.join("."));
        return ApiError::bad_request("MissingRequiredParameterException", text)
            .with_namespace(CORAL_SERVICE)
            .with_query_code("MissingParameter");
    }
    let place = path.iter().map(|segment| lower_first(segment)).collect::<Vec<_>>().join(".");
    constraints::missing(service, &place)
}

/// `RoleArn` as the model's validator names it: `roleArn`.
fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::Malformed(text) => formatter.write_str(text),
            DecodeError::Missing(path) => write!(formatter, "`{}` is missing", path.join(".")),
        }
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> DecodeError {
        DecodeError::Malformed(message.to_string())
    }

    fn missing_field(field: &'static str) -> DecodeError {
        DecodeError::Missing(vec![field.to_owned()])
    }

    fn invalid_type(found: Unexpected<'_>, _expected: &dyn de::Expected) -> DecodeError {
        DecodeError::malformed(match found {
            Unexpected::Seq => LIST_FOUND,
            Unexpected::Map => STRUCTURE_FOUND,
            _ => UNEXPECTED_TYPE,
        })
    }

    fn invalid_value(_found: Unexpected<'_>, _expected: &dyn de::Expected) -> DecodeError {
        DecodeError::malformed(UNEXPECTED_TYPE)
    }
}

pub(crate) const LIST_FOUND: &str = "Start of list found where not expected";
pub(crate) const STRUCTURE_FOUND: &str = "Start of structure or map found where not expected.";
pub(crate) const LIST_EXPECTED: &str = "Expected list or null";
/// What AWS says of a scalar in the place of a structure or a map.
pub(crate) const STRUCTURE_EXPECTED: &str = "Expected null";
pub(crate) const UNEXPECTED_TYPE: &str = "Unexpected field type";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_member_is_reported_as_each_service_does() {
        let missing = || DecodeError::Missing(vec!["RoleArn".to_owned()]).within(2).within("Items");
        let text = |error: DecodeError, service| error.for_service(service).message;
        let null = "1 validation error detected: Value null at 'items.2.roleArn' failed to satisfy constraint: Member must not be null";
        assert_eq!(text(missing(), Service::States), null);
        assert_eq!(text(missing(), Service::Iam), null);
        assert_eq!(text(missing(), Service::Sqs), "The request must contain the parameter Items.2.RoleArn.");
        let sensitive = DecodeError::Missing(vec!["output".to_owned()]);
        assert!(text(sensitive, Service::States).contains("detected: Value at 'output' failed"));
        assert_eq!(missing().for_service(Service::Sqs).query_code(), "MissingParameter");
        assert_eq!(missing().for_service(Service::Iam).query_code(), "ValidationError");
    }
}
