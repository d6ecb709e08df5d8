//! Connections: made, shown without their secrets, changed in parts, listed and deleted.

use crate::events::*;
use crate::testing::{World, input};
use serde_json::{Value, json};

fn create(world: &mut World, name: &str) -> Value {
    let auth = json!({
        "BasicAuthParameters": {"Username": "u", "Password": "p"},
        "InvocationHttpParameters": {"HeaderParameters": [
            {"Key": "a", "Value": "1", "IsValueSecret": true}, {"Key": "b", "Value": "2"}
        ]}
    });
    let create =
        json!({"Name": name, "AuthorizationType": "BASIC", "AuthParameters": auth, "Description": "d"});
    world.call(input::<CreateConnection>(create)).unwrap()
}

fn describe(world: &World, name: &str) -> Value {
    world.read(&input::<DescribeConnection>(json!({"Name": name}))).unwrap()
}

#[test]
fn a_connection_is_shown_without_its_secrets() {
    let mut world = World::new();
    let made = create(&mut world, "c");
    assert_eq!(made["ConnectionState"], "AUTHORIZED");
    let shown = describe(&world, "c");
    assert_eq!(shown["ConnectionArn"], made["ConnectionArn"]);
    assert_eq!(shown["AuthParameters"]["BasicAuthParameters"], json!({"Username": "u"}));
    let parameters =
        json!([{"Key": "a", "IsValueSecret": true}, {"Key": "b", "Value": "2", "IsValueSecret": false}]);
    assert_eq!(shown["AuthParameters"]["InvocationHttpParameters"]["HeaderParameters"], parameters);
}

#[test]
fn an_update_changes_what_it_names() {
    let mut world = World::new();
    create(&mut world, "c");
    world.pass(1000);
    let update = json!({"Name": "c", "AuthParameters": {"BasicAuthParameters": {"Username": "other"}}});
    world.call(input::<UpdateConnection>(update)).unwrap();
    let connection = model::Connection::by_arn(
        describe(&world, "c")["ConnectionArn"].as_str().unwrap(),
        &world.store.snapshot(),
    )
    .unwrap()
    .unwrap();
    let basic =
        connection.parameters(&crate::secrets::Secrets::new([7; 32])).unwrap().basic_auth_parameters.unwrap();
    assert_eq!((basic.username.as_str(), basic.password.as_str()), ("other", "p"));
    let key = json!({"ApiKeyAuthParameters": {"ApiKeyName": "n", "ApiKeyValue": "v"}});
    world
        .call(input::<UpdateConnection>(
            json!({"Name": "c", "AuthorizationType": "API_KEY", "AuthParameters": key}),
        ))
        .unwrap();
    let shown = describe(&world, "c");
    assert_eq!(shown["AuthorizationType"], "API_KEY");
    assert_eq!(shown["AuthParameters"]["ApiKeyAuthParameters"], json!({"ApiKeyName": "n"}));
    assert_eq!(
        (&shown["AuthParameters"]["BasicAuthParameters"], &shown["Description"]),
        (&Value::Null, &json!("d"))
    );
}

#[test]
fn connections_are_listed_by_pages_and_deleted() {
    let mut world = World::new();
    ["a1", "a2", "b"].iter().for_each(|name| drop(create(&mut world, name)));
    let page = world.read(&input::<ListConnections>(json!({"NamePrefix": "a", "Limit": 1}))).unwrap();
    assert_eq!(page["Connections"][0]["Name"], "a1");
    let next = json!({"NamePrefix": "a", "Limit": 5, "NextToken": page["NextToken"]});
    let rest = world.read(&input::<ListConnections>(next)).unwrap();
    assert_eq!(rest["Connections"].as_array().unwrap().len(), 1);
    let deleted = world.call(input::<DeleteConnection>(json!({"Name": "a1"}))).unwrap();
    assert_eq!(deleted["ConnectionState"], "DELETING");
    let gone = world.read(&input::<DescribeConnection>(json!({"Name": "a1"}))).unwrap_err();
    assert_eq!(gone.code, "ResourceNotFoundException");
}

#[test]
fn what_is_no_connection_is_refused() {
    let mut world = World::new();
    create(&mut world, "c");
    let mut refused = |more: Value| {
        let mut create = json!({"Name": "n", "AuthorizationType": "BASIC", "AuthParameters": {"BasicAuthParameters": {"Username": "u", "Password": "p"}}});
        create.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.call(input::<CreateConnection>(create)).unwrap_err().code
    };
    assert_eq!(refused(json!({"Name": "c"})), "ResourceAlreadyExistsException");
    assert_eq!(refused(json!({"Name": "a b"})), "ValidationException");
    assert_eq!(refused(json!({"AuthorizationType": "KERBEROS"})), "ValidationException");
    assert_eq!(refused(json!({"AuthorizationType": "API_KEY"})), "ValidationException");
}
