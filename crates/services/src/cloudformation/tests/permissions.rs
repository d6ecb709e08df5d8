//! Roles and policies as resources.

use super::*;

const PERMISSIONS: &str = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: r
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      Policies:
        - PolicyName: own
          PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'sqs:*', Resource: '*'}]}
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']
      Tags: [{Key: a, Value: '1'}]
  Inline:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: inline
      Roles: [!Ref Role]
      PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'sns:*', Resource: '*'}]}
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: managed
      Roles: [!Ref Role]
      PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 'logs:*', Resource: '*'}]}
Outputs: {Arn: {Value: !Ref Managed}}
"#;

/// The names of the inline and of the managed policies of the role.
fn policies(world: &World) -> (Value, Vec<String>) {
    type Inline = crate::iam::ListInlinePolicies<crate::iam::model::Role>;
    type Attached = crate::iam::ListAttachedPolicies<crate::iam::model::Role>;
    let inline = world.read(&input::<Inline>(json!({"RoleName": "r"}))).unwrap();
    let attached = world.read(&input::<Attached>(json!({"RoleName": "r"}))).unwrap();
    let attached = attached["AttachedPolicies"].as_array().unwrap().iter();
    let names = attached.map(|policy| policy["PolicyName"].as_str().unwrap().to_owned());
    (inline["PolicyNames"].clone(), names.collect())
}

#[test]
fn a_role_has_its_policies_and_loses_them() {
    let mut world = World::new();
    let id = create(&mut world, "demo", PERMISSIONS);
    assert_eq!(status(&world, "demo"), "CREATE_COMPLETE", "{:#?}", events(&world, "demo"));
    let (inline, mut attached) = policies(&world);
    attached.sort();
    assert_eq!(inline, json!(["inline", "own"]));
    assert_eq!(attached, ["AWSLambdaBasicExecutionRole", "managed"]);
    assert_eq!(output(&world, "demo", "Arn"), "arn:aws:iam::000000000000:policy/managed");

    let changed = PERMISSIONS
        .replace("PolicyName: own", "PolicyName: owned")
        .replace("PolicyName: inline", "PolicyName: other")
        .replace(
            "      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']\n",
            "",
        )
        .replace("logs:*", "logs:Put*")
        .replace("{Key: a, Value: '1'}", "{Key: b, Value: '2'}");
    update(&mut world, "demo", &changed).unwrap();
    assert_eq!(status(&world, "demo"), "UPDATE_COMPLETE", "{:#?}", last_events(&world, "demo"));
    assert_eq!(policies(&world), (json!(["other", "owned"]), vec!["managed".to_owned()]));
    let role = world.read(&input::<crate::iam::GetRole>(json!({"RoleName": "r"}))).unwrap();
    assert_eq!(role["Role"]["Tags"], json!([{"Key": "b", "Value": "2"}]));
    let arn = json!({"PolicyArn": "arn:aws:iam::000000000000:policy/managed"});
    let policy = world.read(&input::<crate::iam::GetPolicy>(arn)).unwrap();
    assert_eq!(policy["Policy"]["DefaultVersionId"], "v2");

    delete(&mut world, "demo").unwrap();
    assert_eq!(status(&world, &id), "DELETE_COMPLETE", "{:#?}", last_events(&world, &id));
    assert!(world.read(&input::<crate::iam::GetRole>(json!({"RoleName": "r"}))).is_err());
}

#[test]
fn a_role_with_policies_of_others_stays() {
    type Put = crate::iam::PutInlinePolicy<crate::iam::model::Role>;
    let mut world = World::new();
    create(&mut world, "demo", PERMISSIONS);
    let document =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]});
    let put = json!({"RoleName": "r", "PolicyName": "others", "PolicyDocument": document.to_string()});
    world.call(input::<Put>(put)).unwrap();
    delete(&mut world, "demo").unwrap();
    assert_eq!(status(&world, "demo"), "DELETE_FAILED");
    let told = last_events(&world, "demo");
    let failed = told.iter().find(|event| event.starts_with("Role DELETE_FAILED")).unwrap();
    assert!(
        failed.contains("Cannot delete entity, must delete policies first.")
            && failed.contains("ResourceConflict"),
        "{failed}"
    );
    // What the handler had done before it was refused is undone with it.
    assert_eq!(policies(&world).0, json!(["others", "own"]));
}
