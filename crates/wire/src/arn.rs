//! Amazon Resource Names: `arn:partition:service:region:account:resource`. What a resource is called is its
//! service's business; here it is the rest of the text, colons and slashes included.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Arn {
    pub partition: String,
    pub service: String,
    /// Empty for services without regions, such as IAM.
    pub region: String,
    pub account: String,
    pub resource: String,
}

impl Arn {
    pub fn new(service: &str, region: &str, account: &str, resource: impl Into<String>) -> Arn {
        Arn {
            partition: partition(region).to_owned(),
            service: service.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            resource: resource.into(),
        }
    }

    /// `None` where it isn't an ARN at all.
    pub fn parse(text: &str) -> Option<Arn> {
        let mut parts = text.splitn(6, ':').map(str::to_owned);
        if parts.next()? != "arn" {
            return None;
        }
        let (partition, service, region, account) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let resource = parts.next()?;
        let complete = !partition.is_empty() && !service.is_empty() && !resource.is_empty();
        complete.then_some(Arn { partition, service, region, account, resource })
    }

    /// The parts of a resource of the form `type:name` or `type/name`, the type first.
    pub fn resource_type(&self) -> Option<(&str, &str)> {
        self.resource.split_once([':', '/'])
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Arn { partition, service, region, account, resource } = self;
        write!(formatter, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// The partition to which a region belongs.
pub fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ if region.starts_with("us-iso-") => "aws-iso",
        _ if region.starts_with("us-isob-") => "aws-iso-b",
        _ if region.starts_with("eusc-") => "aws-eusc",
        _ => "aws",
    }
}

/// Whether a text can be the name of a region, known or not.
pub fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_parsed_is_written_back() {
        let arns = [
            "arn:aws:states:us-east-1:123456789012:stateMachine:name:1",
            "arn:aws:iam::123456789012:role/path/name",
            "arn:aws:s3:::bucket/key:with:colons",
            "arn:aws-cn:sqs:cn-north-1:123456789012:queue",
        ];
        for text in arns {
            assert_eq!(Arn::parse(text).unwrap().to_string(), text);
        }
        let arn = Arn::new("sqs", "cn-north-1", "123456789012", "queue");
        assert_eq!(arn.to_string(), arns[3]);
        assert_eq!(Arn::parse(arns[1]).unwrap().resource_type(), Some(("role", "path/name")));
    }

    #[test]
    fn what_is_no_arn_is_refused() {
        for text in [
            "",
            "arn",
            "arn:aws:sqs:us-east-1:1",
            "arn:aws:sqs:us-east-1:1:",
            "arn::sqs:r:a:x",
            "ARN:aws:sqs:r:a:x",
            "x:aws:sqs:r:a:x",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn regions_and_accounts_are_recognised_by_their_form() {
        assert!(is_region("us-east-1") && is_region("local"));
        assert!(!is_region("") && !is_region("a:b") && !is_region("US") && !is_region(&"a".repeat(33)));
        assert!(
            is_account_id("000000000000") && !is_account_id("00000000000") && !is_account_id("00000000000x")
        );
    }
}
