//! ARNs of topics and subscriptions, `arn:aws:sns:region:account:topic[:id]`, and what AWS says to others.

use crate::keys::Scope;
use crate::sns::errors;
use stepwell_wire::ApiError;

/// The address of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicArn {
    pub scope: Scope,
    pub name: String,
}

/// The address of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionArn {
    pub topic: TopicArn,
    pub id: String,
}

impl TopicArn {
    /// Reads the ARN that stands in the parameter of this name.
    ///
    /// # Errors
    /// `InvalidParameter`.
    pub fn parse(parameter: &str, text: &str) -> Result<Self, ApiError> {
        let parts = parts(parameter, text)?;
        match parts[..] {
            ["arn", _, "sns", region, account, name] if !name.is_empty() => {
                Ok(Self { scope: Scope::new(account, region), name: name.to_owned() })
            }
            _ => Err(errors::invalid_parameter(parameter)),
        }
    }
}

impl SubscriptionArn {
    /// Reads the ARN of a subscription.
    ///
    /// # Errors
    /// `InvalidParameter`.
    pub fn parse(text: Option<&str>) -> Result<Self, ApiError> {
        let text = text.filter(|text| !text.is_empty());
        let missing = "SubscriptionArn Reason: no value for required parameter";
        let text = text.ok_or_else(|| errors::invalid_parameter(missing))?;
        match parts("SubscriptionArn", text)?[..] {
            ["arn", _, "sns", region, account, name, id] => {
                let topic = TopicArn { scope: Scope::new(account, region), name: name.to_owned() };
                Ok(Self { topic, id: id.to_owned() })
            }
            _ => Err(errors::invalid_parameter("SubscriptionId")),
        }
    }
}

fn parts<'t>(parameter: &str, text: &'t str) -> Result<Vec<&'t str>, ApiError> {
    let parts: Vec<_> = text.split(':').collect();
    if parts.len() < 6 {
        let count = parts.len();
        let text = format!("{parameter} Reason: An ARN must have at least 6 elements, not {count}");
        return Err(errors::invalid_parameter(text));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_arn_is_told_so_in_aws_words() {
        let topic = |text| TopicArn::parse("TopicArn", text).map(|arn| arn.name).map_err(|it| it.message);
        assert_eq!(topic("arn:aws:sns:us-east-1:000000000000:t").unwrap(), "t");
        let cases = [
            ("t", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"),
            ("arn:aws:sqs:us-east-1:000000000000:t", "Invalid parameter: TopicArn"),
            ("arn:aws:sns:us-east-1:000000000000:", "Invalid parameter: TopicArn"),
            ("arn:aws:sns:us-east-1:000000000000:t:id", "Invalid parameter: TopicArn"),
        ];
        for (text, expected) in cases {
            assert_eq!(topic(text).unwrap_err(), expected);
        }
        let subscription = |text| SubscriptionArn::parse(text).map_err(|error| error.message);
        assert_eq!(subscription(Some("arn:aws:sns:us-east-1:000000000000:t:id")).unwrap().id, "id");
        let missing = "Invalid parameter: SubscriptionArn Reason: no value for required parameter";
        assert_eq!(subscription(None).unwrap_err(), missing);
        let cases = [
            ("x", "Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1"),
            ("arn:aws:sns:us-east-1:000000000000:t", "Invalid parameter: SubscriptionId"),
        ];
        for (text, expected) in cases {
            assert_eq!(subscription(Some(text)).unwrap_err(), expected);
        }
    }
}
