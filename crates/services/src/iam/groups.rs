//! Groups and their members: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html> and its siblings.

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::ids::{Prefix, unique_id};
use crate::iam::model::{Group, Policies, User};
use crate::iam::paging::Wanted;
use crate::iam::shapes::{GroupShape, UserShape};
use crate::iam::{errors, keys, names};
use crate::operation::{Command, Read};
use crate::rows::{Rows, RowsExt};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_store::Direction;

/// Groups of one user at most.
const MOST: usize = 10;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateGroup {
    pub path: Option<String>,
    pub group_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetGroup {
    pub group_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListGroups {
    pub path_prefix: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteGroup {
    pub group_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddUserToGroup {
    pub group_name: String,
    pub user_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveUserFromGroup {
    pub group_name: String,
    pub user_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListGroupsForUser {
    pub user_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupOutput {
    pub group: GroupShape,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetGroupOutput {
    pub group: GroupShape,
    pub users: Vec<UserShape>,
    pub is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListGroupsOutput {
    pub groups: Vec<GroupShape>,
    pub is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

impl Command for CreateGroup {
    const NAME: &'static str = "CreateGroup";
    type Output = GroupOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<GroupOutput, Failure> {
        names::check_name("groupName", &self.group_name, 128)?;
        let path = names::checked_path(self.path.as_deref())?;
        if Group::find(context.account(), &self.group_name, tx)?.is_some() {
            let text = format!("Group with name {} already exists.", self.group_name);
            return Err(errors::already_exists(text).into());
        }
        let group = Group {
            account: context.account().to_owned(),
            path,
            name: self.group_name.clone(),
            id: unique_id(Prefix::Group, &mut context.entropy),
            created_ms: context.now_ms,
            policies: Policies::default(),
        };
        tx.put(&group.key(), &group);
        Ok(GroupOutput { group: GroupShape::of(&group) })
    }
}

impl Read for GetGroup {
    const NAME: &'static str = "GetGroup";
    type Output = GetGroupOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<GetGroupOutput, Failure> {
        let group = Group::by_name(context.account(), &self.group_name, rows)?;
        let list = format!("{} {}", Self::NAME, group.id);
        let all = keys::group_members(context.account(), &group.name);
        let wanted = Wanted::new(&self.marker, self.max_items);
        let page = wanted.of_rows(&list, &all, rows, context, |name: String| Some(name))?;
        let is_truncated = page.is_truncated();
        let user =
            |name: &String| User::by_name(context.account(), name, rows).map(|user| UserShape::listed(&user));
        let users = page.items.iter().map(user).collect::<Result<_, _>>()?;
        Ok(GetGroupOutput { group: GroupShape::of(&group), users, is_truncated, marker: page.marker })
    }
}

impl Read for ListGroups {
    const NAME: &'static str = "ListGroups";
    type Output = ListGroupsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListGroupsOutput, Failure> {
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let list = format!("{} {prefix}", Self::NAME);
        let all = keys::groups(context.account());
        let choose = |group: Group| group.path.starts_with(prefix).then(|| GroupShape::of(&group));
        let page = Wanted::new(&self.marker, self.max_items).of_rows(&list, &all, rows, context, choose)?;
        let is_truncated = page.is_truncated();
        Ok(ListGroupsOutput { groups: page.items, is_truncated, marker: page.marker })
    }
}

impl Command for DeleteGroup {
    const NAME: &'static str = "DeleteGroup";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let group = Group::by_name(context.account(), &self.group_name, tx)?;
        let members = keys::group_members(context.account(), &group.name);
        let has_members = !tx.scan(members.as_bytes(), &members.end(), Direction::Forward, 1)?.is_empty();
        let obstacles = [
            (has_members, "remove users from group"),
            (!group.policies.attached.is_empty(), "detach all policies"),
            (!group.policies.inline.is_empty(), "delete policies"),
        ];
        if let Some((_, what)) = obstacles.iter().find(|(is_there, _)| *is_there) {
            return Err(errors::delete_conflict(what).into());
        }
        tx.remove(&group.key());
        Ok(())
    }
}

impl Command for AddUserToGroup {
    const NAME: &'static str = "AddUserToGroup";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let group = Group::by_name(context.account(), &self.group_name, tx)?;
        let mut user = User::by_name(context.account(), &self.user_name, tx)?;
        if user.groups.contains(&group.name) {
            return Ok(());
        }
        if user.groups.len() >= MOST {
            return Err(
                errors::limit_exceeded(format!("Cannot exceed quota for GroupsPerUser: {MOST}")).into()
            );
        }
        tx.put(&keys::group_member(&user.account, &group.name, &user.name), &user.name);
        user.groups.push(group.name);
        tx.put(&user.key(), &user);
        Ok(())
    }
}

impl Command for RemoveUserFromGroup {
    const NAME: &'static str = "RemoveUserFromGroup";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let group = Group::by_name(context.account(), &self.group_name, tx)?;
        let mut user = User::by_name(context.account(), &self.user_name, tx)?;
        user.groups.retain(|name| *name != group.name);
        tx.remove(&keys::group_member(&user.account, &group.name, &user.name));
        tx.put(&user.key(), &user);
        Ok(())
    }
}

impl Read for ListGroupsForUser {
    const NAME: &'static str = "ListGroupsForUser";
    type Output = ListGroupsOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListGroupsOutput, Failure> {
        let user = User::by_name(context.account(), &self.user_name, rows)?;
        let mut groups = Vec::new();
        for name in &user.groups {
            let group = rows.row::<Group>(&keys::group(context.account(), name))?;
            groups.extend(group.map(|group| GroupShape::of(&group)));
        }
        let list = format!("{} {}", Self::NAME, user.id);
        let page = Wanted::new(&self.marker, self.max_items).of(&list, groups, context)?;
        let is_truncated = page.is_truncated();
        Ok(ListGroupsOutput { groups: page.items, is_truncated, marker: page.marker })
    }
}
