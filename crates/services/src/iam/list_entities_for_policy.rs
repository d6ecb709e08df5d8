//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html>

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::keys::{self, PolicyUse};
use crate::iam::managed::attachable_name;
use crate::iam::model::{Group, Role, User};
use crate::iam::owner::Kind;
use crate::iam::paging::Wanted;
use crate::operation::Read;
use crate::rows::Rows;
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEntitiesForPolicy {
    pub policy_arn: String,
    pub entity_filter: Option<String>,
    pub path_prefix: Option<String>,
    pub policy_usage_filter: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEntitiesForPolicyOutput {
    pub policy_groups: Vec<PolicyGroup>,
    pub policy_users: Vec<PolicyUser>,
    pub policy_roles: Vec<PolicyRole>,
    pub is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyGroup {
    pub group_name: String,
    pub group_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyUser {
    pub user_name: String,
    pub user_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyRole {
    pub role_name: String,
    pub role_id: String,
}

impl Read for ListEntitiesForPolicy {
    const NAME: &'static str = "ListEntitiesForPolicy";
    type Output = ListEntitiesForPolicyOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListEntitiesForPolicyOutput, Failure> {
        attachable_name(&self.policy_arn, rows, context)?;
        let usages = match self.policy_usage_filter.as_deref() {
            Some("PermissionsBoundary") => vec![PolicyUse::Boundary],
            Some(_) => vec![PolicyUse::Attachment],
            None => vec![PolicyUse::Attachment, PolicyUse::Boundary],
        };
        let mut entities = Vec::new();
        for usage in usages {
            let all = keys::policy_uses(context.account(), &self.policy_arn, usage);
            for (key, _) in rows.scan(all.as_bytes(), &all.end(), Direction::Forward, usize::MAX)? {
                let entity = keys::read_policy_use(&key)?;
                if !entities.contains(&entity) && self.is_asked_for(entity.0) {
                    entities.push(entity);
                }
            }
        }
        let list = format!("{} {}", Self::NAME, self.policy_arn);
        let page = Wanted::new(&self.marker, self.max_items).of(&list, entities, context)?;
        let mut output = ListEntitiesForPolicyOutput {
            is_truncated: page.is_truncated(),
            marker: page.marker,
            ..ListEntitiesForPolicyOutput::default()
        };
        for (kind, name) in page.items {
            self.show(kind, &name, &mut output, rows, context)?;
        }
        Ok(output)
    }
}

impl ListEntitiesForPolicy {
    fn is_asked_for(&self, kind: Kind) -> bool {
        match self.entity_filter.as_deref() {
            Some("Role") => kind == Kind::Role,
            Some("User") => kind == Kind::User,
            Some("Group") => kind == Kind::Group,
            _ => true,
        }
    }

    fn show(
        &self,
        kind: Kind,
        name: &str,
        output: &mut ListEntitiesForPolicyOutput,
        rows: &dyn Rows,
        context: &Context,
    ) -> Result<(), Failure> {
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        match kind {
            Kind::Role => {
                let role = Role::find(context.account(), name, rows)?;
                let role = role.filter(|role| role.path.starts_with(prefix));
                output
                    .policy_roles
                    .extend(role.map(|role| PolicyRole { role_name: role.name, role_id: role.id }));
            }
            Kind::User => {
                let user = User::find(context.account(), name, rows)?;
                let user = user.filter(|user| user.path.starts_with(prefix));
                output
                    .policy_users
                    .extend(user.map(|user| PolicyUser { user_name: user.name, user_id: user.id }));
            }
            Kind::Group => {
                let group = Group::find(context.account(), name, rows)?;
                let group = group.filter(|group| group.path.starts_with(prefix));
                output
                    .policy_groups
                    .extend(group.map(|group| PolicyGroup { group_name: group.name, group_id: group.id }));
            }
        }
        Ok(())
    }
}
