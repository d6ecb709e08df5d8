//! Instance profiles, which carry a role to a machine:
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html> and its siblings.

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::ids::{Prefix, unique_id};
use crate::iam::model::{InstanceProfile, Role, Tag};
use crate::iam::paging::Wanted;
use crate::iam::shapes::{RoleShape, timestamp};
use crate::iam::{errors, keys, names};
use crate::operation::{Command, Read};
use crate::rows::{Rows, RowsExt};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::Timestamp;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateInstanceProfile {
    pub instance_profile_name: String,
    pub path: Option<String>,
    #[serde(default)]
    pub tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetInstanceProfile {
    pub instance_profile_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListInstanceProfiles {
    pub path_prefix: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListInstanceProfilesForRole {
    pub role_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteInstanceProfile {
    pub instance_profile_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddRoleToInstanceProfile {
    pub instance_profile_name: String,
    pub role_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveRoleFromInstanceProfile {
    pub instance_profile_name: String,
    pub role_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceProfileOutput {
    pub instance_profile: InstanceProfileShape,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListInstanceProfilesOutput {
    pub instance_profiles: Vec<InstanceProfileShape>,
    pub is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceProfileShape {
    pub path: String,
    pub instance_profile_name: String,
    pub instance_profile_id: String,
    pub arn: String,
    pub create_date: Timestamp,
    pub roles: Vec<RoleShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

impl InstanceProfileShape {
    fn of(profile: &InstanceProfile, rows: &(impl Rows + ?Sized)) -> Result<Self, Failure> {
        let role = match &profile.role {
            Some(name) => Role::find(&profile.account, name, rows)?,
            None => None,
        };
        let role = role.map(|role| RoleShape { max_session_duration: None, ..RoleShape::listed(&role) });
        Ok(Self {
            path: profile.path.clone(),
            instance_profile_name: profile.name.clone(),
            instance_profile_id: profile.id.clone(),
            arn: profile.arn(),
            create_date: timestamp(profile.created_ms),
            roles: role.into_iter().collect(),
            tags: profile.tags.clone(),
        })
    }
}

impl Command for CreateInstanceProfile {
    const NAME: &'static str = "CreateInstanceProfile";
    type Output = InstanceProfileOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<InstanceProfileOutput, Failure> {
        let name = &self.instance_profile_name;
        names::check_name("instanceProfileName", name, 128)?;
        let path = names::checked_path(self.path.as_deref())?;
        names::check_tags(&self.tags)?;
        if tx.bytes(keys::instance_profile(context.account(), name).as_bytes())?.is_some() {
            return Err(errors::already_exists(format!("Instance Profile {name} already exists.")).into());
        }
        let profile = InstanceProfile {
            account: context.account().to_owned(),
            path,
            name: name.clone(),
            id: unique_id(Prefix::InstanceProfile, &mut context.entropy),
            created_ms: context.now_ms,
            role: None,
            tags: self.tags.clone(),
        };
        tx.put(&profile.key(), &profile);
        Ok(InstanceProfileOutput { instance_profile: InstanceProfileShape::of(&profile, tx)? })
    }
}

impl Read for GetInstanceProfile {
    const NAME: &'static str = "GetInstanceProfile";
    type Output = InstanceProfileOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<InstanceProfileOutput, Failure> {
        let profile = InstanceProfile::by_name(context.account(), &self.instance_profile_name, rows)?;
        Ok(InstanceProfileOutput { instance_profile: InstanceProfileShape::of(&profile, rows)? })
    }
}

impl Read for ListInstanceProfiles {
    const NAME: &'static str = "ListInstanceProfiles";
    type Output = ListInstanceProfilesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListInstanceProfilesOutput, Failure> {
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let list = format!("{} {prefix}", Self::NAME);
        let all = keys::instance_profiles(context.account());
        let choose = |profile: InstanceProfile| profile.path.starts_with(prefix).then_some(profile);
        let page = Wanted::new(&self.marker, self.max_items).of_rows(&list, &all, rows, context, choose)?;
        let is_truncated = page.is_truncated();
        let shapes = page.items.iter().map(|profile| InstanceProfileShape::of(profile, rows));
        let instance_profiles = shapes.collect::<Result<_, _>>()?;
        Ok(ListInstanceProfilesOutput { instance_profiles, is_truncated, marker: page.marker })
    }
}

impl Read for ListInstanceProfilesForRole {
    const NAME: &'static str = "ListInstanceProfilesForRole";
    type Output = ListInstanceProfilesOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListInstanceProfilesOutput, Failure> {
        let role = Role::by_name(context.account(), &self.role_name, rows)?;
        let mut shapes = Vec::new();
        for name in &role.instance_profiles {
            if let Some(profile) = rows.row(&keys::instance_profile(context.account(), name))? {
                shapes.push(InstanceProfileShape::of(&profile, rows)?);
            }
        }
        let list = format!("{} {}", Self::NAME, role.id);
        let page = Wanted::new(&self.marker, self.max_items).of(&list, shapes, context)?;
        let is_truncated = page.is_truncated();
        Ok(ListInstanceProfilesOutput { instance_profiles: page.items, is_truncated, marker: page.marker })
    }
}

impl Command for DeleteInstanceProfile {
    const NAME: &'static str = "DeleteInstanceProfile";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let profile = InstanceProfile::by_name(context.account(), &self.instance_profile_name, tx)?;
        if profile.role.is_some() {
            return Err(errors::delete_conflict("remove roles from instance profile").into());
        }
        tx.remove(&profile.key());
        Ok(())
    }
}

impl Command for AddRoleToInstanceProfile {
    const NAME: &'static str = "AddRoleToInstanceProfile";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut profile = InstanceProfile::by_name(context.account(), &self.instance_profile_name, tx)?;
        let mut role = Role::by_name(context.account(), &self.role_name, tx)?.modifiable()?;
        if profile.role.is_some() {
            let text = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1";
            return Err(errors::limit_exceeded(text).into());
        }
        profile.role = Some(role.name.clone());
        role.instance_profiles.push(profile.name.clone());
        tx.put(&profile.key(), &profile);
        tx.put(&role.key(), &role);
        Ok(())
    }
}

impl Command for RemoveRoleFromInstanceProfile {
    const NAME: &'static str = "RemoveRoleFromInstanceProfile";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut profile = InstanceProfile::by_name(context.account(), &self.instance_profile_name, tx)?;
        let mut role = Role::by_name(context.account(), &self.role_name, tx)?.modifiable()?;
        if profile.role.as_ref() != Some(&role.name) {
            return Err(errors::no_such("role", &self.role_name).into());
        }
        profile.role = None;
        role.instance_profiles.retain(|name| *name != profile.name);
        tx.put(&profile.key(), &profile);
        tx.put(&role.key(), &role);
        Ok(())
    }
}
