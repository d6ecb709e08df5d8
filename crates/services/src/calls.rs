//! Where services meet: one addresses another's operations here, as a customer would, within the same transaction.
//!
//! Siblings don't import each other; whoever wants to know which service calls which reads this file.

mod objects;

pub(crate) use objects::{
    StoredPart, s3_bytes, s3_check_bucket, s3_keep_object, s3_list, s3_put_parts, s3_read, s3_release,
    s3_store,
};

use crate::context::Caller;
use crate::context::Context;
use crate::effect::{InvokeFunction, InvokePurpose};
use crate::failure::Failure;
use crate::keys::Scope;
use crate::lambda::{self, FunctionSpec};
use crate::operation::{Command, Read};
use crate::rows::Rows;
use crate::sns::Publish;
use crate::sns::model::Topic;
use crate::sqs::model::{MessageAttribute, Queue};
use crate::sqs::receipt::Receipt;
use crate::sqs::{SendMessage, SendMessageOutput};
use crate::tx::Tx;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use stepwell_wire::arn::Arn;
use stepwell_wire::{ApiError, Service};

/// The principal by which roles trust Step Functions.
const STATES: &str = "states.amazonaws.com";
/// The principal by which roles trust Lambda.
const LAMBDA: &str = "lambda.amazonaws.com";
/// The principal by which roles trust EventBridge.
const EVENTS: &str = "events.amazonaws.com";
/// The principal by which roles trust CloudFormation.
const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";

/// SNS → SQS, Lambda → SQS (dead letters): a message to the queue of this ARN. `None` if there is no such queue.
pub(crate) fn send_to_queue(
    queue_arn: &str,
    body: String,
    attributes: BTreeMap<String, MessageAttribute>,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Option<SendMessageOutput>, Failure> {
    let message =
        SendMessage { message_body: Some(body), message_attributes: attributes, ..SendMessage::default() };
    send_as_caller(queue_arn, message, tx, context)
}

/// SNS → SQS: how a queue's message has its attributes.
pub(crate) use crate::sqs::model::MessageAttribute as QueueMessageAttribute;

/// A message for a queue in the words of whoever isn't SQS.
pub(crate) struct QueueMessage {
    pub body: String,
    pub attributes: BTreeMap<String, QueueMessageAttribute>,
    pub group_id: Option<String>,
    pub deduplication_id: Option<String>,
}

/// SNS → SQS: a notification to the queue of this ARN. `None` if there is no such queue.
pub(crate) fn send_notification(
    queue_arn: &str,
    message: QueueMessage,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Option<SendMessageOutput>, Failure> {
    let message = SendMessage {
        message_body: Some(message.body),
        message_attributes: message.attributes,
        message_group_id: message.group_id,
        message_deduplication_id: message.deduplication_id,
        ..SendMessage::default()
    };
    send_as_caller(queue_arn, message, tx, context)
}

fn send_as_caller(
    queue_arn: &str,
    mut message: SendMessage,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Option<SendMessageOutput>, Failure> {
    let Some(queue) = Queue::by_arn(queue_arn, tx)? else { return Ok(None) };
    message.queue_url = queue.url("");
    let scope = Scope::new(&queue.account, &queue.region);
    let caller = context.request.caller.clone();
    context.acting_as(caller, scope, |context| message.apply(tx, context)).map(Some)
}

/// Step Functions → SQS: `SendMessage` with the parameters of a task.
pub(crate) fn sqs_send_message(
    parameters: Value,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<Value, Failure> {
    call::<SendMessage>(parameters, tx, context)
}

/// Step Functions → IAM: may Step Functions assume the role of a new state machine?
pub(crate) fn check_role_of_state_machine(role_arn: &str, tx: &Tx, context: &Context) -> Result<(), Failure> {
    let scope = context.scope().clone();
    // No session is opened, and no state machine is there yet to be named as the source.
    let assumption = ServiceAssumption {
        role_arn,
        service: STATES,
        scope: &scope,
        source_arn: None,
        session_name: "StateMachine",
    };
    match assume_for_service(&assumption, tx, context)? {
        Ok(_) => Ok(()),
        Err(RoleProblem::OtherAccount) => {
            let text = "Cross-account pass role is not allowed.";
            Err(ApiError::access_denied(Service::States, text).into())
        }
        Err(RoleProblem::Missing | RoleProblem::NotTrusted) => {
            let text = "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.";
            Err(ApiError::access_denied(Service::States, text).into())
        }
    }
}

/// Step Functions → STS: the session in which an execution acts; or why the role can't be assumed.
pub(crate) fn role_session(
    role_arn: &str,
    machine_arn: &str,
    scope: &Scope,
    tx: &Tx,
    context: &mut Context,
) -> Result<Result<Caller, String>, Failure> {
    let session_name = context.entropy.text(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 32);
    let assumption = ServiceAssumption {
        role_arn,
        service: STATES,
        scope,
        source_arn: Some(machine_arn),
        session_name: &session_name,
    };
    let refused = |_| format!("The principal {STATES} is not authorized to assume the provided role.");
    Ok(assume_for_service(&assumption, tx, context)?.map_err(refused))
}

/// Step Functions → STS: temporary credentials of an execution's role, for a call that another server answers; or why there are
/// none.
pub(crate) fn session_of_machine(
    role_arn: &str,
    machine_arn: &str,
    scope: &Scope,
    duration_s: u64,
    rows: &dyn Rows,
    context: &mut Context,
) -> Result<Result<SessionCredentials, String>, Failure> {
    let session_name = context.entropy.text(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 32);
    let assumption = ServiceAssumption {
        role_arn,
        service: STATES,
        scope,
        source_arn: Some(machine_arn),
        session_name: &session_name,
    };
    let refused = |_| format!("The principal {STATES} is not authorized to assume the provided role.");
    Ok(session_for_service(&assumption, duration_s, rows, context)?.map_err(refused))
}

/// Step Functions → EventBridge: something happened that rules may wait for.
pub(crate) use crate::events::event::{Event, is_heard, publish as publish_event};

/// Step Functions → EventBridge: `PutEvents` with the parameters of a task.
pub(crate) fn put_events(parameters: Value, tx: &mut Tx, context: &mut Context) -> Result<Value, Failure> {
    call::<crate::events::PutEvents>(parameters, tx, context)
}

/// EventBridge → STS: the session in which a rule starts a state machine; nothing if the role can't be taken on.
pub(crate) fn role_of_rule(
    role_arn: &str,
    scope: &Scope,
    rows: &dyn Rows,
    context: &Context,
) -> Result<Option<Caller>, Failure> {
    let assumption =
        ServiceAssumption { role_arn, service: EVENTS, scope, source_arn: None, session_name: "EventBridge" };
    Ok(assume_for_service(&assumption, rows, context)?.ok())
}

/// EventBridge → Step Functions: starts an execution, as the caller of the context.
pub(crate) fn start_execution(input: Value, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
    let action = Action { service: Service::States, operation: "StartExecution" };
    authorize(&context.request.caller, &action)?;
    call::<crate::states::StartExecution>(input, tx, context).map(drop)
}

/// Step Functions → EventBridge: what the connection of an ARN authenticates with, if it is there.
pub(crate) fn connection(
    arn: &str,
    rows: &dyn Rows,
    context: &Context,
) -> Result<Option<AuthParameters>, Failure> {
    let connection = crate::events::model::Connection::by_arn(arn, rows)?;
    connection.map(|connection| connection.parameters(context.secrets)).transpose()
}

/// Step Functions → EventBridge: the parts of that.
pub(crate) use crate::events::{AuthParameters, HttpParameter, HttpParameters, OAuthParameters};

/// A run of a function as Step Functions asks for it.
pub(crate) struct TaskInvocation {
    /// A name or an ARN, with or without a qualifier.
    pub function: String,
    pub qualifier: Option<String>,
    /// JSON text.
    pub payload: String,
    pub purpose: InvokePurpose,
    pub log_tail: bool,
    pub client_context: Option<String>,
}

/// Runs an operation as a customer would: with an input as JSON, giving its output as JSON.
pub(crate) fn call<C: Command>(input: Value, tx: &mut Tx, context: &mut Context) -> Result<Value, Failure> {
    // The members that an integration passes on were written by hand in a definition: wrong types are its mistake.
    let command: C =
        serde_json::from_value(input).map_err(|error| ApiError::serialization(error.to_string()))?;
    let output = command.apply(tx, context)?;
    serde_json::to_value(output).map_err(|error| Failure::broken(error.to_string()))
}

/// Asks a service as a customer would.
pub(crate) fn ask<R: Read>(input: Value, rows: &dyn Rows, context: &mut Context) -> Result<Value, Failure> {
    let read: R =
        serde_json::from_value(input).map_err(|error| ApiError::serialization(error.to_string()))?;
    let output = read.read(rows, context)?;
    serde_json::to_value(output).map_err(|error| Failure::broken(error.to_string()))
}

/// Whether a service knows what it was asked for. What can't be named isn't there.
pub(crate) fn is_there(answer: Result<Value, Failure>) -> Result<bool, Failure> {
    match answer {
        Ok(_) => Ok(true),
        Err(Failure::Refused(_)) => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// CloudFormation → all: the operations by which resources are made, changed and taken away.
pub(crate) mod operations {
    pub(crate) use crate::events::{
        DeleteRule, DescribeRule, ListTargetsByRule, PutRule, PutTargets, RemoveTargets,
    };
    pub(crate) use crate::iam::{
        CreatePolicy, CreatePolicyVersion, CreateRole, DeletePolicy, DeletePolicyVersion, DeleteRole,
        DeleteRolePermissionsBoundary, GetPolicy, ListPolicyVersions, PutRolePermissionsBoundary,
        UpdateAssumeRolePolicy, UpdateRole,
    };
    pub(crate) use crate::lambda::{
        AddPermission, CreateAlias, CreateEventSourceMapping, CreateFunction, DeleteAlias,
        DeleteEventSourceMapping, DeleteFunction, DeleteFunctionConcurrency, GetFunctionConfiguration,
        ListVersionsByFunction, PublishVersion, PutFunctionConcurrency, RemovePermission, UpdateAlias,
        UpdateEventSourceMapping, UpdateFunctionCode, UpdateFunctionConfiguration,
    };
    pub(crate) use crate::lambda::{TagResource as TagFunction, UntagResource as UntagFunction};
    pub(crate) use crate::logs::{
        CreateLogGroup, CreateLogStream, DeleteLogGroup, DeleteLogStream, DeleteRetentionPolicy,
        PutRetentionPolicy,
    };
    pub(crate) use crate::logs::{TagResource as TagLogGroup, UntagResource as UntagLogGroup};
    pub(crate) use crate::s3::{CreateBucket, DeleteBucket, HeadBucket};
    pub(crate) use crate::sns::{
        CreateTopic, DeleteTopic, GetTopicAttributes, SetSubscriptionAttributes, SetTopicAttributes,
        Subscribe, Unsubscribe,
    };
    pub(crate) use crate::sns::{TagResource as TagTopic, UntagResource as UntagTopic};
    pub(crate) use crate::sqs::{
        CreateQueue, DeleteQueue, GetQueueAttributes, GetQueueUrl, SetQueueAttributes, TagQueue, UntagQueue,
    };
    pub(crate) use crate::states::{
        CreateActivity, CreateStateMachine, CreateStateMachineAlias, DeleteActivity, DeleteStateMachine,
        DeleteStateMachineAlias, DeleteStateMachineVersion, DescribeActivity, DescribeStateMachine,
        ListStateMachineVersions, PublishStateMachineVersion, UpdateStateMachine, UpdateStateMachineAlias,
    };
    pub(crate) use crate::states::{TagResource as TagStateMachine, UntagResource as UntagStateMachine};

    use crate::iam::model::{Group, Role, User};
    use crate::iam::{AttachPolicy, DeleteInlinePolicy, DetachPolicy, PutInlinePolicy, RemoveTags, SetTags};

    pub(crate) type AttachGroupPolicy = AttachPolicy<Group>;
    pub(crate) type AttachRolePolicy = AttachPolicy<Role>;
    pub(crate) type AttachUserPolicy = AttachPolicy<User>;
    pub(crate) type DeleteGroupPolicy = DeleteInlinePolicy<Group>;
    pub(crate) type DeleteRolePolicy = DeleteInlinePolicy<Role>;
    pub(crate) type DeleteUserPolicy = DeleteInlinePolicy<User>;
    pub(crate) type DetachGroupPolicy = DetachPolicy<Group>;
    pub(crate) type DetachRolePolicy = DetachPolicy<Role>;
    pub(crate) type DetachUserPolicy = DetachPolicy<User>;
    pub(crate) type PutGroupPolicy = PutInlinePolicy<Group>;
    pub(crate) type PutRolePolicy = PutInlinePolicy<Role>;
    pub(crate) type PutUserPolicy = PutInlinePolicy<User>;
    pub(crate) type TagRole = SetTags<Role>;
    pub(crate) type UntagRole = RemoveTags<Role>;
}

/// CloudFormation → Lambda: the archive, in base64, that inline code of a template becomes.
pub(crate) fn inline_package(runtime: &str, text: &str) -> Result<String, Failure> {
    Ok(BASE64.encode(lambda::Package::inline(lambda::inline_file(runtime), text)?.bytes))
}

/// CloudFormation → Lambda: the hash by which Lambda names the archive of this base64.
pub(crate) fn sha256_of_package(package: &str) -> Option<String> {
    let bytes = BASE64.decode(package).ok()?;
    Some(BASE64.encode(Sha256::digest(bytes)))
}

/// CloudFormation → Lambda: the same of code in a bucket, as far as there is any.
pub(crate) fn sha256_of_code(
    bucket: &str,
    key: &str,
    rows: &dyn Rows,
    context: &Context,
) -> Result<Option<String>, Failure> {
    if bucket == lambda::UPLOADED_CODE_BUCKET {
        return Ok(sha256_of_local_code(key));
    }
    match s3_bytes(bucket, key, lambda::ZIPPED_BYTES, rows, context) {
        Ok(bytes) => Ok(bytes.map(|bytes| BASE64.encode(Sha256::digest(bytes)))),
        Err(Failure::Refused(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The key of code that was uploaded before is its hash in hexadecimal.
fn sha256_of_local_code(key: &str) -> Option<String> {
    let byte = |at: usize| u8::from_str_radix(key.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..key.len()).step_by(2).map(byte).collect();
    bytes.filter(|bytes| bytes.len() == 32).map(|bytes| BASE64.encode(bytes))
}

/// CloudFormation → SNS: the policy that a topic has without one of its own; none if there is no such topic.
pub(crate) fn default_topic_policy(topic_arn: &str, rows: &dyn Rows) -> Result<Option<String>, Failure> {
    match Topic::by_arn(topic_arn, rows) {
        Ok(topic) => Ok(Some(crate::sns::topic_attributes::default_policy(&topic).to_string())),
        Err(Failure::Refused(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// CloudFormation → STS: the session in which a stack with a role makes its resources; or why there is none.
pub(crate) fn role_of_stack(
    role_arn: &str,
    stack_arn: &str,
    rows: &dyn Rows,
    context: &Context,
) -> Result<Result<Caller, String>, Failure> {
    let scope = context.scope().clone();
    let assumption = ServiceAssumption {
        role_arn,
        service: CLOUDFORMATION,
        scope: &scope,
        source_arn: Some(stack_arn),
        session_name: "AWSCloudFormation",
    };
    let refused = |_| format!("Role {role_arn} is invalid or cannot be assumed");
    Ok(assume_for_service(&assumption, rows, context)?.map_err(refused))
}

/// Lambda → CloudFormation: a function is ready, or will never be. A stack may wait for it.
pub(crate) fn function_was_prepared(function_arn: &str, tx: &mut Tx) -> Result<(), Failure> {
    crate::cloudformation::plan::told(function_arn, tx)
}

/// Step Functions, Lambda → SNS: `Publish` with the parameters of a task, or of what an asynchronous invocation has to tell.
pub(crate) fn sns_publish(parameters: Value, tx: &mut Tx, context: &mut Context) -> Result<Value, Failure> {
    call::<Publish>(parameters, tx, context)
}

/// Step Functions → Lambda: a run whose answer a task waits for; refused at once if there is no such function or it isn't
/// ready.
pub(crate) fn invoke_for_task(
    invocation: TaskInvocation,
    tx: &Tx,
    context: &mut Context,
) -> Result<InvokeFunction, Failure> {
    lambda::task::invoke(invocation, tx, context)
}

/// Step Functions → Lambda: an invocation that the task doesn't wait for.
pub(crate) fn invoke_asynchronously(
    invocation: &TaskInvocation,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<(), Failure> {
    lambda::task::invoke_event(invocation, tx, context)
}

/// Step Functions → Lambda: whether there is what a task would invoke.
pub(crate) fn find_function(invocation: &TaskInvocation, tx: &Tx, context: &Context) -> Result<(), Failure> {
    lambda::task::find(invocation, tx, context)
}

/// SNS, Lambda → Lambda: an asynchronous invocation of the function of an ARN. `false` if there is none.
pub(crate) fn send_event(
    function_arn: &str,
    payload: String,
    tx: &mut Tx,
    context: &mut Context,
) -> Result<bool, Failure> {
    lambda::asynchronous::invoke(function_arn, payload, tx, context)
}

/// Lambda → IAM: may Lambda assume the role of a function?
pub(crate) fn check_role_of_function(
    role_arn: &str,
    rows: &dyn Rows,
    context: &Context,
) -> Result<Result<(), RoleProblem>, Failure> {
    let scope = context.scope().clone();
    let assumption = ServiceAssumption {
        role_arn,
        service: LAMBDA,
        scope: &scope,
        source_arn: None,
        session_name: "Function",
    };
    Ok(assume_for_service(&assumption, rows, context)?.map(drop))
}

/// Lambda → IAM: temporary credentials of a function's role for the function's environment; or why there are none.
pub(crate) fn session_of_function(
    spec: &FunctionSpec,
    duration_s: u64,
    rows: &dyn Rows,
    context: &mut Context,
) -> Result<Result<SessionCredentials, RoleProblem>, Failure> {
    let scope = Scope::new(&spec.account, &spec.region);
    let assumption = ServiceAssumption {
        role_arn: &spec.role_arn,
        service: LAMBDA,
        scope: &scope,
        source_arn: Some(&spec.arn),
        session_name: &spec.name,
    };
    session_for_service(&assumption, duration_s, rows, context)
}

/// Lambda → SQS: the queue that a mapping takes from, and what it takes. Their names are those of SQS.
pub(crate) use crate::sqs::model::Queue as SourceQueue;
pub(crate) use crate::sqs::take::{Most, Taken, available, take_within};

/// Lambda → SQS: the sums that a record carries.
pub(crate) use crate::sqs::digest::{md5_of_attributes, md5_of_body};

/// Lambda → SQS: a mapping's function is done with a message.
pub(crate) fn delete_received(
    queue: u64,
    sequence: u64,
    visible_from_ms: u64,
    tx: &mut Tx,
) -> Result<(), Failure> {
    // How often it was received says nothing here: whatever handle was given for it will do.
    crate::sqs::delete_message::delete(tx, &Receipt { queue, sequence, visible_from_ms, receive_count: 0 })
}

/// SQS → Lambda: mappings of a queue that was made anew under an old name go on.
pub(crate) fn queue_was_made(queue_arn: &str, scope: &Scope, tx: &mut Tx) -> Result<(), Failure> {
    lambda::event_source::start_where(scope, tx, |mapping| mapping.event_source_arn == queue_arn)
}

/// Lambda → SQS, SNS, Lambda: whether there is something at this ARN that a record or a dead letter can be delivered to.
pub(crate) fn is_target(arn: &str, rows: &dyn Rows) -> Result<bool, Failure> {
    match Arn::parse(arn) {
        Some(parts) if parts.service == "sqs" => Ok(Queue::by_arn(arn, rows)?.is_some()),
        Some(parts) if parts.service == "lambda" => lambda::task::is_function(arn, rows),
        Some(parts) if parts.service == "sns" => match Topic::by_arn(arn, rows) {
            Ok(_) => Ok(true),
            Err(Failure::Refused(_)) => Ok(false),
            Err(failure) => Err(failure),
        },
        _ => Ok(false),
    }
}

/// Lambda → CloudWatch Logs: what a function printed, whose group and stream are made if they aren't there.
#[allow(unused_imports, reason = "Lambda is the caller, and comes next")]
pub(crate) use crate::logs::write as write_log;

pub use crate::logs::Line;
/// Step Functions → CloudWatch Logs: what happens in executions. Into a group that is there.
pub(crate) use crate::logs::write_if_there as write_execution_log;

/// Step Functions → CloudWatch Logs: is there a log group of this ARN (without the star at its end)?
pub(crate) fn log_group_exists(
    arn: &str,
    rows: &(impl Rows + ?Sized),
    context: &Context,
) -> Result<bool, Failure> {
    match crate::logs::group_by_arn(arn, rows, context) {
        Ok(_) => Ok(true),
        Err(Failure::Refused(_)) => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// STS → IAM: STS has no rows of its own; whose credentials it gives and to whom is IAM's to say.
pub(crate) use crate::iam::{assume, credentials, ids as access_key_ids, model as iam_model, session};

pub(crate) use crate::iam::assume::{RoleProblem, ServiceAssumption, assume_for_service};
/// Step Functions, Lambda → IAM: takes on a role, or says why it can't. Writes nothing.
pub(crate) use crate::iam::authorize::{Action, authorize};

/// Lambda → IAM: the same, with temporary credentials for a function's environment. Writes nothing.
pub(crate) use crate::iam::assume::session_for_service;
pub(crate) use crate::iam::credentials::SessionCredentials;

/// STS → IAM: a session policy is checked like any policy of a role.
pub(crate) fn check_identity_policy(text: &str) -> Result<(), stepwell_wire::ApiError> {
    crate::iam::policy::validate::identity_policy(text).map(drop)
}
