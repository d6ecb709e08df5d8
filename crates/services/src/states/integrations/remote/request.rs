//! A call as a request in AWS's JSON protocol.

use super::services::RemoteService;
use crate::calls;
use crate::context::Context;
use crate::effect::{Effect, TaskAttempt};
use crate::failure::Failure;
use crate::fetch::{Authorization, Fetch, FetchRequest};
use crate::states::integrations::{Actor, Called};
use crate::tx::Tx;
use serde_json::{Map, Value, json};
use stepwell_engine::Integration;

/// How long the session that signs is good: the effect may be performed after a restart.
const SESSION_S: u64 = 3600;

/// The request, as the execution's role.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn request(
    actor: &Actor,
    integration: &Integration,
    (service, endpoint): (&RemoteService, &str),
    (attempt, parameters): (TaskAttempt, &Value),
    tx: &Tx,
    context: &mut Context,
) -> Result<Called, Failure> {
    let session =
        calls::session_of_machine(&actor.role_arn, &actor.machine_arn, &actor.scope, SESSION_S, tx, context)?;
    let session = match session {
        Ok(session) => session,
        Err(cause) => return Ok(Called::Failed { error: "States.TaskFailed".to_owned(), cause }),
    };
    let body = match (integration.service.as_str(), integration.action.as_str()) {
        ("events", "putEvents") => put_events(actor, parameters),
        _ if service.begins_small => small(parameters),
        _ => parameters.clone(),
    };
    let request = FetchRequest {
        method: "POST".to_owned(),
        url: format!("{}/", endpoint.trim_end_matches('/')),
        headers: vec![
            ("content-type".to_owned(), format!("application/x-amz-json-{}", service.version)),
            ("x-amz-target".to_owned(), format!("{}.{}", service.target, operation(&integration.action))),
        ],
        body: body.to_string(),
        authorization: Authorization::Signed {
            region: actor.scope.region.to_string(),
            service: service.name.to_owned(),
            access_key_id: session.access_key_id,
            secret_access_key: session.secret_access_key,
            session_token: session.session_token,
        },
    };
    let fetch = Fetch::new(attempt, &request, &mut context.entropy, context.secrets);
    Ok(Called::Owes(Box::new(Effect::Fetch(fetch))))
}

/// `getItem` as the API spells it.
fn operation(action: &str) -> String {
    let mut letters = action.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// An event's detail may be JSON, and its resources begin with who sent it (recorded).
pub fn put_events(actor: &Actor, parameters: &Value) -> Value {
    let mut parameters = parameters.clone();
    for entry in parameters.get_mut("Entries").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(entry) = entry.as_object_mut() else { continue };
        if let Some(detail) = entry.get_mut("Detail").filter(|detail| !detail.is_string()) {
            *detail = Value::String(detail.to_string());
        }
        let mut resources = vec![json!(actor.machine_arn), json!(actor.execution_arn)];
        resources.extend(entry.get("Resources").and_then(Value::as_array).into_iter().flatten().cloned());
        entry.insert("Resources".to_owned(), Value::Array(resources));
    }
    parameters
}

fn small(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let renamed = members.iter().map(|(name, value)| {
                let mut letters = name.chars();
                let first = letters.next().map(|first| first.to_ascii_lowercase());
                (first.into_iter().chain(letters).collect(), small(value))
            });
            Value::Object(renamed.collect::<Map<String, Value>>())
        }
        Value::Array(items) => items.iter().map(small).collect(),
        other => other.clone(),
    }
}
