//! What a Task calls, as its `Resource` names it: a Lambda function, an activity, or the action of a service.

use super::MachineType;
use super::fields::Fields;
use super::integration::Integration;
use crate::diagnostic::Report;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The ARN of a function, of a version or of an alias.
    Lambda {
        arn: String,
    },
    Activity {
        arn: String,
    },
    Integration(Integration),
}

impl Resource {
    /// Whether the task can be answered from outside, with a token.
    pub fn has_token(&self) -> bool {
        match self {
            Resource::Lambda { .. } => false,
            Resource::Activity { .. } => true,
            Resource::Integration(integration) => integration.has_token(),
        }
    }
}

impl Resource {
    pub(crate) fn parse(fields: &Fields, machine_type: MachineType, report: &mut Report) -> Option<Resource> {
        let text = fields.string("Resource", report)?;
        let location = fields.field_location("Resource");
        if !text.starts_with("arn:") {
            report.schema(&location, "Value is not a valid resource ARN");
            return None;
        }
        if machine_type == MachineType::Express
            && let Some(message) = refused_by_express(text)
        {
            report.schema(&location, message);
            return None;
        }
        let resource = recognise(text);
        if resource.is_none() {
            report.schema(
                &location,
                format!(
                    "The resource provided {text} is not recognized. \
                     The value is not a valid resource ARN, or the resource is not available in this region."
                ),
            );
        }
        resource
    }
}

/// An express execution can't wait for what outlasts it. The second text ends in a blank on AWS, too.
fn refused_by_express(arn: &str) -> Option<&'static str> {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    let [_, _, "states", _, _, kind, rest] = parts.as_slice() else { return None };
    if *kind == "activity" {
        Some("Express state machine does not support Activity ARN")
    } else if rest.ends_with(".sync") || rest.ends_with(".sync:2") {
        Some("Express state machine does not support '.sync' service integration")
    } else if rest.ends_with(".waitForTaskToken") {
        Some("Express state machine does not support '.waitForTaskToken' service integration ")
    } else {
        None
    }
}

fn recognise(arn: &str) -> Option<Resource> {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    match parts.as_slice() {
        [_, _, "lambda", _, _, "function", name] if !name.is_empty() => {
            Some(Resource::Lambda { arn: arn.to_owned() })
        }
        [_, _, "states", _, _, "activity", name] if !name.is_empty() => {
            Some(Resource::Activity { arn: arn.to_owned() })
        }
        [_, _, "states", _, _, service, action] => {
            Integration::recognise(service, action).map(Resource::Integration)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_recognised_by_their_arn() {
        let Some(Resource::Integration(integration)) =
            recognise("arn:aws:states:::sqs:sendMessage.waitForTaskToken")
        else {
            panic!("an integration");
        };
        assert_eq!((&*integration.service, &*integration.action), ("sqs", "sendMessage"));
        assert_eq!(integration.resource_name(), "sendMessage.waitForTaskToken");
        let function = "arn:aws-cn:lambda:cn-north-1:111111111111:function:f:live";
        assert_eq!(recognise(function), Some(Resource::Lambda { arn: function.to_owned() }));
        let activity = "arn:aws:states:us-east-1:111111111111:activity:a";
        assert!(recognise(activity).is_some_and(|activity| activity.has_token()));
    }

    #[test]
    fn what_is_not_there_is_not_recognised() {
        for arn in [
            "arn:",
            "arn:aws:states:::",
            "arn:aws:states:::sqs",
            "arn:aws:states:::sqs:sendMessage.sync",
            "arn:aws:states:::aws-sdk:sqs",
            "arn:aws:lambda:us-east-1:111111111111:function:",
            "arn:aws:s3:::bucket",
        ] {
            assert_eq!(recognise(arn), None, "{arn}");
        }
    }
}
