//! The closed list of what Step Functions calls by itself: services, their actions, and how a state may wait for each. Whether
//! a server has them is not known here: a definition that names one is accepted, as on AWS, and finds out when it gets there.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>

use IntegrationPattern::{RequestResponse, Sync, Sync2, WaitForTaskToken};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    /// `sqs`, or `aws-sdk:sqs` for an operation that is called as it is.
    pub service: String,
    /// `sendMessage`
    pub action: String,
    pub pattern: IntegrationPattern,
    /// The parameters that the integration takes: AWS drops others without a word before it schedules the task. Without a
    /// list, all are passed on.
    pub parameters: Option<&'static [&'static str]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegrationPattern {
    RequestResponse,
    WaitForTaskToken,
    /// Waits for the job's end.
    Sync,
    /// The same, with the result as JSON in place of text.
    Sync2,
}

impl IntegrationPattern {
    const ALL: [Self; 4] = [RequestResponse, WaitForTaskToken, Sync, Sync2];

    fn suffix(self) -> &'static str {
        match self {
            RequestResponse => "",
            WaitForTaskToken => ".waitForTaskToken",
            Sync => ".sync",
            Sync2 => ".sync:2",
        }
    }
}

impl Integration {
    /// `sendMessage.waitForTaskToken`, as it stands in the history.
    pub fn resource_name(&self) -> String {
        format!("{}{}", self.action, self.pattern.suffix())
    }

    /// Whether the task can be answered from outside, with a token. A job that is waited for can, too (recorded).
    pub fn has_token(&self) -> bool {
        self.pattern != RequestResponse
    }

    /// The service of the SDK whose operation is called as it is: `sqs`.
    pub fn sdk_service(&self) -> Option<&str> {
        self.service.strip_prefix("aws-sdk:")
    }

    /// What an ARN ends in: `sqs` and `sendMessage.waitForTaskToken`, or `aws-sdk` and `sqs:sendMessage`.
    pub(super) fn recognise(service: &str, named: &str) -> Option<Integration> {
        if service == "aws-sdk" {
            return of_sdk(named);
        }
        let (action, pattern) = split(named)?;
        let row = INTEGRATIONS.iter().find(|row| row.service == service && row.actions.contains(&action))?;
        row.patterns.contains(&pattern).then(|| Integration {
            service: service.to_owned(),
            action: action.to_owned(),
            pattern,
            parameters: row.parameters,
        })
    }
}

/// Any operation of any service: which ones there are is AWS's to add to.
fn of_sdk(named: &str) -> Option<Integration> {
    let (service, named) = named.split_once(':')?;
    let (action, pattern) = split(named)?;
    let is_name = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.chars().all(|letter| letter.is_ascii_alphanumeric())
    };
    let is_known =
        is_name(service) && is_name(action) && matches!(pattern, RequestResponse | WaitForTaskToken);
    is_known.then(|| Integration {
        service: format!("aws-sdk:{service}"),
        action: action.to_owned(),
        pattern,
        parameters: None,
    })
}

fn split(named: &str) -> Option<(&str, IntegrationPattern)> {
    let (action, suffix) = named.split_at(named.find('.').unwrap_or(named.len()));
    let pattern = IntegrationPattern::ALL.into_iter().find(|pattern| pattern.suffix() == suffix)?;
    Some((action, pattern))
}

struct Row {
    service: &'static str,
    actions: &'static [&'static str],
    patterns: &'static [IntegrationPattern],
    parameters: Option<&'static [&'static str]>,
}

const fn row(
    service: &'static str,
    actions: &'static [&'static str],
    patterns: &'static [IntegrationPattern],
) -> Row {
    Row { service, actions, patterns, parameters: None }
}

const ANSWERED: &[IntegrationPattern] = &[RequestResponse];
const ANSWERED_OR_TOKEN: &[IntegrationPattern] = &[RequestResponse, WaitForTaskToken];
const ANSWERED_OR_SYNC: &[IntegrationPattern] = &[RequestResponse, Sync];
const ANSWERED_SYNC_OR_TOKEN: &[IntegrationPattern] = &[RequestResponse, Sync, WaitForTaskToken];
const ALL: &[IntegrationPattern] = &IntegrationPattern::ALL;

const INTEGRATIONS: &[Row] = &[
    row("apigateway", &["invoke"], ANSWERED_OR_TOKEN),
    row("athena", &["startQueryExecution"], ANSWERED_OR_SYNC),
    row("athena", &["getQueryExecution", "getQueryResults", "stopQueryExecution"], ANSWERED),
    row("batch", &["submitJob"], ANSWERED_OR_SYNC),
    row("bedrock", &["createModelCustomizationJob"], ANSWERED_OR_SYNC),
    row("bedrock", &["invokeModel"], ANSWERED),
    row("codebuild", &["startBuild", "startBuildBatch"], ANSWERED_OR_SYNC),
    row(
        "codebuild",
        &["batchDeleteBuilds", "batchGetReports", "deleteBuildBatch", "retryBuildBatch", "stopBuild"],
        ANSWERED,
    ),
    row("codebuild", &["stopBuildBatch"], ANSWERED),
    row("databrew", &["startJobRun"], ANSWERED_OR_SYNC),
    row("dynamodb", &["deleteItem", "getItem", "putItem", "updateItem"], ANSWERED),
    row("ecs", &["runTask"], ANSWERED_SYNC_OR_TOKEN),
    row(
        "eks",
        &[
            "createCluster",
            "createFargateProfile",
            "createNodegroup",
            "deleteCluster",
            "deleteFargateProfile",
            "deleteNodegroup",
            "runJob",
        ],
        ANSWERED_OR_SYNC,
    ),
    row("eks", &["call"], ANSWERED),
    row("elasticmapreduce", &["addStep", "createCluster", "terminateCluster"], ANSWERED_OR_SYNC),
    row(
        "elasticmapreduce",
        &[
            "cancelStep",
            "modifyInstanceFleetByName",
            "modifyInstanceGroupByName",
            "setClusterTerminationProtection",
        ],
        ANSWERED,
    ),
    row("emr-containers", &["createVirtualCluster"], ANSWERED),
    row("emr-containers", &["deleteVirtualCluster", "startJobRun"], ANSWERED_OR_SYNC),
    row(
        "emr-serverless",
        &[
            "cancelJobRun",
            "createApplication",
            "deleteApplication",
            "startApplication",
            "startJobRun",
            "stopApplication",
        ],
        ANSWERED_OR_SYNC,
    ),
    row("events", &["putEvents"], ANSWERED_OR_TOKEN),
    row("glue", &["startJobRun"], ANSWERED_OR_SYNC),
    row("http", &["invoke"], ANSWERED),
    Row {
        service: "lambda",
        actions: &["invoke"],
        patterns: ANSWERED_OR_TOKEN,
        parameters: Some(&[
            "ClientContext",
            "FunctionName",
            "InvocationType",
            "LogType",
            "Payload",
            "Qualifier",
        ]),
    },
    row("mediaconvert", &["createJob"], ANSWERED_OR_SYNC),
    row(
        "sagemaker",
        &[
            "createHyperParameterTuningJob",
            "createLabelingJob",
            "createProcessingJob",
            "createTrainingJob",
            "createTransformJob",
        ],
        ANSWERED_OR_SYNC,
    ),
    row("sagemaker", &["createEndpoint", "createEndpointConfig", "createModel", "updateEndpoint"], ANSWERED),
    Row {
        service: "sns",
        actions: &["publish"],
        patterns: ANSWERED_OR_TOKEN,
        parameters: Some(&[
            "Message",
            "MessageAttributes",
            "MessageDeduplicationId",
            "MessageGroupId",
            "MessageStructure",
            "PhoneNumber",
            "Subject",
            "TargetArn",
            "TopicArn",
        ]),
    },
    Row {
        service: "sqs",
        actions: &["sendMessage"],
        patterns: ANSWERED_OR_TOKEN,
        parameters: Some(&[
            "DelaySeconds",
            "MessageAttributes",
            "MessageBody",
            "MessageDeduplicationId",
            "MessageGroupId",
            "MessageSystemAttributes",
            "QueueUrl",
        ]),
    },
    Row {
        service: "states",
        actions: &["startExecution"],
        patterns: ALL,
        parameters: Some(&["Input", "Name", "StateMachineArn", "TraceHeader"]),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn named(service: &str, named: &str) -> Option<(String, String)> {
        let integration = Integration::recognise(service, named)?;
        Some((integration.service.clone(), integration.resource_name()))
    }

    #[test]
    fn actions_are_recognised_with_the_patterns_that_they_have() {
        for (service, action) in [
            ("sqs", "sendMessage.waitForTaskToken"),
            ("states", "startExecution"),
            ("states", "startExecution.sync"),
            ("states", "startExecution.sync:2"),
            ("ecs", "runTask.sync"),
            ("dynamodb", "getItem"),
            ("http", "invoke"),
        ] {
            assert_eq!(named(service, action), Some((service.to_owned(), action.to_owned())));
        }
        for (service, action) in [
            ("sqs", "sendMessage.sync"),
            ("sqs", "sendmessage"),
            ("sqs", "sendMessage.waitForTaskToken.waitForTaskToken"),
            ("sqs", ""),
            ("ecs", "runTask.sync:2"),
            ("http", "invoke.waitForTaskToken"),
            ("nothing", "at"),
        ] {
            assert_eq!(named(service, action), None, "{service}:{action}");
        }
    }

    #[test]
    fn operations_of_the_sdk_are_recognised_by_their_form() {
        let recognised = Integration::recognise("aws-sdk", "sfn:sendTaskSuccess.waitForTaskToken").unwrap();
        assert_eq!(recognised.service, "aws-sdk:sfn");
        assert_eq!(recognised.sdk_service(), Some("sfn"));
        assert_eq!(recognised.resource_name(), "sendTaskSuccess.waitForTaskToken");
        assert!(recognised.has_token());
        for wrong in
            ["sfn", "sfn:", ":x", "sfn:startExecution.sync", "sfn:SendTask", "s-3:getObject", "sfn:a:b"]
        {
            assert_eq!(Integration::recognise("aws-sdk", wrong), None, "{wrong}");
        }
    }
}
