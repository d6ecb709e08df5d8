//! Access keys of users: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html> and its siblings.
//!
//! Without a name the caller's own user is meant.

use crate::context::Context;
use crate::failure::Failure;
use crate::iam::credentials::{AccessKey, new_key};
use crate::iam::model::User;
use crate::iam::paging::Wanted;
use crate::iam::shapes::timestamp;
use crate::iam::{errors, keys, names};
use crate::operation::{Command, Read};
use crate::rows::{Rows, RowsExt};
use crate::tx::Tx;
use serde::{Deserialize, Serialize};
use stepwell_wire::{ApiError, Timestamp};

/// Access keys of one user at most.
const MOST: usize = 2;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateAccessKey {
    pub user_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAccessKeys {
    pub user_name: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateAccessKey {
    pub user_name: Option<String>,
    pub access_key_id: String,
    pub status: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteAccessKey {
    pub user_name: Option<String>,
    pub access_key_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateAccessKeyOutput {
    pub access_key: AccessKeyShape,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAccessKeysOutput {
    pub access_key_metadata: Vec<AccessKeyShape>,
    pub is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccessKeyShape {
    pub user_name: String,
    pub access_key_id: String,
    pub status: &'static str,
    /// Told once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_access_key: Option<String>,
    pub create_date: Timestamp,
}

impl AccessKeyShape {
    fn of(user: &User, id: &str, key: &AccessKey) -> Self {
        Self {
            user_name: user.name.clone(),
            access_key_id: id.to_owned(),
            status: if key.is_active { "Active" } else { "Inactive" },
            secret_access_key: None,
            create_date: timestamp(key.created_ms),
        }
    }
}

impl Command for CreateAccessKey {
    const NAME: &'static str = "CreateAccessKey";
    type Output = CreateAccessKeyOutput;

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<CreateAccessKeyOutput, Failure> {
        let mut user = user(self.user_name.as_deref(), tx, context)?;
        if user.access_keys.len() >= MOST {
            let text = format!("Cannot exceed quota for AccessKeysPerUser: {MOST}");
            return Err(errors::limit_exceeded(text).into());
        }
        let (new, key) = new_key(user.account.clone(), Some(user.name.clone()), context);
        user.access_keys.push(new.access_key_id.clone());
        tx.put(&keys::access_key(&new.access_key_id), &key);
        tx.put(&user.key(), &user);
        let secret_access_key = Some(new.secret_access_key);
        let shape = AccessKeyShape::of(&user, &new.access_key_id, &key);
        Ok(CreateAccessKeyOutput { access_key: AccessKeyShape { secret_access_key, ..shape } })
    }
}

impl Read for ListAccessKeys {
    const NAME: &'static str = "ListAccessKeys";
    type Output = ListAccessKeysOutput;

    fn read(&self, rows: &dyn Rows, context: &mut Context) -> Result<ListAccessKeysOutput, Failure> {
        let user = user(self.user_name.as_deref(), rows, context)?;
        let mut shapes = Vec::new();
        for id in &user.access_keys {
            let key = rows.row::<AccessKey>(&keys::access_key(id))?;
            shapes.extend(key.map(|key| AccessKeyShape::of(&user, id, &key)));
        }
        let list = format!("{} {}", Self::NAME, user.id);
        let page = Wanted::new(&self.marker, self.max_items).of(&list, shapes, context)?;
        let is_truncated = page.is_truncated();
        Ok(ListAccessKeysOutput { access_key_metadata: page.items, is_truncated, marker: page.marker })
    }
}

impl Command for UpdateAccessKey {
    const NAME: &'static str = "UpdateAccessKey";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        names::constraints().one_of("status", &self.status, &["Active", "Inactive"]).finish()?;
        let user = user(self.user_name.as_deref(), tx, context)?;
        check_owns(&user, &self.access_key_id)?;
        change(&self.access_key_id, tx, |key| key.is_active = self.status == "Active")
    }
}

impl Command for DeleteAccessKey {
    const NAME: &'static str = "DeleteAccessKey";
    type Output = ();

    fn apply(&self, tx: &mut Tx, context: &mut Context) -> Result<(), Failure> {
        let mut user = user(self.user_name.as_deref(), tx, context)?;
        check_owns(&user, &self.access_key_id)?;
        user.access_keys.retain(|id| *id != self.access_key_id);
        tx.remove(&keys::access_key(&self.access_key_id));
        tx.put(&user.key(), &user);
        Ok(())
    }
}

/// Changes the row of an access key.
///
/// # Errors
/// [`Failure::NotLoaded`] or [`Failure::Broken`].
pub fn change(id: &str, tx: &mut Tx, change: impl FnOnce(&mut AccessKey)) -> Result<(), Failure> {
    let key = keys::access_key(id);
    if let Some(mut row) = tx.row::<AccessKey>(&key)? {
        change(&mut row);
        tx.put(&key, &row);
    }
    Ok(())
}

fn user(name: Option<&str>, rows: &(impl Rows + ?Sized), context: &Context) -> Result<User, Failure> {
    let caller = &context.request.caller.arn;
    let own = caller.split_once(":user/").and_then(|(_, path)| path.rsplit('/').next());
    let name = name.or(own).ok_or_else(|| {
        ApiError::validation("Must specify userName when calling with non-User credentials")
    })?;
    User::by_name(context.account(), name, rows)
}

fn check_owns(user: &User, id: &str) -> Result<(), ApiError> {
    if user.access_keys.iter().any(|own| own == id) {
        return Ok(());
    }
    Err(errors::no_such_entity(format!("The Access Key with id {id} cannot be found.")))
}
