//! IAM through the shard: roles, policies, users and groups, and what stands in the way of removing them.

use super::*;
use crate::keys::{Family, Key};
use crate::operation::{Command, Read};
use crate::testing::{World, input};
use serde_json::{Value, json};
use stepwell_store::Direction;
use stepwell_wire::{ApiError, uri};

const LOCAL: &str = "arn:aws:iam::000000000000:policy/p";
const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

fn document(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
        .to_string()
}

fn call<C: Command>(world: &mut World, value: Value) -> Result<Value, ApiError> {
    world.call(input::<C>(value))
}

fn done<C: Command>(world: &mut World, value: Value) -> Value {
    call::<C>(world, value).unwrap_or_else(|error| panic!("{}: {error}", C::NAME))
}

fn read<R: Read>(world: &World, value: Value) -> Value {
    world.read(&input::<R>(value)).unwrap_or_else(|error| panic!("{}: {error}", R::NAME))
}

#[track_caller]
fn refused(answer: Result<Value, ApiError>, code: &str, status: u16, message: &str) {
    let error = answer.unwrap_err();
    assert_eq!((error.query_code(), error.query_status(), error.message.as_str()), (code, status, message));
}

fn world() -> World {
    let mut world = World::new();
    world.create_role("r", "lambda.amazonaws.com");
    done::<CreatePolicy>(
        &mut world,
        json!({"PolicyName": "p", "PolicyDocument": document("sqs:*"), "Description": "d"}),
    );
    world
}

fn rows(world: &World) -> usize {
    let families = [
        Family::Role,
        Family::Policy,
        Family::AccessKey,
        Family::User,
        Family::UserGroup,
        Family::UserGroupMember,
        Family::InstanceProfile,
        Family::PolicyUse,
    ];
    let count = |family| {
        let all = Key::new(family);
        world.store.snapshot().scan(all.as_bytes(), &all.end(), Direction::Forward).count()
    };
    families.into_iter().map(count).sum()
}

/// The same operations for each kind of owner.
fn owners(world: &mut World) -> [(&'static str, &'static str); 3] {
    done::<CreateUser>(world, json!({"UserName": "u"}));
    done::<CreateGroup>(world, json!({"GroupName": "g"}));
    [("RoleName", "r"), ("UserName", "u"), ("GroupName", "g")]
}

#[test]
fn inline_policies_are_put_shown_and_deleted() {
    let mut world = world();
    let _ = owners(&mut world);
    let policy = json!({"PolicyName": "one", "PolicyDocument": document("sqs:*")});
    let with = |owner: Value| {
        let mut value = policy.clone();
        value.as_object_mut().unwrap().extend(owner.as_object().unwrap().clone());
        value
    };
    let (role, user, group) = (json!({"RoleName": "r"}), json!({"UserName": "u"}), json!({"GroupName": "g"}));
    assert_eq!(done::<PutInlinePolicy<Role>>(&mut world, with(role.clone())), Value::Null);
    done::<PutInlinePolicy<User>>(&mut world, with(user.clone()));
    done::<PutInlinePolicy<Group>>(&mut world, with(group.clone()));
    let shown = read::<GetInlinePolicy<Role>>(&world, with(role.clone()));
    let expected =
        json!({"RoleName": "r", "PolicyName": "one", "PolicyDocument": uri::encode(&document("sqs:*"))});
    assert_eq!(shown, expected);
    assert_eq!(read::<GetInlinePolicy<Group>>(&world, with(group.clone()))["GroupName"], "g");
    let names = read::<ListInlinePolicies<User>>(&world, user.clone());
    assert_eq!(names, json!({"PolicyNames": ["one"], "IsTruncated": false}));
    refused(
        call::<DeleteRole>(&mut world, role.clone()),
        "DeleteConflict",
        409,
        "Cannot delete entity, must delete policies first.",
    );
    done::<DeleteInlinePolicy<Role>>(&mut world, with(role.clone()));
    let missing = "The role policy with name one cannot be found.";
    refused(call::<DeleteInlinePolicy<Role>>(&mut world, with(role.clone())), "NoSuchEntity", 404, missing);
    refused(
        call::<PutInlinePolicy<Role>>(&mut world, with(json!({"RoleName": "x"}))),
        "NoSuchEntity",
        404,
        "The role with name x cannot be found.",
    );
    refused(
        call::<PutInlinePolicy<User>>(&mut world, policy.clone()),
        "ValidationError",
        400,
        "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null",
    );
    let long = json!({"UserName": "u", "PolicyName": "long", "PolicyDocument": document(&format!("sqs:{}", "a".repeat(2000)))});
    refused(
        call::<PutInlinePolicy<User>>(&mut world, long),
        "LimitExceeded",
        409,
        "Maximum policy size of 2048 bytes exceeded for user u",
    );
    let bad = json!({"RoleName": "r", "PolicyName": "bad", "PolicyDocument": "{"});
    refused(
        call::<PutInlinePolicy<Role>>(&mut world, bad),
        "MalformedPolicyDocument",
        400,
        "This policy contains invalid Json",
    );
}

#[test]
fn managed_policies_are_attached_counted_and_detached() {
    let mut world = world();
    for (member, name) in owners(&mut world) {
        let attach = json!({member: name, "PolicyArn": LOCAL});
        match member {
            "RoleName" => done::<AttachPolicy<Role>>(&mut world, attach),
            "UserName" => done::<AttachPolicy<User>>(&mut world, attach),
            _ => done::<AttachPolicy<Group>>(&mut world, attach),
        };
    }
    let attach = |arn: &str| json!({"RoleName": "r", "PolicyArn": arn});
    done::<AttachPolicy<Role>>(&mut world, attach(BASIC));
    done::<AttachPolicy<Role>>(&mut world, attach(BASIC));
    let attached = read::<ListAttachedPolicies<Role>>(&world, json!({"RoleName": "r"}));
    let expected = json!({"AttachedPolicies": [
        {"PolicyName": "p", "PolicyArn": LOCAL},
        {"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": BASIC}
    ], "IsTruncated": false});
    assert_eq!(attached, expected);
    let services =
        read::<ListAttachedPolicies<Role>>(&world, json!({"RoleName": "r", "PathPrefix": "/service-role/"}));
    assert_eq!(services["AttachedPolicies"].as_array().unwrap().len(), 1);
    assert_eq!(read::<GetPolicy>(&world, json!({"PolicyArn": LOCAL}))["Policy"]["AttachmentCount"], 3);
    assert_eq!(read::<GetPolicy>(&world, json!({"PolicyArn": BASIC}))["Policy"]["AttachmentCount"], 1);
    let entities = read::<ListEntitiesForPolicy>(&world, json!({"PolicyArn": LOCAL}));
    let names = ["/PolicyRoles/0/RoleName", "/PolicyUsers/0/UserName", "/PolicyGroups/0/GroupName"];
    assert_eq!(
        names.map(|name| entities.pointer(name).cloned()),
        ["r", "u", "g"].map(|name| Some(json!(name)))
    );
    let attached = read::<ListPolicies>(&world, json!({"OnlyAttached": true}));
    assert_eq!(attached["Policies"].as_array().unwrap().len(), 2);

    refused(
        call::<DeletePolicy>(&mut world, json!({"PolicyArn": LOCAL})),
        "DeleteConflict",
        409,
        "Cannot delete a policy attached to entities.",
    );
    refused(
        call::<DeleteRole>(&mut world, json!({"RoleName": "r"})),
        "DeleteConflict",
        409,
        "Cannot delete entity, must detach all policies first.",
    );
    for missing in [
        "arn:aws:iam::000000000000:policy/x",
        "arn:aws:iam::111111111111:policy/p",
        "arn:aws:iam::aws:policy/Nonsense",
    ] {
        let text = format!("Policy {missing} does not exist or is not attachable.");
        refused(call::<AttachPolicy<Role>>(&mut world, attach(missing)), "NoSuchEntity", 404, &text);
    }
    let text = "ARN arn:aws:iam::000000000000:role/p is not valid.";
    refused(
        call::<AttachPolicy<Role>>(&mut world, attach("arn:aws:iam::000000000000:role/p")),
        "ValidationError",
        400,
        text,
    );
    done::<DetachPolicy<Role>>(&mut world, attach(LOCAL));
    done::<DetachPolicy<Role>>(&mut world, attach(BASIC));
    let text = format!("Policy {LOCAL} was not found.");
    refused(call::<DetachPolicy<Role>>(&mut world, attach(LOCAL)), "NoSuchEntity", 404, &text);
    done::<DetachPolicy<User>>(&mut world, json!({"UserName": "u", "PolicyArn": LOCAL}));
    done::<DetachPolicy<Group>>(&mut world, json!({"GroupName": "g", "PolicyArn": LOCAL}));
    done::<DeletePolicy>(&mut world, json!({"PolicyArn": LOCAL}));
    done::<DeleteRole>(&mut world, json!({"RoleName": "r"}));
    done::<DeleteUser>(&mut world, json!({"UserName": "u"}));
    done::<DeleteGroup>(&mut world, json!({"GroupName": "g"}));
    assert_eq!(rows(&world), 0);
}

#[test]
fn at_most_ten_policies_are_attached() {
    let mut world = world();
    let names: Vec<_> = aws_managed::AwsManaged::all().take(11).map(|policy| policy.arn()).collect();
    for (index, arn) in names.iter().enumerate() {
        let answer = call::<AttachPolicy<Role>>(&mut world, json!({"RoleName": "r", "PolicyArn": arn}));
        if index < 10 {
            answer.unwrap();
        } else {
            refused(answer, "LimitExceeded", 409, "Cannot exceed quota for PoliciesPerRole: 10");
        }
    }
}

#[test]
fn a_policy_has_up_to_five_versions_of_which_one_is_in_force() {
    let mut world = world();
    let policy = read::<GetPolicy>(&world, json!({"PolicyArn": LOCAL}));
    assert_eq!(
        (&policy["Policy"]["DefaultVersionId"], &policy["Policy"]["Description"]),
        (&json!("v1"), &json!("d"))
    );
    for number in 2..=5 {
        let create =
            json!({"PolicyArn": LOCAL, "PolicyDocument": document("sns:*"), "SetAsDefault": number == 3});
        let version = done::<CreatePolicyVersion>(&mut world, create);
        assert_eq!(version["PolicyVersion"]["VersionId"], format!("v{number}"));
        assert_eq!(version["PolicyVersion"]["IsDefaultVersion"], number == 3);
    }
    let create = json!({"PolicyArn": LOCAL, "PolicyDocument": document("sns:*")});
    let text = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.";
    refused(call::<CreatePolicyVersion>(&mut world, create), "LimitExceeded", 409, text);
    let versions = read::<ListPolicyVersions>(&world, json!({"PolicyArn": LOCAL, "MaxItems": 2}));
    assert_eq!(versions["Versions"][0]["VersionId"], "v5");
    let rest = json!({"PolicyArn": LOCAL, "Marker": versions["Marker"]});
    assert_eq!(read::<ListPolicyVersions>(&world, rest)["Versions"].as_array().unwrap().len(), 3);
    let version = read::<GetPolicyVersion>(&world, json!({"PolicyArn": LOCAL, "VersionId": "v3"}));
    assert_eq!(version["PolicyVersion"]["Document"], uri::encode(&document("sns:*")));
    let delete = |version: &str| json!({"PolicyArn": LOCAL, "VersionId": version});
    let text = "Cannot delete the default version of a policy.";
    refused(call::<DeletePolicyVersion>(&mut world, delete("v3")), "DeleteConflict", 409, text);
    done::<SetDefaultPolicyVersion>(&mut world, delete("v1"));
    let text = "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.";
    refused(call::<DeletePolicy>(&mut world, json!({"PolicyArn": LOCAL})), "DeleteConflict", 409, text);
    for version in ["v2", "v3", "v4", "v5"] {
        done::<DeletePolicyVersion>(&mut world, delete(version));
    }
    let text = format!("Policy {LOCAL} version v9 does not exist or is not attachable.");
    refused(call::<SetDefaultPolicyVersion>(&mut world, delete("v9")), "NoSuchEntity", 404, &text);
    done::<DeletePolicy>(&mut world, json!({"PolicyArn": LOCAL}));
    let text = format!("Policy {LOCAL} was not found.");
    refused(call::<DeletePolicy>(&mut world, json!({"PolicyArn": LOCAL})), "NoSuchEntity", 404, &text);

    let version = read::<GetPolicyVersion>(&world, json!({"PolicyArn": BASIC, "VersionId": "v1"}));
    assert!(version["PolicyVersion"]["Document"].as_str().unwrap().contains("logs%3APutLogEvents"));
}

#[test]
fn a_policy_is_made_once_and_not_too_long() {
    let mut world = world();
    let create = |name: &str, document: String| json!({"PolicyName": name, "PolicyDocument": document});
    let text = "A policy called P already exists. Duplicate names are not allowed.";
    refused(
        call::<CreatePolicy>(&mut world, create("P", document("sqs:*"))),
        "EntityAlreadyExists",
        409,
        text,
    );
    let long = document(&format!("sqs:{}", "a".repeat(6144)));
    refused(
        call::<CreatePolicy>(&mut world, create("q", long)),
        "LimitExceeded",
        409,
        "Cannot exceed quota for PolicySize: 6144",
    );
    let old = document("sqs:*").replace("2012", "2008");
    let text = "Policy document must be version 2012-10-17 or greater.";
    refused(call::<CreatePolicy>(&mut world, create("q", old)), "MalformedPolicyDocument", 400, text);
}

#[test]
fn a_role_is_changed() {
    let mut world = world();
    let trust = |world: &World| read::<GetRole>(world, json!({"RoleName": "r"}))["Role"].clone();
    done::<UpdateRole>(&mut world, json!({"RoleName": "r", "Description": "d", "MaxSessionDuration": 7200}));
    assert_eq!(
        (&trust(&world)["Description"], &trust(&world)["MaxSessionDuration"]),
        (&json!("d"), &json!(7200))
    );
    let bad = json!({"RoleName": "r", "MaxSessionDuration": 100});
    let text = "1 validation error detected: Value '100' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600";
    refused(call::<UpdateRole>(&mut world, bad), "ValidationError", 400, text);
    done::<PutRolePermissionsBoundary>(&mut world, json!({"RoleName": "r", "PermissionsBoundary": LOCAL}));
    assert_eq!(
        trust(&world)["PermissionsBoundary"],
        json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": LOCAL})
    );
    assert_eq!(
        read::<GetPolicy>(&world, json!({"PolicyArn": LOCAL}))["Policy"]["PermissionsBoundaryUsageCount"],
        1
    );
    done::<DeleteRolePermissionsBoundary>(&mut world, json!({"RoleName": "r"}));
    assert_eq!(trust(&world).get("PermissionsBoundary"), None);
    let update = json!({"RoleName": "r", "PolicyDocument": document("sqs:*")});
    refused(
        call::<UpdateAssumeRolePolicy>(&mut world, update),
        "MalformedPolicyDocument",
        400,
        "Has prohibited field Resource",
    );
    let states = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]}).to_string();
    done::<UpdateAssumeRolePolicy>(&mut world, json!({"RoleName": "r", "PolicyDocument": states}));
    assert_eq!(trust(&world)["AssumeRolePolicyDocument"], uri::encode(&states));
}

#[test]
fn tags_are_set_over_and_removed() {
    let mut world = world();
    done::<CreateUser>(&mut world, json!({"UserName": "u"}));
    let tags = json!([{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "2"}]);
    done::<SetTags<Role>>(&mut world, json!({"RoleName": "r", "Tags": tags}));
    done::<SetTags<Role>>(&mut world, json!({"RoleName": "r", "Tags": [{"Key": "B", "Value": "3"}]}));
    let listed = read::<ListTags<Role>>(&world, json!({"RoleName": "r"}));
    assert_eq!(listed["Tags"], json!([{"Key": "a", "Value": "2"}, {"Key": "B", "Value": "3"}]));
    done::<RemoveTags<Role>>(&mut world, json!({"RoleName": "r", "TagKeys": ["A"]}));
    assert_eq!(
        read::<GetRole>(&world, json!({"RoleName": "r"}))["Role"]["Tags"],
        json!([{"Key": "B", "Value": "3"}])
    );
    done::<SetTags<Policy>>(&mut world, json!({"PolicyArn": LOCAL, "Tags": tags}));
    assert_eq!(read::<ListTags<Policy>>(&world, json!({"PolicyArn": LOCAL}))["Tags"], tags);
    done::<SetTags<User>>(&mut world, json!({"UserName": "u", "Tags": tags}));
    assert_eq!(read::<GetUser>(&world, json!({"UserName": "u"}))["User"]["Tags"], tags);
    let many: Value = (0..50).map(|number| json!({"Key": format!("k{number}"), "Value": ""})).collect();
    let text = "Cannot exceed quota for TagsPerRole: 50";
    refused(
        call::<SetTags<Role>>(&mut world, json!({"RoleName": "r", "Tags": many})),
        "LimitExceeded",
        409,
        text,
    );
}

#[test]
fn a_user_is_renamed_with_all_that_is_theirs_and_its_keys_work() {
    let mut world = world();
    let _ = owners(&mut world);
    done::<AddUserToGroup>(&mut world, json!({"UserName": "u", "GroupName": "g"}));
    done::<AttachPolicy<User>>(&mut world, json!({"UserName": "u", "PolicyArn": LOCAL}));
    let key = done::<CreateAccessKey>(&mut world, json!({"UserName": "u"}))["AccessKey"].clone();
    done::<UpdateUser>(&mut world, json!({"UserName": "u", "NewUserName": "v", "NewPath": "/x/"}));
    let text = "The user with name u cannot be found.";
    refused(world.read(&input::<GetUser>(json!({"UserName": "u"}))), "NoSuchEntity", 404, text);
    assert_eq!(read::<GetGroup>(&world, json!({"GroupName": "g"}))["Users"][0]["UserName"], "v");
    assert_eq!(
        read::<ListEntitiesForPolicy>(&world, json!({"PolicyArn": LOCAL}))["PolicyUsers"][0]["UserName"],
        "v"
    );
    assert_eq!(read::<ListGroupsForUser>(&world, json!({"UserName": "v"}))["Groups"][0]["GroupName"], "g");
    let find = |world: &World| {
        let id = key["AccessKeyId"].as_str().unwrap();
        let secrets = crate::secrets::Secrets::new([7; 32]);
        credentials::lookup(&world.store.snapshot(), &secrets, id, None).unwrap()
    };
    let found = find(&world).expect("a key that works");
    assert_eq!(
        (&*found.caller.arn, json!(found.secret)),
        ("arn:aws:iam::000000000000:user/x/v", key["SecretAccessKey"].clone())
    );
    let inactive = json!({"UserName": "v", "AccessKeyId": key["AccessKeyId"], "Status": "Inactive"});
    done::<UpdateAccessKey>(&mut world, inactive);
    assert_eq!(find(&world), None);
    let listed = read::<ListAccessKeys>(&world, json!({"UserName": "v"}));
    assert_eq!(
        (&listed["AccessKeyMetadata"][0]["Status"], listed["AccessKeyMetadata"][0].get("SecretAccessKey")),
        (&json!("Inactive"), None)
    );

    let delete = |world: &mut World| call::<DeleteUser>(world, json!({"UserName": "v"}));
    let conflict = |what: &str| format!("Cannot delete entity, must {what} first.");
    refused(delete(&mut world), "DeleteConflict", 409, &conflict("remove users from group"));
    done::<RemoveUserFromGroup>(&mut world, json!({"UserName": "v", "GroupName": "g"}));
    refused(delete(&mut world), "DeleteConflict", 409, &conflict("detach all policies"));
    done::<DetachPolicy<User>>(&mut world, json!({"UserName": "v", "PolicyArn": LOCAL}));
    refused(delete(&mut world), "DeleteConflict", 409, &conflict("delete access keys"));
    done::<DeleteAccessKey>(&mut world, json!({"UserName": "v", "AccessKeyId": key["AccessKeyId"]}));
    delete(&mut world).unwrap();
    done::<DeleteGroup>(&mut world, json!({"GroupName": "g"}));
    done::<DeletePolicy>(&mut world, json!({"PolicyArn": LOCAL}));
    done::<DeleteRole>(&mut world, json!({"RoleName": "r"}));
    assert_eq!(rows(&world), 0);
}

#[test]
fn an_instance_profile_holds_one_role() {
    let mut world = world();
    done::<CreateInstanceProfile>(&mut world, json!({"InstanceProfileName": "i", "Path": "/x/"}));
    let both = json!({"InstanceProfileName": "i", "RoleName": "r"});
    done::<AddRoleToInstanceProfile>(&mut world, both.clone());
    let text = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1";
    refused(call::<AddRoleToInstanceProfile>(&mut world, both.clone()), "LimitExceeded", 409, text);
    let shown = read::<GetInstanceProfile>(&world, json!({"InstanceProfileName": "i"}));
    assert_eq!(shown["InstanceProfile"]["Roles"][0]["RoleName"], "r");
    let listed = read::<ListInstanceProfilesForRole>(&world, json!({"RoleName": "r"}));
    assert_eq!(listed["InstanceProfiles"][0]["Arn"], "arn:aws:iam::000000000000:instance-profile/x/i");
    let text = "Cannot delete entity, must remove roles from instance profile first.";
    refused(call::<DeleteRole>(&mut world, json!({"RoleName": "r"})), "DeleteConflict", 409, text);
    refused(
        call::<DeleteInstanceProfile>(&mut world, json!({"InstanceProfileName": "i"})),
        "DeleteConflict",
        409,
        text,
    );
    done::<RemoveRoleFromInstanceProfile>(&mut world, both);
    done::<DeleteInstanceProfile>(&mut world, json!({"InstanceProfileName": "i"}));
    let text = "Instance Profile i cannot be found.";
    refused(
        call::<DeleteInstanceProfile>(&mut world, json!({"InstanceProfileName": "i"})),
        "NoSuchEntity",
        404,
        text,
    );
}

#[test]
fn lists_are_paged_and_their_markers_are_their_own() {
    let mut world = World::new();
    for number in 0..7 {
        world.create_role(&format!("role{number}"), "lambda.amazonaws.com");
    }
    let mut names = Vec::new();
    let mut page = read::<ListRoles>(&world, json!({"MaxItems": 3}));
    loop {
        names.extend(
            page["Roles"]
                .as_array()
                .unwrap()
                .iter()
                .map(|role| role["RoleName"].as_str().unwrap().to_owned()),
        );
        assert_eq!(page["IsTruncated"], page.get("Marker").is_some());
        let Some(marker) = page.get("Marker") else { break };
        page = read::<ListRoles>(&world, json!({"MaxItems": 3, "Marker": marker}));
    }
    assert_eq!(names, (0..7).map(|number| format!("role{number}")).collect::<Vec<_>>());
    let marker = read::<ListRoles>(&world, json!({"MaxItems": 3}))["Marker"].clone();
    for marker in [marker, json!("nonsense")] {
        refused(
            world.read(&input::<ListUsers>(json!({"Marker": marker}))),
            "ValidationError",
            400,
            "Invalid Marker.",
        );
    }
    let text = "1 validation error detected: Value '1001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000";
    refused(world.read(&input::<ListRoles>(json!({"MaxItems": 1001}))), "ValidationError", 400, text);
}

#[test]
fn a_service_linked_role_belongs_to_its_service() {
    let mut world = World::new();
    let create = json!({"AWSServiceName": "batch.amazonaws.com"});
    let role = done::<CreateServiceLinkedRole>(&mut world, create.clone());
    assert_eq!(
        role["Role"]["Arn"],
        "arn:aws:iam::000000000000:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"
    );
    let text = "Service role name AWSServiceRoleForBatch has been taken in this account, please try a different suffix.";
    refused(call::<CreateServiceLinkedRole>(&mut world, create), "InvalidInput", 400, text);
    let named = json!({"RoleName": "AWSServiceRoleForBatch"});
    let text = "Cannot perform the operation on the protected role 'AWSServiceRoleForBatch' - this role is only modifiable by AWS";
    refused(call::<DeleteRole>(&mut world, named.clone()), "UnmodifiableEntity", 400, text);
    let task = done::<DeleteServiceLinkedRole>(&mut world, named)["DeletionTaskId"].clone();
    let status = read::<GetServiceLinkedRoleDeletionStatus>(&world, json!({"DeletionTaskId": task}));
    assert_eq!(status, json!({"Status": "SUCCEEDED"}));
    let other = task.as_str().unwrap().replace("Batch", "Other");
    for task in [other.as_str(), "task/é/é", "x"] {
        let text = format!("Deletion id {task} cannot be found.");
        refused(
            world.read(&input::<GetServiceLinkedRoleDeletionStatus>(json!({"DeletionTaskId": task}))),
            "NoSuchEntity",
            404,
            &text,
        );
    }
    assert_eq!(rows(&world), 0);
    let suffix = json!({"AWSServiceName": "rds.amazonaws.com", "CustomSuffix": "x"});
    let text = "Custom suffix is not allowed for rds.amazonaws.com";
    refused(call::<CreateServiceLinkedRole>(&mut world, suffix), "InvalidInput", 400, text);
}

#[test]
fn policies_are_simulated() {
    let mut world = world();
    let inline = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "sqs:DeleteQueue", "Resource": "arn:aws:sqs:*:*:keep*"},
        {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "x"}}}
    ]});
    let put = json!({"RoleName": "r", "PolicyName": "i", "PolicyDocument": inline.to_string()});
    done::<PutInlinePolicy<Role>>(&mut world, put);
    done::<AttachPolicy<Role>>(&mut world, json!({"RoleName": "r", "PolicyArn": BASIC}));
    let role = "arn:aws:iam::000000000000:role/r";
    let simulate = |world: &World, more: Value| {
        let mut ask = json!({"PolicySourceArn": role, "ActionNames": ["sqs:SendMessage"]});
        ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read::<SimulatePrincipalPolicy>(world, ask)["EvaluationResults"].clone()
    };
    let keep = "arn:aws:sqs:us-east-1:000000000000:keep1";
    let tag = json!([{"ContextKeyName": "aws:PrincipalTag/team", "ContextKeyType": "string", "ContextKeyValues": ["x"]}]);
    let queue_policy = json!({"Statement": {"Effect": "Deny", "Principal": {"AWS": role}, "Action": "sqs:*", "Resource": "*"}}).to_string();
    let cases = [
        (json!({}), "allowed"),
        (json!({"ActionNames": ["SQS:sendmessage"]}), "allowed"),
        (json!({"ActionNames": ["sqs:DeleteQueue"]}), "allowed"),
        (json!({"ActionNames": ["sqs:DeleteQueue"], "ResourceArns": [keep]}), "explicitDeny"),
        (json!({"ActionNames": ["s3:GetObject"]}), "implicitDeny"),
        (json!({"ActionNames": ["logs:PutLogEvents"]}), "allowed"),
        (json!({"ActionNames": ["sns:Publish"]}), "implicitDeny"),
        (json!({"ActionNames": ["sns:Publish"], "ContextEntries": tag}), "allowed"),
        (json!({"ResourcePolicy": queue_policy}), "explicitDeny"),
        (json!({"PermissionsBoundaryPolicyInputList": [document("sns:*")]}), "implicitDeny"),
        (json!({"ActionNames": ["s3:GetObject"], "PolicyInputList": [document("s3:*")]}), "allowed"),
    ];
    for (more, decision) in cases {
        assert_eq!(simulate(&world, more.clone())[0]["EvalDecision"], decision, "{more}");
    }
    let denied = simulate(&world, json!({"ActionNames": ["sqs:DeleteQueue"], "ResourceArns": [keep]}));
    assert_eq!(
        denied[0]["MatchedStatements"],
        json!([{"SourcePolicyId": "role_r_i", "SourcePolicyType": "role"}])
    );
    assert_eq!(denied[0]["MissingContextValues"], json!(["aws:PrincipalTag/team"]));
    let custom =
        json!({"PolicyInputList": [document("sqs:*")], "ActionNames": ["sqs:SendMessage", "sns:Publish"]});
    let results = read::<SimulateCustomPolicy>(&world, custom);
    let decisions = [0, 1].map(|index| results["EvaluationResults"][index]["EvalDecision"].clone());
    assert_eq!(decisions, ["allowed", "implicitDeny"]);
    let stranger =
        json!({"PolicySourceArn": "arn:aws:iam::111111111111:role/r", "ActionNames": ["sqs:SendMessage"]});
    let text = "Invalid Entity Arn: arn:aws:iam::111111111111:role/r";
    refused(world.read(&input::<SimulatePrincipalPolicy>(stranger)), "InvalidInput", 400, text);
}
