//! Updates, versions and aliases: what runs when, and what is kept.

use super::*;
use crate::lambda::{
    CreateAlias, DeleteAlias, ListFunctions, ListVersionsByFunction, PutFunctionConcurrency, UpdateAlias,
    UpdateFunctionCode, UpdateFunctionConfiguration,
};

fn update_code(world: &mut World, text: &str) -> Result<Value, ApiError> {
    world.call(input::<UpdateFunctionCode>(json!({"FunctionName": "f", "ZipFile": zip(text)})))
}

fn publish(world: &mut World) -> Value {
    world.call(input::<PublishVersion>(json!({"FunctionName": "f"}))).unwrap()
}

/// The version that an invocation runs, and its code.
fn runs(world: &World, qualifier: Option<&str>) -> Result<(String, String), ApiError> {
    let invoke = relay(world, json!({"FunctionName": "f", "Qualifier": qualifier}))?;
    let snapshot = world.store.snapshot();
    let spec = spec(&snapshot, &invoke).expect("what was found can be described");
    Ok((spec.version, STANDARD.encode(code(&snapshot, &spec.code_sha256).unwrap())))
}

#[test]
fn an_update_runs_when_it_is_ready_and_before_that_what_was_there() {
    let mut world = with_function(json!({}));
    let (_, before) = runs(&world, None).unwrap();
    let updating = update_code(&mut world, "second").unwrap();
    assert_eq!((&updating["State"], &updating["LastUpdateStatus"]), (&json!("Active"), &json!("InProgress")));
    assert_eq!(runs(&world, None).unwrap().1, before);
    let busy = update_code(&mut world, "third").unwrap_err();
    assert_eq!(
        busy.message,
        "The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:000000000000:function:f"
    );
    prepare(&mut world, Ok(()));
    assert_eq!(runs(&world, None).unwrap().1, zip("second"));
    assert_eq!(rows_of(&world, Family::FunctionVersion), 1, "what ran before is forgotten");
    assert_eq!(rows_of(&world, Family::Code), 2, "and its package is");
}

#[test]
fn an_update_that_fails_leaves_what_ran_and_can_be_mended() {
    let mut world = with_function(json!({}));
    let (_, before) = runs(&world, None).unwrap();
    update_code(&mut world, "broken").unwrap();
    prepare(&mut world, Err("no".to_owned()));
    let failed = get(&world, "f").unwrap();
    assert_eq!(
        (&failed["State"], &failed["LastUpdateStatus"], &failed["LastUpdateStatusReason"]),
        (&json!("Active"), &json!("Failed"), &json!("no"))
    );
    assert_eq!(runs(&world, None).unwrap().1, before);
    update_code(&mut world, "mended").unwrap();
    assert_eq!(runs(&world, None).unwrap().1, before, "still what last was ready");
    prepare(&mut world, Ok(()));
    assert_eq!(runs(&world, None).unwrap().1, zip("mended"));
    assert_eq!((rows_of(&world, Family::FunctionVersion), rows_of(&world, Family::Code)), (1, 2));
}

#[test]
fn a_function_that_failed_at_first_can_be_mended() {
    let mut world = world();
    world.call(function(json!({}))).unwrap();
    prepare(&mut world, Err("no".to_owned()));
    update_code(&mut world, "mended").unwrap();
    prepare(&mut world, Ok(()));
    assert_eq!(get(&world, "f").unwrap()["State"], "Active");
    assert_eq!(runs(&world, None).unwrap().1, zip("mended"));
    assert_eq!(rows_of(&world, Family::Code), 2);
}

#[test]
fn a_version_is_published_once_and_keeps_what_it_was() {
    let mut world = with_function(json!({}));
    let first = publish(&mut world);
    assert_eq!((&first["Version"], &first["State"]), (&json!("1"), &json!("Active")));
    assert_eq!(publish(&mut world)["Version"], "1", "nothing changed");
    update_code(&mut world, "second").unwrap();
    prepare(&mut world, Ok(()));
    assert_eq!(publish(&mut world)["Version"], "2");
    assert_ne!(runs(&world, Some("1")).unwrap().1, runs(&world, Some("2")).unwrap().1);
    let list = world.read(&input::<ListVersionsByFunction>(json!({"FunctionName": "f"}))).unwrap();
    let versions = list["Versions"].as_array().unwrap();
    let names: Vec<_> = versions.iter().map(|version| version["Version"].as_str().unwrap()).collect();
    assert_eq!(names, ["$LATEST", "1", "2"]);
    assert!(versions.iter().all(|version| version["State"].is_null()));

    let sha = json!({"FunctionName": "f", "CodeSha256": "other"});
    let error = world.call(input::<PublishVersion>(sha)).unwrap_err();
    assert!(
        error.message.starts_with("CodeSHA256 (other) is different from current CodeSHA256 in $LATEST (")
    );
    let stale = json!({"FunctionName": "f", "RevisionId": first["RevisionId"]});
    assert_eq!(world.call(input::<PublishVersion>(stale)).unwrap_err().status, 412);
}

#[test]
fn an_update_can_publish_a_version_that_becomes_ready_with_it() {
    let mut world = with_function(json!({}));
    let update = json!({"FunctionName": "f", "ZipFile": zip("second"), "Publish": true});
    let published = world.call(input::<UpdateFunctionCode>(update)).unwrap();
    assert_eq!((&published["Version"], &published["State"]), (&json!("1"), &json!("Pending")));
    assert_eq!(runs(&world, Some("1")).unwrap_err().status, 409);
    prepare(&mut world, Ok(()));
    assert_eq!(runs(&world, Some("1")).unwrap(), ("1".to_owned(), zip("second")));
}

#[test]
fn an_alias_means_a_version_until_it_is_moved() {
    let mut world = with_function(json!({}));
    publish(&mut world);
    let members = json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1"});
    let alias = world.call(input::<CreateAlias>(members.clone())).unwrap();
    assert_eq!(alias["AliasArn"], "arn:aws:lambda:us-east-1:000000000000:function:f:live");
    assert_eq!(runs(&world, Some("live")).unwrap().0, "1");
    let conflict = world.call(input::<CreateAlias>(members)).unwrap_err();
    assert_eq!(
        conflict.message,
        "Alias already exists: arn:aws:lambda:us-east-1:000000000000:function:f:live"
    );
    let in_use = world.call(input::<DeleteFunction>(json!({"FunctionName": "f:1"}))).unwrap_err();
    assert_eq!(in_use.status, 409);

    let moved = json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "$LATEST"});
    world.call(input::<UpdateAlias>(moved)).unwrap();
    assert_eq!(runs(&world, Some("live")).unwrap().0, "$LATEST");
    let refusals = [
        (
            json!({"AdditionalVersionWeights": {"1": 0.5}}),
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ),
        (
            json!({"AdditionalVersionWeights": {"1": 0.5, "2": 0.5}}),
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
        ),
    ];
    for (routing, text) in refusals {
        let update = json!({"FunctionName": "f", "Name": "live", "RoutingConfig": routing});
        assert_eq!(world.call(input::<UpdateAlias>(update)).unwrap_err().message, text);
    }
    world.call(input::<DeleteAlias>(json!({"FunctionName": "f", "Name": "live"}))).unwrap();
    world.call(input::<DeleteAlias>(json!({"FunctionName": "f", "Name": "live"}))).unwrap();
    assert_eq!(
        runs(&world, Some("live")).unwrap_err().message,
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:live"
    );
    for name in ["1", "", "a b", "$LATEST"] {
        let members = json!({"FunctionName": "f", "Name": name, "FunctionVersion": "1"});
        assert_eq!(
            world.call(input::<CreateAlias>(members)).unwrap_err().code,
            "ValidationException",
            "{name}"
        );
    }
}

#[test]
fn a_configuration_changes_in_what_is_given_and_in_nothing_else() {
    let mut world = with_function(json!({"Timeout": 7, "Environment": {"Variables": {"AA": "1"}}}));
    let update = json!({"FunctionName": "f", "MemorySize": 256, "LoggingConfig": {"LogFormat": "JSON"}});
    world.call(input::<UpdateFunctionConfiguration>(update)).unwrap();
    prepare(&mut world, Ok(()));
    let got = get(&world, "f").unwrap();
    assert_eq!((&got["Timeout"], &got["MemorySize"]), (&json!(7), &json!(256)));
    assert_eq!(got["Environment"], json!({"Variables": {"AA": "1"}}));
    let logging = json!({"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", "LogGroup": "/aws/lambda/f"});
    assert_eq!(got["LoggingConfig"], logging);
    let layers = json!({"FunctionName": "f", "Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:l:1"]});
    let error = world.call(input::<UpdateFunctionConfiguration>(layers)).unwrap_err();
    assert!(error.message.ends_with("does not exist."), "{error}");
}

#[test]
fn reserved_concurrency_leaves_others_their_share_and_none_stops_a_function() {
    let mut world = with_function(json!({}));
    let reserve = |world: &mut World, count: u32| {
        let members = json!({"FunctionName": "f", "ReservedConcurrentExecutions": count});
        world.call(input::<PutFunctionConcurrency>(members))
    };
    assert!(reserve(&mut world, 901).unwrap_err().message.ends_with("below its minimum value of [100]."));
    assert_eq!(reserve(&mut world, 900).unwrap()["ReservedConcurrentExecutions"], 900);
    runs(&world, None).unwrap();
    reserve(&mut world, 0).unwrap();
    let refused = runs(&world, None).unwrap_err();
    assert_eq!((refused.status, &*refused.message), (429, "Rate Exceeded."));
}

#[test]
fn functions_are_listed_by_name_in_pages() {
    let mut world = world();
    for name in ["c", "a", "b"] {
        world.call(function(json!({ "FunctionName": name }))).unwrap();
    }
    let list = |members: Value| {
        let mut listed = world.read(&input::<ListFunctions>(members)).unwrap();
        let functions = listed["Functions"].as_array().unwrap().iter();
        let names: Vec<_> =
            functions.map(|function| function["FunctionName"].as_str().unwrap().to_owned()).collect();
        (names, listed["NextMarker"].take())
    };
    let (first, marker) = list(json!({"MaxItems": 2}));
    assert_eq!(first, ["a", "b"]);
    assert_eq!(list(json!({"Marker": marker})), (vec!["c".to_owned()], Value::Null));
    assert_eq!(list(json!({"Marker": "zzz"})).0, Vec::<String>::new(), "any text is a place");
}
