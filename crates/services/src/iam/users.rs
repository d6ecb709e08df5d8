//! Users: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html> and its siblings.

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::ids::{Prefix, unique_id};
use crate::iam::keys::{self, PolicyUse};
use crate::iam::managed::{check_boundary, forget_use, note_use};
use crate::iam::model::{Policies, Tag, User};
use crate::iam::owner::Kind;
use crate::iam::paging::Wanted;
use crate::iam::shapes::{UserShape, timestamp};
use crate::iam::{errors, names};
use crate::operation::{Command, Read};
use crate::rows::Rows;
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::ApiError;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateUser {
    pub path: Option<String>,
    pub user_name: String,
    pub permissions_boundary: Option<String>,
    #[serde(default)]
    pub tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetUser {
    pub user_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListUsers {
    pub path_prefix: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateUser {
    pub user_name: String,
    pub new_path: Option<String>,
    pub new_user_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteUser {
    pub user_name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserOutput {
    pub user: UserShape,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListUsersOutput {
    pub users: Vec<UserShape>,
    pub is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

impl Command for CreateUser {
    const NAME: &'static str = "CreateUser";
    type Output = UserOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<UserOutput, Failure> {
        names::check_name("userName", &self.user_name, 64)?;
        let path = names::checked_path(self.path.as_deref())?;
        names::check_tags(&self.tags)?;
        check_boundary(self.permissions_boundary.as_deref(), tx, context)?;
        check_free(&self.user_name, tx, context)?;
        let user = User {
            account: context.account().to_owned(),
            path,
            name: self.user_name.clone(),
            id: unique_id(Prefix::User, &mut context.entropy),
            created_ms: context.now_ms,
            tags: self.tags.clone(),
            permissions_boundary: self.permissions_boundary.clone(),
            policies: Policies::default(),
            groups: Vec::new(),
            access_keys: Vec::new(),
            service_credentials: Vec::new(),
        };
        if let Some(boundary) = &user.permissions_boundary {
            note_use(boundary, PolicyUse::Boundary, Kind::User, &user.name, tx, context);
        }
        tx.put(&user.key(), &user);
        Ok(UserOutput { user: UserShape::whole(&user) })
    }
}

impl Read for GetUser {
    const NAME: &'static str = "GetUser";
    type Output = UserOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<UserOutput, Failure> {
        let caller = &context.request.caller;
        let own = caller.arn.split_once(":user/").and_then(|(_, path)| path.rsplit('/').next());
        if let Some(name) = self.user_name.as_deref().or(own) {
            let user = User::by_name(context.account(), name, rows)?;
            return Ok(UserOutput { user: UserShape::whole(&user) });
        }
        if !caller.arn.ends_with(":root") {
            return Err(
                ApiError::validation("Must specify userName when calling with non-User credentials").into()
            );
        }
        let user = UserShape {
            path: "/".to_owned(),
            user_name: None,
            user_id: caller.user_id.to_string(),
            arn: caller.arn.to_string(),
            create_date: timestamp(0),
            permissions_boundary: None,
            tags: Vec::new(),
        };
        Ok(UserOutput { user })
    }
}

impl Read for ListUsers {
    const NAME: &'static str = "ListUsers";
    type Output = ListUsersOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListUsersOutput, Failure> {
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let list = format!("{} {prefix}", Self::NAME);
        let all = keys::users(context.account());
        let choose = |user: User| user.path.starts_with(prefix).then(|| UserShape::listed(&user));
        let page = Wanted::new(&self.marker, self.max_items).of_rows(&list, &all, rows, context, choose)?;
        let is_truncated = page.is_truncated();
        Ok(ListUsersOutput { users: page.items, is_truncated, marker: page.marker })
    }
}

impl Command for UpdateUser {
    const NAME: &'static str = "UpdateUser";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut user = User::by_name(context.account(), &self.user_name, tx)?;
        if self.new_path.is_some() {
            user.path = names::checked_path(self.new_path.as_deref())?;
        }
        if let Some(new) = &self.new_user_name {
            names::check_name("newUserName", new, 64)?;
            if !new.eq_ignore_ascii_case(&user.name) {
                check_free(new, tx, context)?;
            }
            rename(&mut user, new, tx, context)?;
        }
        tx.put(&user.key(), &user);
        Ok(())
    }
}

/// Moves what stands under the user's name.
fn rename(user: &mut User, new: &str, tx: &mut Tx, context: &Context) -> Result<(), Failure> {
    let old = std::mem::replace(&mut user.name, new.to_owned());
    tx.remove(&keys::user(&user.account, &old));
    for arn in &user.policies.attached {
        forget_use(arn, PolicyUse::Attachment, Kind::User, &old, tx, context);
        note_use(arn, PolicyUse::Attachment, Kind::User, new, tx, context);
    }
    if let Some(arn) = &user.permissions_boundary {
        forget_use(arn, PolicyUse::Boundary, Kind::User, &old, tx, context);
        note_use(arn, PolicyUse::Boundary, Kind::User, new, tx, context);
    }
    for group in &user.groups {
        tx.remove(&keys::group_member(&user.account, group, &old));
        tx.put(&keys::group_member(&user.account, group, new), &user.name);
    }
    for id in &user.access_keys {
        super::access_keys::change(id, tx, |key| key.user = Some(new.to_owned()))?;
    }
    Ok(())
}

impl Command for DeleteUser {
    const NAME: &'static str = "DeleteUser";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let user = User::by_name(context.account(), &self.user_name, tx)?;
        let obstacles = [
            (!user.groups.is_empty(), "remove users from group"),
            (!user.policies.attached.is_empty(), "detach all policies"),
            (!user.policies.inline.is_empty(), "delete policies"),
            (!user.access_keys.is_empty(), "delete access keys"),
            (!user.service_credentials.is_empty(), "remove referenced objects"),
        ];
        if let Some((_, what)) = obstacles.iter().find(|(is_there, _)| *is_there) {
            return Err(errors::delete_conflict(what).into());
        }
        if let Some(boundary) = &user.permissions_boundary {
            forget_use(boundary, PolicyUse::Boundary, Kind::User, &user.name, tx, context);
        }
        tx.remove(&user.key());
        Ok(())
    }
}

fn check_free(name: &str, tx: &Tx, context: &Context) -> Result<(), Failure> {
    if User::find(context.account(), name, tx)?.is_some() {
        return Err(errors::already_exists(format!("User with name {name} already exists.")).into());
    }
    Ok(())
}
