//! Access keys: who they stand for, until when, and that none can be made up.

use super::*;
use crate::calls::{RoleProblem, ServiceAssumption, assume_for_service, session_for_service};
use crate::context::Request;
use crate::iam::{CreateRole, DeleteRole, GetRole};
use crate::keys::Scope;
use crate::operation::{AnyCommand, Read, Reply};
use crate::settings::Settings;
use crate::sts::{AssumeRole, GetCallerIdentity, GetSessionToken};
use crate::testing::{ACCOUNT, World, input, request};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::000000000000:role/app/Worker";

fn trust(principal: Value, condition: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": principal, "Condition": condition,
    }]})
    .to_string()
}

fn create(world: &mut World, trust: String) -> Value {
    let command = json!({"RoleName": "Worker", "Path": "/app/", "AssumeRolePolicyDocument": trust});
    world.call(input::<CreateRole>(command)).expect("a role")
}

/// Reads as this caller, with a seed.
fn read_as<R: Read>(
    world: &World,
    caller: &Caller,
    seed: u8,
    read: Value,
) -> Result<Value, stepwell_wire::ApiError> {
    let (settings, secrets) = (Settings::default(), Secrets::new([7; 32]));
    let request = Request { caller: caller.clone(), ..request() };
    let mut context = Context::new(world.now_ms, request, [seed; 32], &settings, &secrets);
    match input::<R>(read).read(&world.store.snapshot(), &mut context) {
        Ok(output) => Ok(serde_json::to_value(output).unwrap()),
        Err(Failure::Refused(error)) => Err(*error),
        Err(failure) => panic!("{failure:?}"),
    }
}

fn assume(world: &World, caller: &Caller, extra: Value) -> Result<Value, stepwell_wire::ApiError> {
    let mut command = json!({"RoleArn": ROLE, "RoleSessionName": "one"});
    command.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    read_as::<AssumeRole>(world, caller, 9, command)
}

fn find(world: &World, id: &str, token: Option<&str>) -> Option<Credentials> {
    lookup(&world.store.snapshot(), &Secrets::new([7; 32]), id, token).unwrap()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {value}"))
}

#[test]
fn credentials_of_a_role_say_who_it_is_until_the_role_is_gone() {
    let mut world = World::new();
    create(&mut world, trust(json!({"AWS": ACCOUNT}), json!({})));
    let answer =
        assume(&world, &Caller::root(ACCOUNT), json!({"Tags": [{"Key": "Team", "Value": "a"}]})).unwrap();
    let user = "arn:aws:sts::000000000000:assumed-role/Worker/one";
    assert_eq!(text(&answer, "/AssumedRoleUser/Arn"), user);
    assert_eq!(answer["PackedPolicySize"], 1);
    let expires_ms = world.now_ms + 3_600_000;
    assert_eq!(answer["Credentials"]["Expiration"], expires_ms / 1000);
    let (id, token) = (text(&answer, "/Credentials/AccessKeyId"), text(&answer, "/Credentials/SessionToken"));

    let mut world = world.restart();
    let found = find(&world, id, Some(token)).expect("known after a restart");
    assert_eq!(found.secret, text(&answer, "/Credentials/SecretAccessKey"));
    assert_eq!((found.secret.len(), found.expires_ms), (40, Some(expires_ms)));
    let session = found.caller.session.clone().unwrap();
    assert_eq!(session.issuer_arn, ROLE);
    assert_eq!(session.tags.get("Team").map(String::as_str), Some("a"));
    let identity = read_as::<GetCallerIdentity>(&world, &found.caller, 1, json!({})).unwrap();
    assert_eq!(identity["Arn"], user);
    assert_eq!(identity["UserId"], text(&answer, "/AssumedRoleUser/AssumedRoleId"));

    assert_eq!(find(&world, id, None), None, "not without its token");
    assert_eq!(find(&world, "ASIAQAAAAAAAAAAAAAAA", Some(token)), None, "not with another id");
    let mut touched = token.to_owned().into_bytes();
    touched[20] ^= 1;
    for token in
        [String::from_utf8(touched).unwrap(), "AAAA".to_owned(), "ü".to_owned(), token[4..].to_owned()]
    {
        assert_eq!(find(&world, id, Some(&token)), None, "{token}");
    }
    assert_eq!(lookup(&world.store.snapshot(), &Secrets::new([8; 32]), id, Some(token)).unwrap(), None);

    world.call(input::<DeleteRole>(json!({"RoleName": "Worker"}))).unwrap();
    assert_eq!(find(&world, id, Some(token)), None, "the role is gone");
    create(&mut world, trust(json!({"AWS": ACCOUNT}), json!({})));
    assert_eq!(find(&world, id, Some(token)), None, "a role of the same name is another");
}

#[test]
fn trust_decides_who_assumes_a_role() {
    let root = Caller::root(ACCOUNT);
    let cases = [
        (json!({"AWS": ACCOUNT}), json!({}), json!({}), true),
        (json!({"AWS": "arn:aws:iam::000000000000:root"}), json!({}), json!({}), true),
        (json!({"AWS": "111111111111"}), json!({}), json!({}), false),
        (json!({"Service": "states.amazonaws.com"}), json!({}), json!({}), false),
        (json!({"AWS": ACCOUNT}), json!({"StringEquals": {"sts:ExternalId": "secret"}}), json!({}), false),
        (
            json!({"AWS": ACCOUNT}),
            json!({"StringEquals": {"sts:ExternalId": "secret"}}),
            json!({"ExternalId": "secret"}),
            true,
        ),
        (json!({"AWS": ACCOUNT}), json!({"StringLike": {"sts:RoleSessionName": "o*"}}), json!({}), true),
        (
            json!({"AWS": ACCOUNT}),
            json!({"StringEquals": {"aws:RequestTag/a": "1"}}),
            json!({"Tags": [{"Key": "a", "Value": "1"}]}),
            true,
        ),
        (json!({"AWS": ACCOUNT}), json!({"Null": {"aws:TagKeys": "false"}}), json!({}), false),
        (json!({"AWS": ACCOUNT}), json!({"StringEquals": {"aws:PrincipalType": "Account"}}), json!({}), true),
    ];
    for (principal, condition, extra, allowed) in cases {
        let mut world = World::new();
        create(&mut world, trust(principal.clone(), condition.clone()));
        let answer = assume(&world, &root, extra);
        assert_eq!(answer.is_ok(), allowed, "{principal} {condition}");
        if let Err(error) = answer {
            assert_eq!((error.query_code(), error.query_status()), ("AccessDenied", 403));
            let expected = format!(
                "User: arn:aws:iam::000000000000:root is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
            );
            assert_eq!(error.message, expected);
        }
    }
    let missing = assume(&World::new(), &root, json!({})).unwrap_err();
    assert_eq!(missing.query_code(), "AccessDenied");
}

#[test]
fn what_assume_role_is_given_is_checked() {
    let mut world = World::new();
    create(&mut world, trust(json!({"AWS": ACCOUNT}), json!({})));
    let tags = |keys: &[&str]| keys.iter().map(|key| json!({"Key": key, "Value": "v"})).collect::<Value>();
    let cases = [
        (
            json!({"RoleSessionName": "Session1:2"}),
            r"1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*",
        ),
        (
            json!({"DurationSeconds": 899}),
            "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
        ),
        (
            json!({"DurationSeconds": 3601}),
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ),
        (
            json!({"RoleArn": "arn:aws:iam::000000000000:user/x"}),
            "arn:aws:iam::000000000000:user/x is invalid",
        ),
        (
            json!({"Tags": tags(&["a", "A"])}),
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        (
            json!({"Tags": tags(&["a"]), "TransitiveTagKeys": ["b"]}),
            "The specified transitive tag key must be included in the requested tags.",
        ),
        (json!({"Policy": "{"}), "This policy contains invalid Json"),
    ];
    for (extra, message) in cases {
        assert_eq!(assume(&world, &Caller::root(ACCOUNT), extra).unwrap_err().message, message);
    }
    let (first, second) =
        (json!({"Tags": tags(&["a", "b"]), "TransitiveTagKeys": ["A"]}), json!({"Tags": tags(&["a"])}));
    let answer = assume(&world, &Caller::root(ACCOUNT), first).unwrap();
    let token = Some(text(&answer, "/Credentials/SessionToken"));
    let caller = find(&world, text(&answer, "/Credentials/AccessKeyId"), token).unwrap().caller;
    let error = assume(&world, &caller, second).unwrap_err();
    assert!(
        error.message.starts_with("One of the specified transitive tag keys can't be set"),
        "{}",
        error.message
    );
    let error = assume(&world, &caller, json!({"DurationSeconds": 3601})).unwrap_err();
    assert!(error.message.ends_with("for roles assumed by role chaining."), "{}", error.message);
    let chained = assume(&world, &caller, json!({})).unwrap();
    let token = Some(text(&chained, "/Credentials/SessionToken"));
    let session =
        find(&world, text(&chained, "/Credentials/AccessKeyId"), token).unwrap().caller.session.unwrap();
    assert_eq!(session.tags.keys().collect::<Vec<_>>(), ["a"], "only the transitive tag goes on");
}

#[test]
fn services_take_on_roles_that_trust_them() {
    let states = json!({"Service": "states.amazonaws.com"});
    let regional = json!({"Service": "states.us-east-1.amazonaws.com"});
    let guard = json!({"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": "arn:aws:states:*:*:stateMachine:m"}});
    let other = json!({"StringEquals": {"aws:SourceAccount": "111111111111"}});
    let cases = [
        (states.clone(), json!({}), ROLE, Ok(())),
        (regional, json!({}), ROLE, Ok(())),
        (states.clone(), guard, ROLE, Ok(())),
        (states.clone(), other, ROLE, Err(RoleProblem::NotTrusted)),
        (json!({"Service": "lambda.amazonaws.com"}), json!({}), ROLE, Err(RoleProblem::NotTrusted)),
        (states.clone(), json!({}), "arn:aws:iam::000000000000:role/Worker", Err(RoleProblem::Missing)),
        (states, json!({}), "nonsense", Err(RoleProblem::Missing)),
    ];
    for (principal, condition, role_arn, expected) in cases {
        let mut world = World::new();
        create(&mut world, trust(principal, condition));
        let (settings, secrets) = (Settings::default(), Secrets::new([7; 32]));
        let mut context = Context::new(world.now_ms, request(), [1; 32], &settings, &secrets);
        let assumption = ServiceAssumption {
            role_arn,
            service: "states.amazonaws.com",
            scope: &Scope::new(ACCOUNT, "us-east-1"),
            source_arn: Some("arn:aws:states:us-east-1:000000000000:stateMachine:m"),
            session_name: "abc",
        };
        let rows = world.store.snapshot();
        let caller = assume_for_service(&assumption, &rows, &context).unwrap();
        assert_eq!(caller.clone().map(drop), expected, "{role_arn}");
        let session = session_for_service(&assumption, 900, &rows, &mut context).unwrap();
        if let (Ok(caller), Ok(session)) = (caller, session) {
            assert_eq!(&*caller.arn, "arn:aws:sts::000000000000:assumed-role/Worker/abc");
            let found = find(&world, &session.access_key_id, Some(&session.session_token)).unwrap();
            assert_eq!((found.caller, found.secret), (caller, session.secret_access_key));
            assert_eq!(account_of(&session.access_key_id).as_deref(), Some(ACCOUNT));
        }
    }
}

/// What the server does at its first start.
struct FirstStart;

impl AnyCommand for FirstStart {
    fn name(&self) -> &'static str {
        "FirstStart"
    }

    fn apply_any(&self, tx: &mut Tx, context: &mut Context) -> Result<Box<dyn Reply>, Failure> {
        context.request.scope = Scope::new(ACCOUNT, "us-east-1");
        let key = create_root_key(tx, context)?;
        Ok(Box::new(json!({"id": key.access_key_id, "secret": key.secret_access_key})))
    }
}

#[test]
fn the_root_key_is_made_once_and_known_ever_after() {
    let mut world = World::new();
    let first = world.send(FirstStart).answer().unwrap().unwrap();
    let mut world = world.restart();
    assert_eq!(world.send(FirstStart).answer().unwrap().unwrap(), first);
    let found = find(&world, text(&first, "/id"), None).unwrap();
    assert_eq!(found.secret, text(&first, "/secret"));
    assert_eq!((found.caller, found.expires_ms), (Caller::root(ACCOUNT), None));
    assert_eq!(find(&world, "AKIAIOSFODNN7EXAMPLE", None), None);

    let answer =
        read_as::<GetSessionToken>(&world, &Caller::root(ACCOUNT), 3, json!({"DurationSeconds": 900}))
            .unwrap();
    let token = Some(text(&answer, "/Credentials/SessionToken"));
    let session = find(&world, text(&answer, "/Credentials/AccessKeyId"), token).unwrap();
    assert_eq!(&*session.caller.arn, "arn:aws:iam::000000000000:root");
    let error = read_as::<GetSessionToken>(&world, &session.caller, 3, json!({})).unwrap_err();
    assert_eq!(error.message, "Cannot call GetSessionToken with session credentials");
}

#[test]
fn a_role_is_shown_with_its_document_encoded() {
    let mut world = World::new();
    let document = trust(json!({"AWS": ACCOUNT}), json!({}));
    let created = create(&mut world, document.clone());
    assert_eq!(text(&created, "/Role/Arn"), ROLE);
    assert_eq!(created["Role"].get("MaxSessionDuration"), None);
    let role = world.read(&input::<GetRole>(json!({"RoleName": "Worker"}))).unwrap();
    assert_eq!(text(&role, "/Role/AssumeRolePolicyDocument"), stepwell_wire::uri::encode(&document));
    assert_eq!(role["Role"]["MaxSessionDuration"], 3600);
    let command = json!({"RoleName": "worker", "AssumeRolePolicyDocument": document});
    let error = world.call(input::<CreateRole>(command)).unwrap_err();
    assert_eq!(
        (error.code.as_ref(), error.message.as_str()),
        ("EntityAlreadyExists", "Role with name worker already exists.")
    );
    let error = world.call(input::<DeleteRole>(json!({"RoleName": "Nobody"}))).unwrap_err();
    assert_eq!((error.status, error.message.as_str()), (404, "The role with name Nobody cannot be found."));
}
