//! What the rows of IAM owe one another: who uses a policy is in its index, members are in their groups, keys are of a user,
//! roles are in their instance profiles; each both ways.

use crate::check::Check;
use crate::failure::Failure;
use crate::iam::aws_managed::AwsManaged;
use crate::iam::credentials::AccessKey;
use crate::iam::keys::{self, PolicyUse};
use crate::iam::managed::Policy;
use crate::iam::model::{Group, InstanceProfile, Policies, Role, User};
use crate::iam::owner::Kind;
use crate::keys::{Family, KeyReader};
use crate::row;
use stepwell_store::Slice;
use stepwell_wire::Arn;

/// Looks at a row.
///
/// # Errors
/// [`Failure::Broken`] if it can't be read.
pub fn row(family: Family, key: &[u8], value: &Slice, check: &mut Check) -> Result<(), Failure> {
    match family {
        Family::Role => role(key, &row::decode(value)?, check),
        Family::User => user(key, &row::decode(value)?, check),
        Family::UserGroup => group(key, &row::decode(value)?, check),
        Family::UserGroupMember => member(key, &row::decode::<String>(value)?, check),
        Family::InstanceProfile => instance_profile(key, &row::decode(value)?, check),
        Family::Policy => {
            let policy: Policy = row::decode(value)?;
            check.expect_at(&keys::policy(&policy.account, &policy.name), key);
            check.expect(policy.document().is_some(), key, || "its version in force isn't there".to_owned());
            Ok(())
        }
        Family::PolicyUse => policy_use(key, check),
        Family::AccessKey => access_key(key, value, check),
        _ => Ok(()),
    }
}

/// Who has policies.
struct Holder<'a> {
    key: &'a [u8],
    account: &'a str,
    kind: Kind,
    name: &'a str,
    policies: &'a Policies,
    boundary: Option<&'a String>,
}

impl Holder<'_> {
    /// Every policy that it uses is there, and knows so.
    fn look(&self, check: &mut Check) -> Result<(), Failure> {
        let attached = self.policies.attached.iter().map(|arn| (arn, PolicyUse::Attachment));
        let boundary = self.boundary.map(|arn| (arn, PolicyUse::Boundary));
        for (arn, usage) in attached.chain(boundary) {
            let is_known = check.has(&keys::policy_use(self.account, arn, usage, self.kind, self.name))?;
            check.expect(is_known, self.key, || format!("its use of `{arn}` isn't in the index"));
            let is_there = exists(arn, check)?;
            check.expect(is_there, self.key, || format!("policy `{arn}` isn't there"));
        }
        Ok(())
    }
}

/// Whether there is a managed policy of this ARN.
fn exists(arn: &str, check: &Check) -> Result<bool, Failure> {
    if AwsManaged::by_arn(arn).is_some() {
        return Ok(true);
    }
    let Some(parsed) = Arn::parse(arn) else { return Ok(false) };
    let name = parsed.resource.rsplit('/').next().unwrap_or_default().to_owned();
    check.has(&keys::policy(&parsed.account, &name))
}

fn role(key: &[u8], role: &Role, check: &mut Check) -> Result<(), Failure> {
    check.expect_at(&role.key(), key);
    for name in &role.instance_profiles {
        let profile: Option<InstanceProfile> = check.row(&keys::instance_profile(&role.account, name))?;
        check.expect(profile.is_some_and(|profile| profile.role.as_ref() == Some(&role.name)), key, || {
            format!("instance profile `{name}` doesn't have it")
        });
    }
    let (account, name, boundary) = (&role.account, &role.name, role.permissions_boundary.as_ref());
    Holder { key, account, kind: Kind::Role, name, policies: &role.policies, boundary }.look(check)
}

fn user(key: &[u8], user: &User, check: &mut Check) -> Result<(), Failure> {
    check.expect_at(&user.key(), key);
    for name in &user.groups {
        let member: Option<String> = check.row(&keys::group_member(&user.account, name, &user.name))?;
        check.expect(member.as_ref() == Some(&user.name), key, || {
            format!("group `{name}` doesn't have it as a member")
        });
    }
    for id in &user.access_keys {
        let access_key: Option<AccessKey> = check.row(&keys::access_key(id))?;
        let is_its_own = access_key.is_some_and(|access_key| access_key.user.as_ref() == Some(&user.name));
        check.expect(is_its_own, key, || format!("access key {id} isn't there, or another's"));
    }
    let (account, name, boundary) = (&user.account, &user.name, user.permissions_boundary.as_ref());
    Holder { key, account, kind: Kind::User, name, policies: &user.policies, boundary }.look(check)
}

fn group(key: &[u8], group: &Group, check: &mut Check) -> Result<(), Failure> {
    check.expect_at(&group.key(), key);
    let (account, name) = (&group.account, &group.name);
    Holder { key, account, kind: Kind::Group, name, policies: &group.policies, boundary: None }.look(check)
}

fn member(key: &[u8], name: &str, check: &mut Check) -> Result<(), Failure> {
    let mut parts = KeyReader::new(key, Family::UserGroupMember)?;
    let (account, group) = (parts.text()?, parts.text()?);
    let has_group = check.has(&keys::group(&account, &group))?;
    check.expect(has_group, key, || "the group isn't there".to_owned());
    let user: Option<User> = check.row(&keys::user(&account, name))?;
    let is_member =
        user.is_some_and(|user| user.groups.iter().any(|found| found.eq_ignore_ascii_case(&group)));
    check.expect(is_member, key, || format!("user `{name}` isn't there, or not in the group"));
    Ok(())
}

fn instance_profile(key: &[u8], profile: &InstanceProfile, check: &mut Check) -> Result<(), Failure> {
    check.expect_at(&profile.key(), key);
    let Some(name) = &profile.role else { return Ok(()) };
    let role: Option<Role> = check.row(&keys::role(&profile.account, name))?;
    check.expect(role.is_some_and(|role| role.instance_profiles.contains(&profile.name)), key, || {
        format!("role `{name}` isn't there, or doesn't know")
    });
    Ok(())
}

fn policy_use(key: &[u8], check: &mut Check) -> Result<(), Failure> {
    let mut parts = KeyReader::new(key, Family::PolicyUse)?;
    let (account, arn, usage) = (parts.text()?, parts.text()?, parts.byte()?);
    let (kind, name) = keys::read_policy_use(key)?;
    let used = match kind {
        Kind::Role => check
            .row::<Role>(&keys::role(&account, &name))?
            .map(|role| (role.policies.attached, role.permissions_boundary)),
        Kind::User => check
            .row::<User>(&keys::user(&account, &name))?
            .map(|user| (user.policies.attached, user.permissions_boundary)),
        Kind::Group => {
            check.row::<Group>(&keys::group(&account, &name))?.map(|group| (group.policies.attached, None))
        }
    };
    let uses = used.is_some_and(|(attached, boundary)| match usage {
        0 => attached.contains(&arn),
        _ => boundary.as_ref() == Some(&arn),
    });
    check.expect(uses, key, || format!("{} `{name}` doesn't use it", kind.noun()));
    Ok(())
}

fn access_key(key: &[u8], value: &Slice, check: &mut Check) -> Result<(), Failure> {
    let mut parts = KeyReader::new(key, Family::AccessKey)?;
    if parts.byte()? == 1 {
        let (account, id) = (parts.text()?, row::decode::<String>(value)?);
        let found: Option<AccessKey> = check.row(&keys::access_key(&id))?;
        let is_roots = found.is_some_and(|found| found.account == account && found.user.is_none());
        check.expect(is_roots, key, || format!("access key {id} isn't there, or no root key"));
        return Ok(());
    }
    let (id, found) = (parts.text()?, row::decode::<AccessKey>(value)?);
    let is_known = match &found.user {
        Some(name) => check
            .row::<User>(&keys::user(&found.account, name))?
            .is_some_and(|user| user.access_keys.contains(&id)),
        None => check.row::<String>(&keys::root_key(&found.account))?.as_ref() == Some(&id),
    };
    check.expect(is_known, key, || "its owner isn't there, or doesn't know it".to_owned());
    Ok(())
}
