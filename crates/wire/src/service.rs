//! The closed list of services that live here, and how each is named on the wire: its signing name, the
//! prefix of its `X-Amz-Target`, its API version, its XML namespace and the namespace of its errors.

use crate::render::Protocol;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    States,
    Sqs,
    Sns,
    CloudFormation,
    Iam,
    Sts,
    Lambda,
    Logs,
    S3,
    Events,
}

impl Service {
    pub const ALL: [Service; 10] = [
        Service::States,
        Service::Sqs,
        Service::Sns,
        Service::CloudFormation,
        Service::Iam,
        Service::Sts,
        Service::Lambda,
        Service::Logs,
        Service::S3,
        Service::Events,
    ];

    /// The service's name in a credential scope, which is also its name in ARNs and in endpoints.
    pub fn signing_name(self) -> &'static str {
        match self {
            Service::States => "states",
            Service::Sqs => "sqs",
            Service::Sns => "sns",
            Service::CloudFormation => "cloudformation",
            Service::Iam => "iam",
            Service::Sts => "sts",
            Service::Lambda => "lambda",
            Service::Logs => "logs",
            Service::S3 => "s3",
            Service::Events => "events",
        }
    }

    pub fn from_signing_name(name: &str) -> Option<Service> {
        Service::ALL.into_iter().find(|service| service.signing_name() == name)
    }

    /// What stands before the last dot of `X-Amz-Target`, for services that speak awsJson.
    pub fn target_prefix(self) -> Option<&'static str> {
        match self {
            Service::States => Some("AWSStepFunctions"),
            Service::Sqs => Some("AmazonSQS"),
            Service::Logs => Some("Logs_20140328"),
            Service::Events => Some("AWSEvents"),
            _ => None,
        }
    }

    pub fn from_target_prefix(prefix: &str) -> Option<Service> {
        Service::ALL.into_iter().find(|service| service.target_prefix() == Some(prefix))
    }

    /// The API version. Among services of the query protocol it is unique, so it names the service.
    pub fn version(self) -> &'static str {
        match self {
            Service::States => "2016-11-23",
            Service::Sqs => "2012-11-05",
            Service::Sns => "2010-03-31",
            Service::CloudFormation => "2010-05-15",
            Service::Iam => "2010-05-08",
            Service::Sts => "2011-06-15",
            Service::Lambda => "2015-03-31",
            Service::Logs => "2014-03-28",
            Service::S3 => "2006-03-01",
            Service::Events => "2015-10-07",
        }
    }

    /// The namespace of the service's XML documents, for services that write XML.
    pub fn xml_namespace(self) -> Option<&'static str> {
        match self {
            Service::Sqs => Some("http://queue.amazonaws.com/doc/2012-11-05/"),
            Service::Sns => Some("http://sns.amazonaws.com/doc/2010-03-31/"),
            Service::CloudFormation => Some("http://cloudformation.amazonaws.com/doc/2010-05-15/"),
            Service::Iam => Some("https://iam.amazonaws.com/doc/2010-05-08/"),
            Service::Sts => Some("https://sts.amazonaws.com/doc/2011-06-15/"),
            Service::S3 => Some("http://s3.amazonaws.com/doc/2006-03-01/"),
            Service::States | Service::Lambda | Service::Logs | Service::Events => None,
        }
    }

    /// The namespace before `#` in the `__type` of an error that names none itself.
    pub fn error_namespace(self) -> Option<&'static str> {
        match self {
            Service::States => Some("com.amazonaws.swf.service.v2.model"),
            Service::Sqs => Some("com.amazonaws.sqs"),
            _ => None,
        }
    }

    /// The protocol in which the service is spoken to where the request does not say.
    pub fn protocol(self) -> Protocol {
        match self {
            Service::States | Service::Sqs => Protocol::AwsJson10,
            Service::Logs | Service::Events => Protocol::AwsJson11,
            Service::Sns | Service::CloudFormation | Service::Iam | Service::Sts => Protocol::Query,
            Service::Lambda => Protocol::RestJson,
            Service::S3 => Protocol::RestXml,
        }
    }

    pub fn speaks_query(self) -> bool {
        self.xml_namespace().is_some() && self.protocol() != Protocol::RestXml
    }
}
