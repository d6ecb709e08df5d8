//! HTTP tasks through the shard: what is asked for, what the answers are worth, and that nothing secret is stored in the open.

use crate::effect::{Effect, EffectResult};
use crate::events::CreateConnection;
use crate::fetch::{Authorization, Fetch, FetchAnswer, FetchRequest, Fetched};
use crate::secrets::Secrets;
use crate::states::*;
use crate::testing::{World, input};
use serde_json::{Value, json};

const MACHINE: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:m";

fn header<'a>(request: &'a FetchRequest, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

/// A world in which an execution waits for its request to be made.
fn world(kind: &str, auth: Value, more: Value) -> (World, String) {
    let mut world = World::new();
    world.create_role("r", "states.amazonaws.com");
    let create = json!({"Name": "c", "AuthorizationType": kind, "AuthParameters": auth});
    let connection = world.call(input::<CreateConnection>(create)).unwrap()["ConnectionArn"].clone();
    let mut parameters = json!({
        "ApiEndpoint": "https://api.example.com/orders", "Method": "POST",
        "Authentication": {"ConnectionArn": connection}
    });
    parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let task = json!({"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": parameters, "End": true});
    let definition = json!({"StartAt": "S", "States": {"S": task}}).to_string();
    let create =
        json!({"name": "m", "definition": definition, "roleArn": "arn:aws:iam::000000000000:role/r"});
    world.call(input::<CreateStateMachine>(create)).unwrap();
    let start = json!({"stateMachineArn": MACHINE, "name": "e"});
    let arn =
        world.call(input::<StartExecution>(start)).unwrap()["executionArn"].as_str().unwrap().to_owned();
    (world, arn)
}

fn owed(world: &World) -> (u64, Fetch) {
    match &world.owed[..] {
        [owed] => match &owed.effect {
            Effect::Fetch(fetch) => (owed.id, fetch.clone()),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn request(world: &World) -> FetchRequest {
    owed(world).1.open(&Secrets::new([7; 32])).expect("a request of this installation")
}

fn describe(world: &World, arn: &str) -> Value {
    world.read(&input::<DescribeExecution>(json!({"executionArn": arn}))).unwrap()
}

fn answer(world: &mut World, fetched: Fetched) {
    let (id, _) = owed(world);
    world.complete(id, EffectResult::Fetched(fetched));
}

fn answered(status: u16, body: &str) -> Fetched {
    Fetched::Answered(FetchAnswer {
        status,
        reason: "Reason".to_owned(),
        headers: vec![("set-cookie".to_owned(), "a".to_owned()), ("set-cookie".to_owned(), "b".to_owned())],
        body: body.to_owned(),
    })
}

fn basic() -> Value {
    json!({"BasicAuthParameters": {"Username": "u", "Password": "hidden"}})
}

#[test]
fn a_request_is_what_the_state_says_and_what_the_connection_adds() {
    let added = json!({
        "HeaderParameters": [{"Key": "X-Own", "Value": "connection", "IsValueSecret": true}],
        "QueryStringParameters": [{"Key": "q", "Value": "2"}],
        "BodyParameters": [{"Key": "by", "Value": "connection"}]
    });
    let auth = json!({"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "hidden"}, "InvocationHttpParameters": added});
    let more = json!({"Headers": {"x-own": "state", "Accept": "a/b"}, "QueryParameters": {"p": ["x y", "z"]}, "RequestBody": {"order": 1}});
    let (world, _) = world("API_KEY", auth, more);
    let request = request(&world);
    assert_eq!(request.url, "https://api.example.com/orders?p=x%20y&p=z&q=2");
    assert_eq!(
        (request.method.as_str(), request.body.as_str()),
        ("POST", r#"{"order":1,"by":"connection"}"#)
    );
    for (name, value) in [
        ("x-own", "connection"),
        ("accept", "a/b"),
        ("x-key", "hidden"),
        ("content-type", "application/json"),
        ("user-agent", "Amazon|StepFunctions|HttpInvoke|us-east-1"),
    ] {
        assert_eq!(header(&request, name), Some(value), "{name}");
    }
}

#[test]
fn a_name_and_a_password_and_a_form() {
    let more = json!({"RequestBody": {"a": [1, 2]}, "Transform": {"RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": {"ArrayFormat": "REPEAT"}}});
    let (world, _) = world("BASIC", basic(), more);
    let request = request(&world);
    assert_eq!(header(&request, "authorization"), Some("Basic dTpoaWRkZW4="));
    assert_eq!(header(&request, "content-type"), Some("application/x-www-form-urlencoded;charset=UTF-8"));
    assert_eq!(request.body, "a=1&a=2");
}

#[test]
fn an_oauth_server_is_asked_for_a_token_first() {
    let auth = json!({"OAuthParameters": {
        "ClientParameters": {"ClientID": "id", "ClientSecret": "hidden"},
        "AuthorizationEndpoint": "https://auth.example.com/token", "HttpMethod": "POST",
        "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "all"}]}
    }});
    let (world, _) = world("OAUTH_CLIENT_CREDENTIALS", auth, json!({}));
    let Authorization::Bearer { token_request } = request(&world).authorization else {
        panic!("a token is needed")
    };
    assert_eq!(token_request.url, "https://auth.example.com/token");
    assert_eq!(
        token_request.body,
        "scope=all&grant_type=client_credentials&client_id=id&client_secret=hidden"
    );
}

#[test]
fn an_answer_is_the_result_with_its_headers() {
    let (mut world, arn) = world("BASIC", basic(), json!({}));
    let mut world = {
        world.pass(1);
        world.restart()
    };
    answer(&mut world, answered(200, r#"{"ok": true}"#));
    let output: Value = serde_json::from_str(describe(&world, &arn)["output"].as_str().unwrap()).unwrap();
    let expected = json!({"Headers": {"set-cookie": ["a", "b"]}, "ResponseBody": {"ok": true}, "StatusCode": 200, "StatusText": "Reason"});
    assert_eq!(output, expected);
}

#[test]
fn a_text_stays_a_text() {
    let (mut world, arn) = world("BASIC", basic(), json!({}));
    answer(&mut world, answered(204, "plain"));
    let output: Value = serde_json::from_str(describe(&world, &arn)["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["ResponseBody"], "plain");
}

#[test]
fn a_status_beyond_success_and_no_answer_at_all_fail_the_task() {
    for (fetched, error, cause) in [
        (answered(404, "no such order"), "States.Http.StatusCode.404", "no such order"),
        (answered(302, ""), "States.Http.StatusCode.302", ""),
        (Fetched::Failed("refused".to_owned()), "States.Http.Socket", "refused"),
    ] {
        let (mut world, arn) = world("BASIC", basic(), json!({}));
        answer(&mut world, fetched);
        let described = describe(&world, &arn);
        assert_eq!((&described["error"], &described["cause"]), (&json!(error), &json!(cause)));
    }
}

#[test]
fn an_answer_for_an_execution_that_was_stopped_is_nothing() {
    let (mut world, arn) = world("BASIC", basic(), json!({}));
    world.call(input::<StopExecution>(json!({"executionArn": arn}))).unwrap();
    answer(&mut world, answered(200, "{}"));
    assert_eq!(describe(&world, &arn)["status"], "ABORTED");
}

#[test]
fn parameters_that_make_no_request_are_said_all_at_once() {
    let more = json!({"ApiEndpoint": "ftp://x", "Method": "BREW", "Headers": 1, "Transform": {"RequestBodyEncoding": "X"}});
    let (world, arn) = world("BASIC", basic(), more);
    let described = describe(&world, &arn);
    assert_eq!(described["error"], "States.Runtime");
    let cause = described["cause"].as_str().unwrap();
    let invalid = |name: &str| format!("The value of the field '{name}' has an invalid format");
    let reasons = ["ApiEndpoint", "Method", "Headers", "RequestBodyEncoding"].map(invalid).join(", ");
    assert!(cause.ends_with(&format!("could not be used to start the Task: [{reasons}]")), "{cause}");
}

#[test]
fn a_connection_that_is_not_there_fails_the_task() {
    let gone = "arn:aws:events:us-east-1:000000000000:connection/none/1";
    let (world, arn) = world("BASIC", basic(), json!({"Authentication": {"ConnectionArn": gone}}));
    assert_eq!(describe(&world, &arn)["error"], "Events.ConnectionResource.NotFound");
}

#[test]
fn nothing_secret_is_stored_in_the_open() {
    let (world, _) =
        world("BASIC", basic(), json!({"RequestBody": {"card": "hidden"}, "Headers": {"x": "hidden"}}));
    let is_open = |bytes: &[u8]| bytes.windows(6).any(|window| window == b"hidden");
    let effects = crate::keys::Key::new(crate::keys::Family::Effect);
    let connections = crate::keys::Key::new(crate::keys::Family::Connection);
    for all in [effects, connections] {
        let direction = stepwell_store::Direction::Forward;
        let snapshot = world.store.snapshot();
        let rows: Vec<_> = snapshot.scan(all.as_bytes(), &all.end(), direction).collect();
        assert_eq!(rows.len(), 1);
        assert!(!rows.iter().any(|row| is_open(&row.as_ref().unwrap().1)));
    }
}
