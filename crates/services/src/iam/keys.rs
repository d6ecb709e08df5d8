//! The rows of IAM. Names are unique without regard to case, so keys have them in lower case; nothing has a region.

use crate::failure::Failure;
use crate::iam::owner::Kind;
use crate::keys::{Family, Key, KeyReader};

/// `account, name` → [`super::model::Role`]; its policies stand in the row.
pub fn role(account: &str, name: &str) -> Key {
    roles(account).text(&name.to_ascii_lowercase())
}

/// All roles of an account, by name.
pub fn roles(account: &str) -> Key {
    Key::new(Family::Role).text(account)
}

/// `0, access key id` → [`super::credentials::AccessKey`]. Temporary keys have no row: their session token says it all.
pub fn access_key(id: &str) -> Key {
    Key::new(Family::AccessKey).byte(0).text(id)
}

/// `1, account` → the id of its root key.
pub fn root_key(account: &str) -> Key {
    Key::new(Family::AccessKey).byte(1).text(account)
}

/// `account, name` → [`super::managed::Policy`]; its versions stand in the row.
pub fn policy(account: &str, name: &str) -> Key {
    policies(account).text(&name.to_ascii_lowercase())
}

/// All customer-managed policies of an account, by name.
pub fn policies(account: &str) -> Key {
    Key::new(Family::Policy).text(account)
}

/// `account, policy's ARN, use, kind, name` → nothing: who uses a managed policy, AWS's own included.
pub fn policy_use(account: &str, arn: &str, usage: PolicyUse, kind: Kind, name: &str) -> Key {
    policy_uses(account, arn, usage).byte(kind as u8).text(&name.to_ascii_lowercase())
}

/// All who use a managed policy in one way.
pub fn policy_uses(account: &str, arn: &str, usage: PolicyUse) -> Key {
    Key::new(Family::PolicyUse).text(account).text(arn).byte(usage as u8)
}

/// The kind and the name, in lower case, of who uses a policy.
pub fn read_policy_use(key: &[u8]) -> Result<(Kind, String), Failure> {
    let mut reader = KeyReader::new(key, Family::PolicyUse)?;
    reader.text()?;
    reader.text()?;
    reader.byte()?;
    Ok((Kind::read(reader.byte()?)?, reader.text()?))
}

/// How a managed policy is used. The number is stored in keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum PolicyUse {
    Attachment = 0,
    Boundary = 1,
}

/// `account, name` → [`super::model::User`].
pub fn user(account: &str, name: &str) -> Key {
    users(account).text(&name.to_ascii_lowercase())
}

/// All users of an account, by name.
pub fn users(account: &str) -> Key {
    Key::new(Family::User).text(account)
}

/// `account, name` → [`super::model::Group`].
pub fn group(account: &str, name: &str) -> Key {
    groups(account).text(&name.to_ascii_lowercase())
}

/// All groups of an account, by name.
pub fn groups(account: &str) -> Key {
    Key::new(Family::UserGroup).text(account)
}

/// `account, group, user` → the user's name.
pub fn group_member(account: &str, group: &str, user: &str) -> Key {
    group_members(account, group).text(&user.to_ascii_lowercase())
}

/// All members of a group, by name.
pub fn group_members(account: &str, group: &str) -> Key {
    Key::new(Family::UserGroupMember).text(account).text(&group.to_ascii_lowercase())
}

/// `account, name` → [`super::model::InstanceProfile`].
pub fn instance_profile(account: &str, name: &str) -> Key {
    instance_profiles(account).text(&name.to_ascii_lowercase())
}

/// All instance profiles of an account, by name.
pub fn instance_profiles(account: &str) -> Key {
    Key::new(Family::InstanceProfile).text(account)
}
