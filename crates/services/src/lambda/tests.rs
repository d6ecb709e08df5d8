//! The life of a function, through the shard: made, made ready, run, changed, deleted.

mod asynchronous;
mod permissions;
mod versions;

use super::*;
use crate::context::Context;
use crate::effect::{Effect, EffectResult, FunctionAnswer, InvokeFunction, InvokePurpose};
use crate::entropy::Entropy;
use crate::failure::Failure;
use crate::keys::{Family, Key};
use crate::lambda::package::Package;
use crate::operation::Relay;
use crate::rows::Rows;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::testing::{ACCOUNT, REGION, World, input, request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stepwell_store::Direction;
use stepwell_wire::ApiError;

const ROLE: &str = "arn:aws:iam::000000000000:role/r";

pub fn zip(text: &str) -> String {
    STANDARD.encode(Package::inline("index.py", text).unwrap().bytes)
}

/// A world with the role that functions have.
pub fn world() -> World {
    let mut world = World::new();
    world.create_role("r", "lambda.amazonaws.com");
    world.create_role("other", "states.amazonaws.com");
    world
}

/// The input of a function, with members of its own.
pub fn function(members: Value) -> CreateFunction {
    let mut all = json!({
        "FunctionName": "f", "Runtime": "python3.12", "Handler": "index.handler", "Role": ROLE,
        "Code": {"ZipFile": zip("def handler(event, context): pass")},
    });
    for (name, value) in members.as_object().unwrap() {
        all[name] = value.clone();
    }
    input(all)
}

/// Says that whatever is being made ready is, or why not.
pub fn prepare(world: &mut World, result: Result<(), String>) {
    let owed = world.owed.clone();
    for owed in owed {
        if matches!(owed.effect, Effect::PrepareFunction(_)) {
            world.complete(owed.id, EffectResult::Prepared(result.clone()));
        }
    }
}

pub fn with_function(members: Value) -> World {
    let mut world = world();
    world.call(function(members)).unwrap();
    prepare(&mut world, Ok(()));
    world
}

fn get(world: &World, name: &str) -> Result<Value, ApiError> {
    world.read(&input::<GetFunctionConfiguration>(json!({"FunctionName": name})))
}

fn relay(world: &World, members: Value) -> Result<InvokeFunction, ApiError> {
    let (settings, secrets) = (Settings::default(), Secrets::new([7; 32]));
    let mut context = Context::new(world.now_ms, request(), [3; 32], &settings, &secrets);
    match input::<Invoke>(members).relay(&world.store.snapshot(), &mut context) {
        Ok(invoke) => Ok(invoke),
        Err(Failure::Refused(error)) => Err(*error),
        Err(failure) => panic!("{failure:?}"),
    }
}

pub fn rows_of(world: &World, family: Family) -> usize {
    let all = Key::new(family);
    Rows::scan(&world.store.snapshot(), all.as_bytes(), &all.end(), Direction::Forward, 1000).unwrap().len()
}

#[test]
fn a_function_is_pending_until_it_is_ready_and_then_it_runs() {
    let mut world = world();
    let made = world.call(function(json!({"Environment": {"Variables": {"KEY": "value"}}}))).unwrap();
    assert_eq!((&made["State"], &made["StateReasonCode"]), (&json!("Pending"), &json!("Creating")));
    assert_eq!(made["LastUpdateStatus"], Value::Null);
    let refused = relay(&world, json!({"FunctionName": "f"})).unwrap_err();
    assert_eq!((refused.status, &*refused.code), (409, "ResourceConflictException"));

    prepare(&mut world, Ok(()));
    let ready = get(&world, "f").unwrap();
    assert_eq!((&ready["State"], &ready["LastUpdateStatus"]), (&json!("Active"), &json!("Successful")));
    assert_ne!(ready["RevisionId"], made["RevisionId"]);

    let invoke = relay(&world, json!({"FunctionName": "f", "LogType": "Tail"})).unwrap();
    assert_eq!((&*invoke.payload, invoke.log_tail, &invoke.purpose), ("{}", true, &InvokePurpose::Caller));
    let spec = spec(&world.store.snapshot(), &invoke).unwrap();
    assert_eq!(
        (&*spec.arn, &*spec.version),
        (&*format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"), "$LATEST")
    );
    assert_eq!(
        (spec.environment["KEY"].as_str(), &*spec.role_arn, &*spec.log_group),
        ("value", ROLE, "/aws/lambda/f")
    );
    let code = code::load(&world.store.snapshot(), &spec.code_sha256).unwrap().unwrap();
    assert_eq!(STANDARD.encode(code), zip("def handler(event, context): pass"));
}

#[test]
fn a_function_that_cannot_be_made_ready_fails_with_the_reason() {
    let mut world = world();
    world.call(function(json!({}))).unwrap();
    prepare(&mut world, Err("there is no such thing".to_owned()));
    let failed = get(&world, "f").unwrap();
    assert_eq!(
        (&failed["State"], &failed["StateReason"]),
        (&json!("Failed"), &json!("there is no such thing"))
    );
    let refused = relay(&world, json!({"FunctionName": "f"})).unwrap_err();
    assert!(refused.message.ends_with("state: Failed"), "{refused}");
}

#[test]
fn a_deleted_function_leaves_nothing() {
    let mut world = world();
    world.call(function(json!({}))).unwrap();
    world.call(function(json!({"FunctionName": "g"}))).unwrap();
    assert!(rows_of(&world, Family::Code) > 0);
    for (name, left) in [("f", true), ("g", false)] {
        world.call(input::<DeleteFunction>(json!({"FunctionName": name}))).unwrap();
        assert_eq!(rows_of(&world, Family::Code) > 0, left, "both have the same package");
    }
    assert_eq!(rows_of(&world, Family::Function) + rows_of(&world, Family::FunctionVersion), 0);
    let error = world.call(input::<DeleteFunction>(json!({"FunctionName": "f"}))).unwrap_err();
    assert_eq!(error.message, "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f");
    prepare(&mut world, Ok(()));
    assert_eq!(rows_of(&world, Family::FunctionVersion), 0, "a late result makes nothing");
}

#[test]
fn a_large_package_is_stored_in_pieces() {
    let mut world = world();
    let noise = Entropy::new([1; 32])
        .text(b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 4 << 20);
    let package = Package::inline("index.py", &noise).unwrap();
    assert!(package.bytes.len() > 2 << 20);
    world.call(function(json!({"Code": {"ZipFile": STANDARD.encode(&package.bytes)}}))).unwrap();
    let snapshot = world.store.snapshot();
    assert_eq!(code::load(&snapshot, &package.sha256).unwrap().unwrap(), package.bytes);
    let all = Key::new(Family::Code);
    let rows = Rows::scan(&snapshot, all.as_bytes(), &all.end(), Direction::Forward, 100).unwrap();
    assert!(rows.iter().all(|(_, value)| value.len() <= 1 << 20));
}

#[test]
fn what_a_function_cannot_be_is_refused_in_awss_words() {
    let mut world = with_function(json!({}));
    let reserved = "contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION";
    let cases = [
        (json!({}), "ResourceConflictException", "Function already exist: f"),
        (
            json!({"FunctionName": "arn:aws:lambda:eu-west-1:000000000000:function:f"}),
            "ResourceNotFoundException",
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
        ),
        (
            json!({"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:f"}),
            "AccessDeniedException",
            "is not authorized to perform: lambda:CreateFunction",
        ),
        (
            json!({"FunctionName": "a".repeat(65)}),
            "InvalidParameterValueException",
            "Member must have length less than or equal to 64",
        ),
        (
            json!({"FunctionName": "g!"}),
            "ValidationException",
            "Member must satisfy regular expression pattern",
        ),
        (
            json!({"FunctionName": "g", "Timeout": 901}),
            "ValidationException",
            "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
        ),
        (
            json!({"FunctionName": "g", "MemorySize": 64, "Timeout": 0}),
            "ValidationException",
            "2 validation errors detected",
        ),
        (json!({"FunctionName": "g", "Handler": "in dex"}), "ValidationException", "at 'handler'"),
        (
            json!({"FunctionName": "g", "Handler": null}),
            "InvalidParameterValueException",
            "Runtime and Handler are mandatory",
        ),
        (
            json!({"FunctionName": "g", "Runtime": "cobol"}),
            "InvalidParameterValueException",
            "Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [",
        ),
        (
            json!({"FunctionName": "g", "Runtime": "nodejs10.x"}),
            "InvalidParameterValueException",
            "The runtime parameter of nodejs10.x is no longer supported",
        ),
        (
            json!({"FunctionName": "g", "Environment": {"Variables": {"AWS_REGION": "x"}}}),
            "InvalidParameterValueException",
            reserved,
        ),
        (json!({"FunctionName": "g", "Role": "r"}), "ValidationException", "at 'role'"),
        (json!({"FunctionName": "g", "Role": ROLE.replace('r', "x")}), "ValidationException", "at 'role'"),
        (
            json!({"FunctionName": "g", "Role": format!("{ROLE}x")}),
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        ),
        (
            json!({"FunctionName": "g", "Role": "arn:aws:iam::000000000000:role/other"}),
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        ),
        (
            json!({"FunctionName": "g", "Code": {"ZipFile": STANDARD.encode("no zip")}}),
            "InvalidParameterValueException",
            "Could not unzip uploaded file.",
        ),
        (
            json!({"FunctionName": "g", "Code": {}}),
            "InvalidParameterValueException",
            "Please provide a source for function code.",
        ),
        (
            json!({"FunctionName": "g", "Code": {"S3Bucket": "bucket", "S3Key": "k"}}),
            "InvalidParameterValueException",
            "Error occurred while GetObject.",
        ),
        (json!({"FunctionName": "g", "Architectures": ["m68k"]}), "ValidationException", "[x86_64, arm64]"),
    ];
    for (members, code, text) in cases {
        let error = world.call(function(members.clone())).expect_err(&members.to_string());
        assert_eq!(error.rest_code(), code, "{members}: {error}");
        assert!(error.message.contains(text), "{members}: {error}");
    }
    for runtime in ["nodejs12.x", "nodejs14.x", "python3.7"] {
        let name = runtime.replace('.', "_");
        world.call(function(json!({"FunctionName": name, "Runtime": runtime}))).expect(runtime);
    }
}

pub fn ran(payload: &str, error: Option<&str>) -> EffectResult {
    EffectResult::Invoked(FunctionAnswer::Ran {
        payload: payload.to_owned(),
        error: error.map(str::to_owned),
        executed_version: "$LATEST".to_owned(),
        log_tail: None,
    })
}
