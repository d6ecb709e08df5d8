//! IAM: roles and their policies, access keys, and the one place that decides whether a caller may.
//!
//! Nothing here has a region. A role is one row with its policies in it, since they are read together and are small;
//! temporary credentials are no row at all (see [`credentials`]).

pub mod assume;
pub mod authorize;
mod aws_managed;
pub(crate) mod check;
pub mod credentials;
mod errors;
pub mod ids;
mod keys;
mod managed;
pub(crate) mod model;
mod names;
mod owner;
mod paging;
pub mod policy;
pub mod session;
mod shapes;

mod access_keys;
mod attached_policies;
mod create_policy;
mod create_role;
mod delete_policy;
mod delete_role;
mod get_policy;
mod get_role;
mod groups;
mod inline_policies;
mod instance_profiles;
mod list_entities_for_policy;
mod list_policies;
mod list_roles;
mod permissions_boundary;
mod policy_versions;
mod service_credentials;
mod service_linked_roles;
mod simulate;
mod tags;
mod update_assume_role_policy;
mod update_role;
mod users;

pub use access_keys::{CreateAccessKey, DeleteAccessKey, ListAccessKeys, UpdateAccessKey};
pub use attached_policies::{AttachPolicy, DetachPolicy, ListAttachedPolicies};
pub use create_policy::CreatePolicy;
pub use create_role::CreateRole;
pub use delete_policy::DeletePolicy;
pub use delete_role::DeleteRole;
pub use get_policy::GetPolicy;
pub use get_role::GetRole;
pub use groups::{
    AddUserToGroup, CreateGroup, DeleteGroup, GetGroup, ListGroups, ListGroupsForUser, RemoveUserFromGroup,
};
pub use inline_policies::{DeleteInlinePolicy, GetInlinePolicy, ListInlinePolicies, PutInlinePolicy};
pub use instance_profiles::{
    AddRoleToInstanceProfile, CreateInstanceProfile, DeleteInstanceProfile, GetInstanceProfile,
    ListInstanceProfiles, ListInstanceProfilesForRole, RemoveRoleFromInstanceProfile,
};
pub use list_entities_for_policy::ListEntitiesForPolicy;
pub use list_policies::ListPolicies;
pub use list_roles::ListRoles;
pub use permissions_boundary::{DeleteRolePermissionsBoundary, PutRolePermissionsBoundary};
pub use policy_versions::{
    CreatePolicyVersion, DeletePolicyVersion, GetPolicyVersion, ListPolicyVersions, SetDefaultPolicyVersion,
};
pub use service_credentials::{
    CreateServiceSpecificCredential, DeleteServiceSpecificCredential, ListServiceSpecificCredentials,
    ResetServiceSpecificCredential, UpdateServiceSpecificCredential,
};
pub use service_linked_roles::{
    CreateServiceLinkedRole, DeleteServiceLinkedRole, GetServiceLinkedRoleDeletionStatus,
};
pub use simulate::{SimulateCustomPolicy, SimulatePrincipalPolicy};
pub use tags::{ListTags, RemoveTags, SetTags};
pub use update_assume_role_policy::UpdateAssumeRolePolicy;
pub use update_role::{UpdateRole, UpdateRoleDescription};
pub use users::{CreateUser, DeleteUser, GetUser, ListUsers, UpdateUser};

use crate::operation::Operation;
use crate::operation::query::{command, read};
use managed::Policy;
use model::{Group, InstanceProfile, Role, User};

/// The operations that are here. Any other is refused as AWS refuses an unknown one.
pub const OPERATIONS: &[Operation] = &[
    command::<AddRoleToInstanceProfile>(),
    command::<AddUserToGroup>(),
    command::<AttachPolicy<Group>>(),
    command::<AttachPolicy<Role>>(),
    command::<AttachPolicy<User>>(),
    command::<CreateAccessKey>(),
    command::<CreateGroup>(),
    command::<CreateInstanceProfile>(),
    command::<CreatePolicy>(),
    command::<CreatePolicyVersion>(),
    command::<CreateRole>(),
    command::<CreateServiceLinkedRole>(),
    command::<CreateServiceSpecificCredential>(),
    command::<CreateUser>(),
    command::<DeleteAccessKey>(),
    command::<DeleteGroup>(),
    command::<DeleteInlinePolicy<Group>>(),
    command::<DeleteInlinePolicy<Role>>(),
    command::<DeleteInlinePolicy<User>>(),
    command::<DeleteInstanceProfile>(),
    command::<DeletePolicy>(),
    command::<DeletePolicyVersion>(),
    command::<DeleteRole>(),
    command::<DeleteRolePermissionsBoundary>(),
    command::<DeleteServiceLinkedRole>(),
    command::<DeleteServiceSpecificCredential>(),
    command::<DeleteUser>(),
    command::<DetachPolicy<Group>>(),
    command::<DetachPolicy<Role>>(),
    command::<DetachPolicy<User>>(),
    read::<GetGroup>(),
    read::<GetInlinePolicy<Group>>(),
    read::<GetInlinePolicy<Role>>(),
    read::<GetInlinePolicy<User>>(),
    read::<GetInstanceProfile>(),
    read::<GetPolicy>(),
    read::<GetPolicyVersion>(),
    read::<GetRole>(),
    read::<GetServiceLinkedRoleDeletionStatus>(),
    read::<GetUser>(),
    read::<ListAccessKeys>(),
    read::<ListAttachedPolicies<Group>>(),
    read::<ListAttachedPolicies<Role>>(),
    read::<ListAttachedPolicies<User>>(),
    read::<ListEntitiesForPolicy>(),
    read::<ListGroups>(),
    read::<ListGroupsForUser>(),
    read::<ListInlinePolicies<Group>>(),
    read::<ListInlinePolicies<Role>>(),
    read::<ListInlinePolicies<User>>(),
    read::<ListInstanceProfiles>(),
    read::<ListInstanceProfilesForRole>(),
    read::<ListPolicies>(),
    read::<ListPolicyVersions>(),
    read::<ListRoles>(),
    read::<ListServiceSpecificCredentials>(),
    read::<ListTags<InstanceProfile>>(),
    read::<ListTags<Policy>>(),
    read::<ListTags<Role>>(),
    read::<ListTags<User>>(),
    read::<ListUsers>(),
    command::<PutInlinePolicy<Group>>(),
    command::<PutInlinePolicy<Role>>(),
    command::<PutInlinePolicy<User>>(),
    command::<PutRolePermissionsBoundary>(),
    command::<RemoveRoleFromInstanceProfile>(),
    command::<RemoveTags<InstanceProfile>>(),
    command::<RemoveTags<Policy>>(),
    command::<RemoveTags<Role>>(),
    command::<RemoveTags<User>>(),
    command::<RemoveUserFromGroup>(),
    command::<ResetServiceSpecificCredential>(),
    command::<SetDefaultPolicyVersion>(),
    command::<SetTags<InstanceProfile>>(),
    command::<SetTags<Policy>>(),
    command::<SetTags<Role>>(),
    command::<SetTags<User>>(),
    read::<SimulateCustomPolicy>(),
    read::<SimulatePrincipalPolicy>(),
    command::<UpdateAccessKey>(),
    command::<UpdateAssumeRolePolicy>(),
    command::<UpdateRole>(),
    command::<UpdateRoleDescription>(),
    command::<UpdateServiceSpecificCredential>(),
    command::<UpdateUser>(),
];

#[cfg(test)]
mod tests;
