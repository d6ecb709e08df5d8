//! The closed list of services that a call can be sent to: those that speak AWS's JSON protocols, where an operation is a name
//! and an object.

use stepwell_engine::Integration;

/// How a service is spoken to, and how AWS's SDKs name it.
#[derive(Debug, PartialEq, Eq)]
pub struct RemoteService {
    /// In `aws-sdk:dynamodb`.
    pub sdk: &'static str,
    /// In `dynamodb:getItem`, which is also the name for signatures and for `--endpoint`.
    pub name: &'static str,
    /// What stands before the operation in `X-Amz-Target`.
    pub target: &'static str,
    /// The version of the JSON protocol.
    pub version: &'static str,
    /// The client of the SDK's second version, which begins the names of errors: `DynamoDb`.
    pub client: &'static str,
    /// The same of optimised integrations, and the name in their causes: `DynamoDB`, `AmazonDynamoDBv2`.
    pub first: (&'static str, &'static str),
    /// Whether names of members begin with a small letter in this service.
    pub begins_small: bool,
}

const fn service(
    sdk: &'static str,
    name: &'static str,
    target: &'static str,
    version: &'static str,
    client: &'static str,
) -> RemoteService {
    RemoteService { sdk, name, target, version, client, first: (client, client), begins_small: false }
}

const SERVICES: &[RemoteService] = &[
    RemoteService {
        first: ("Athena", "AmazonAthena"),
        ..service("athena", "athena", "AmazonAthena", "1.1", "Athena")
    },
    RemoteService {
        begins_small: true,
        first: ("CodeBuild", "AWSCodeBuild"),
        ..service("codebuild", "codebuild", "CodeBuild_20161006", "1.1", "CodeBuild")
    },
    service(
        "cognitoidentityprovider",
        "cognito-idp",
        "AWSCognitoIdentityProviderService",
        "1.1",
        "CognitoIdentityProvider",
    ),
    RemoteService {
        first: ("DynamoDB", "AmazonDynamoDBv2"),
        ..service("dynamodb", "dynamodb", "DynamoDB_20120810", "1.0", "DynamoDb")
    },
    RemoteService {
        begins_small: true,
        first: ("ECS", "AmazonECS"),
        ..service("ecs", "ecs", "AmazonEC2ContainerServiceV20141113", "1.1", "Ecs")
    },
    RemoteService {
        first: ("ElasticMapReduce", "AmazonElasticMapReduce"),
        ..service("emr", "elasticmapreduce", "ElasticMapReduce", "1.1", "Emr")
    },
    RemoteService {
        first: ("EventBridge", "AmazonEventBridge"),
        ..service("eventbridge", "events", "AWSEvents", "1.1", "EventBridge")
    },
    service("firehose", "firehose", "Firehose_20150804", "1.1", "Firehose"),
    RemoteService { first: ("Glue", "AWSGlue"), ..service("glue", "glue", "AWSGlue", "1.1", "Glue") },
    service("kinesis", "kinesis", "Kinesis_20131202", "1.1", "Kinesis"),
    service("kms", "kms", "TrentService", "1.1", "Kms"),
    RemoteService {
        first: ("SageMaker", "AmazonSageMaker"),
        ..service("sagemaker", "sagemaker", "SageMaker", "1.1", "SageMaker")
    },
    service("secretsmanager", "secretsmanager", "secretsmanager", "1.1", "SecretsManager"),
    service("ssm", "ssm", "AmazonSSM", "1.1", "Ssm"),
];

/// What `--endpoint` may name.
pub const NAMES: [&str; 14] = [
    "athena",
    "codebuild",
    "cognito-idp",
    "dynamodb",
    "ecs",
    "elasticmapreduce",
    "events",
    "firehose",
    "glue",
    "kinesis",
    "kms",
    "sagemaker",
    "secretsmanager",
    "ssm",
];

/// The service that an integration calls.
#[must_use]
pub fn find(integration: &Integration) -> Option<&'static RemoteService> {
    SERVICES.iter().find(|service| match integration.sdk_service() {
        Some(sdk) => service.sdk == sdk,
        None => service.name == integration.service,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_can_be_named_for_every_service_of_the_list() {
        assert_eq!(SERVICES.iter().map(|service| service.name).collect::<Vec<_>>(), NAMES);
    }
}
